import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Amount } from "../../../money/Amount";
import { Meter } from "../../../money/budgets/Meter";
import { type BudgetOverview, useBudgetStates } from "../../../money/budgets/states";
import { standing } from "../../../money/budgets/windows";
import type { AdminPageProps } from "../../frame/pages";
import type { Column } from "../../kit/DataTable";
import { ObjectsPage } from "../../kit/ObjectsPage";
import { PageLink } from "../../kit/PageLink";
import type { Sections } from "../../kit/sections";
import { ofText } from "../fields/ScopeFields";
import { BudgetPage } from "./BudgetPage";

type Budget = Sections["budgets"];
const NANO = 1e9;

/** Budgets, how they stand, and one of them to change. */
export function BudgetsPage({ name }: AdminPageProps) {
  return name === null ? <Budgets /> : <BudgetPage name={name} />;
}

function Budgets() {
  const { t } = useTranslation();
  const { data: states } = useBudgetStates();
  const columns = useMemo<Column<Budget>[]>(
    () => [
      {
        id: "of",
        title: t("budgets.column.of"),
        value: ({ entry }) => [ofText(entry.of, t("money.everybody")), entry.each ? t(`money.forEach.${entry.each}`) : ""].filter(Boolean).join(", "),
        isExtra: true,
      },
      {
        id: "period",
        title: t("budgets.column.period"),
        value: ({ entry }) => t(`budgets.every.${entry.period?.every ?? "month"}`),
        isExtra: true,
      },
      {
        id: "full",
        title: t("budgets.column.full"),
        value: ({ name }) => fullness(states?.get(name)),
        show: ({ name }) => <State overview={states?.get(name)} />,
      },
      {
        id: "left",
        title: t("budgets.column.left"),
        isNumber: true,
        value: ({ name }) => leftOf(states?.get(name)),
        show: ({ name }) => <Left overview={states?.get(name)} />,
      },
    ],
    [states, t],
  );
  return (
    <ObjectsPage
      section="budgets"
      kind="budget"
      page="budgets"
      title={t("budgets.title")}
      about={t("budgets.about")}
      add={t("budgets.add")}
      empty={t("budgets.empty")}
      columns={columns}
      actions={<PageLink page="budget-requests">{t("budgets.requests")}</PageLink>}
    />
  );
}

/** For sorting only: how full the fullest part is. */
function fullness(overview: BudgetOverview | undefined): number | null {
  const window = overview?.fullest;
  return window ? Number(standing(window).spent + window.held_nanousd) / Math.max(1, Number(window.limit_nanousd)) : null;
}

function leftOf(overview: BudgetOverview | undefined): number | null {
  const window = overview?.fullest;
  return window ? Number(standing(window).left) / NANO : null;
}

function State({ overview }: { overview: BudgetOverview | undefined }) {
  const { t } = useTranslation();
  if (!overview) {
    return null;
  }
  if (!overview.fullest) {
    return t("budgets.unused");
  }
  const { state } = standing(overview.fullest);
  return (
    <div className="min-w-32">
      <Meter window={overview.fullest} label={overview.budget} />
      <span className="text-xs text-muted-foreground">
        {t(`budgets.state.${state}`)}
        {overview.fullest.holder ? ` · ${t("budgets.fullestOf", { count: overview.windows, holder: overview.fullest.holder })}` : ""}
      </span>
    </div>
  );
}

function Left({ overview }: { overview: BudgetOverview | undefined }) {
  const { t } = useTranslation();
  if (!overview?.fullest) {
    return null;
  }
  return (
    <>
      <Amount nanousd={standing(overview.fullest).left} />
      <span className="block text-xs text-muted-foreground">
        {t("budgets.of")} <Amount nanousd={overview.fullest.limit_nanousd} />
      </span>
    </>
  );
}
