import type { ReactNode } from "react";

interface MoreProps {
  title: string;
  /** Whether it is open at first. */
  isOpen?: boolean;
  children: ReactNode;
}

/** Settings that few need, folded away. */
export function More({ title, isOpen = false, children }: MoreProps) {
  return (
    <details open={isOpen} className="mb-4 rounded-lg border border-border">
      <summary className="min-h-9 px-3 py-2 text-sm font-semibold hover:bg-accent">{title}</summary>
      <div className="border-t border-border p-3">{children}</div>
    </details>
  );
}
