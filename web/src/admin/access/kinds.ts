import type { Kind } from "../../shell/abilities";

/** By all their names: one that is added to the API and not here is an error of types. */
const ALL: Record<Kind, true> = {
  agent: true,
  audit: true,
  audit_stream: true,
  budget: true,
  collection: true,
  deployment: true,
  grant: true,
  group: true,
  invitation: true,
  key: true,
  limit: true,
  model: true,
  organisation: true,
  price: true,
  project: true,
  provider: true,
  role: true,
  secret: true,
  service_account: true,
  session: true,
  team: true,
  tool: true,
  usage: true,
  user: true,
};

/** The kinds of resources, as grants write them. */
export const KINDS = Object.keys(ALL) as readonly Kind[];
