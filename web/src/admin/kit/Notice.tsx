import { Info } from "lucide-react";
import type { ReactNode } from "react";

/** Says something about the page that one should know before changing it. */
export function Notice({ children }: { children: ReactNode }) {
  return (
    <div className="mb-4 flex gap-2 rounded-lg border border-border bg-sidebar p-3 text-sm">
      <Info size={16} aria-hidden className="mt-0.5 shrink-0 text-muted-foreground" />
      <div className="min-w-0">{children}</div>
    </div>
  );
}
