/** What a page and the frame that draws a diagram for it say to each other. */

/** Longer ones are shown as the text that they are. */
export const LONGEST_CHARACTERS = 20_000;
export const MOST_EDGES = 300;

export interface Draw {
  kind: "draw";
  text: string;
  isDark: boolean;
  language: string;
}

export type Drawn = { kind: "drawn"; heightPx: number } | { kind: "failed"; why: string };

export function isDraw(said: unknown): said is Draw {
  return typeof said === "object" && said !== null && "kind" in said && said.kind === "draw";
}

/** Whether the frame said something that a page can go by: it may have been talked into saying anything. */
export function isDrawn(said: unknown): said is Drawn {
  if (typeof said !== "object" || said === null || !("kind" in said)) {
    return false;
  }
  return said.kind === "drawn"
    ? "heightPx" in said && Number.isFinite(said.heightPx)
    : said.kind === "failed" && "why" in said && typeof said.why === "string";
}
