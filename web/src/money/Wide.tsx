import type { ReactNode } from "react";

interface WideProps {
  label: string;
  children: ReactNode;
  className?: string;
}

/** Holds what may be wider than the page, and is moved by itself: with the arrows too, since it takes the focus. */
export function Wide({ label, children, className = "" }: WideProps) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- What is moved by keys must be reached by keys (WCAG 2.1.1).
    <div role="region" aria-label={label} tabIndex={0} className={`relative overflow-auto ${className}`}>
      {children}
    </div>
  );
}
