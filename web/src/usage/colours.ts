import type { Divided } from "./series";

/** The colour of one of the series; the rest is the last, and where nothing is divided there is one alone. */
export function seriesColour(divided: Divided, index: number): string {
  if (divided.names.length === 0) {
    return "var(--series-0)";
  }
  return index < divided.names.length ? `var(--series-${index})` : "var(--series-rest)";
}
