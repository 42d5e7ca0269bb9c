import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { when } from "../../chat/format";
import { Amount } from "../Amount";
import { Meter } from "./Meter";
import { type BudgetWindow, standing } from "./windows";

const STATES = {
  good: "text-good",
  ahead: "text-foreground",
  near: "text-bad",
  over: "text-bad",
} as const;

interface WindowCardProps {
  window: BudgetWindow;
  /** What it is called: the budget, or who has it for themselves. */
  title: ReactNode;
  /** The same without marks, for who does not see the bar. */
  label: string;
  /** What can be done about it. */
  actions?: ReactNode;
}

/** How one window of a budget stands: what is spent, held and left of it, until when, and what it will come to. */
export function WindowCard({ window, title, label, actions }: WindowCardProps) {
  const { t } = useTranslation();
  const { spent, held, left, state } = standing(window);
  return (
    <article className="min-w-0 rounded-lg border border-border p-4" aria-label={label}>
      <div className="flex items-start justify-between gap-2">
        <h3 className="min-w-0 font-semibold break-words">{title}</h3>
        <span className={`shrink-0 text-sm font-semibold ${STATES[state]}`}>{t(`budgets.state.${state}`)}</span>
      </div>
      <p className="mt-1 text-2xl font-semibold">
        <Amount nanousd={left} />
      </p>
      <p className="text-sm text-muted-foreground">
        {t("budgets.leftOf")} <Amount nanousd={window.limit_nanousd} />
      </p>
      <Meter window={window} label={label} />
      <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
        <Line name={t("budgets.spent")}>
          <Amount nanousd={spent} />
        </Line>
        <Line name={t("budgets.held")} isShown={held > 0n}>
          <Amount nanousd={held} />
        </Line>
        <Line name={t("budgets.suspense")} isShown={window.suspense_nanousd > 0n}>
          <Amount nanousd={window.suspense_nanousd} />
        </Line>
        <Line name={t("budgets.overage")} isShown={window.overage_nanousd > 0n}>
          <Amount nanousd={window.overage_nanousd} />
        </Line>
        <Line name={t("budgets.extra")} isShown={window.extra_nanousd > 0n}>
          <Amount nanousd={window.extra_nanousd} />
        </Line>
        <Line name={t("budgets.forecast")} isShown={window.forecast_nanousd !== null}>
          <Amount nanousd={window.forecast_nanousd ?? 0n} />
        </Line>
        <Line name={t("budgets.ends")}>
          <Ends at={window.ends} />
        </Line>
        <Line name={t("budgets.kind")}>{window.hard ? t("budgets.hard") : t("budgets.soft")}</Line>
      </dl>
      {actions ? <div className="mt-3">{actions}</div> : null}
    </article>
  );
}

function Line({ name, isShown = true, children }: { name: string; isShown?: boolean; children: ReactNode }) {
  return isShown ? (
    <div className="contents">
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="min-w-0 text-right break-words">{children}</dd>
    </div>
  ) : null;
}

function Ends({ at }: { at: string | null }) {
  const { t, i18n } = useTranslation();
  return at === null ? t("budgets.never") : <time dateTime={at}>{when(at, i18n.language)}</time>;
}
