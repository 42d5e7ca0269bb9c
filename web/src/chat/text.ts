import type { Part } from "./stream/fold";

/** Return the words of a message, without its reasoning. */
export function textOf(parts: readonly Part[]): string {
  return parts
    .filter((part) => part.type === "text")
    .map((part) => part.text)
    .join("\n\n");
}
