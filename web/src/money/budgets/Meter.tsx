import { useTranslation } from "react-i18next";
import { part } from "../amounts";
import { type BudgetWindow, standing } from "./windows";

const COLOURS = { good: "bg-primary", ahead: "bg-primary", near: "bg-bad", over: "bg-bad" } as const;

/** How full a window is, as a bar: spent, held, and where it will end if it goes on as it went. */
export function Meter({ window, label }: { window: BudgetWindow; label: string }) {
  const { t, i18n } = useTranslation();
  const { spent, held, state } = standing(window);
  const limit = window.limit_nanousd;
  const spentPart = Math.min(1, limit > 0n ? part(spent, limit) : 1);
  const heldPart = Math.min(1 - spentPart, part(held, limit));
  const forecast = window.forecast_nanousd === null ? null : part(window.forecast_nanousd, limit);
  const percent = new Intl.NumberFormat(i18n.language, { style: "percent", maximumFractionDigits: 1 });
  return (
    <div
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(spentPart * 100)}
      aria-valuetext={`${percent.format(limit > 0n ? part(spent, limit) : 1)}, ${t(`budgets.state.${state}`)}`}
      className="relative my-1.5 h-2.5"
    >
      <div className="flex h-full overflow-hidden rounded-full border border-control bg-background">
        <div className={COLOURS[state]} style={{ width: `${spentPart * 100}%` }} />
        <div className="bg-control" style={{ width: `${heldPart * 100}%` }} />
      </div>
      {forecast !== null && forecast > spentPart && forecast <= 1 ? (
        <div className="absolute -top-0.5 h-3.5 w-0.5 bg-foreground" style={{ left: `calc(${forecast * 100}% - 1px)` }} />
      ) : null}
    </div>
  );
}
