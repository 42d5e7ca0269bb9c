import type { Kind } from "../../shell/abilities";

/** The kinds of resources, as grants write them. */
export const KINDS: readonly Kind[] = [
  "agent",
  "audit",
  "audit_stream",
  "budget",
  "collection",
  "deployment",
  "grant",
  "group",
  "invitation",
  "key",
  "limit",
  "model",
  "organisation",
  "price",
  "project",
  "provider",
  "role",
  "secret",
  "service_account",
  "session",
  "team",
  "tool",
  "usage",
  "user",
];
