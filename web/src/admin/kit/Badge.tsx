import type { ReactNode } from "react";

const TONES = {
  plain: "border-border text-muted-foreground",
  good: "border-good text-good",
  bad: "border-bad text-bad",
} as const;

/** A word about the state of something. */
export function Badge({ tone = "plain", children }: { tone?: keyof typeof TONES; children: ReactNode }) {
  return <span className={`inline-block rounded-full border px-2 text-xs whitespace-nowrap ${TONES[tone]}`}>{children}</span>;
}
