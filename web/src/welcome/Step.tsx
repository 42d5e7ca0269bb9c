import { Check } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface StepProps {
  number: number;
  title: string;
  isDone: boolean;
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
  children: ReactNode;
}

/** One of the first steps, which can be opened and closed at any time. */
export function Step({ number, title, isDone, isOpen, onToggle, children }: StepProps) {
  const { t } = useTranslation();
  return (
    <li>
      <details
        open={isOpen}
        onToggle={(event) => onToggle(event.currentTarget.open)}
        className="rounded-xl border border-border bg-card open:pb-4"
      >
        <summary className="flex min-h-12 items-center gap-3 rounded-xl px-4 py-3 hover:bg-accent">
          <span
            aria-hidden
            className={`flex size-7 shrink-0 items-center justify-center rounded-full border text-sm font-semibold ${isDone ? "border-good text-good" : "border-control"}`}
          >
            {isDone ? <Check size={16} /> : number}
          </span>
          <h2 className="min-w-0 flex-1 font-semibold">{title}</h2>
          {isDone ? <span className="text-sm text-good">{t("welcome.done")}</span> : null}
        </summary>
        <div className="px-4 pt-1 sm:pl-14">{children}</div>
      </details>
    </li>
  );
}
