/** Usage, budgets, limits and the ledger. */
import { BookOpenText, ChartColumn, Gauge, HandCoins, PiggyBank } from "lucide-react";
import { lazy } from "react";
import type { AdminPage } from "../frame/pages";

export const MONEY_PAGES: readonly AdminPage[] = [
  {
    id: "usage",
    title: (t) => t("usage.title"),
    about: (t) => t("usage.about"),
    icon: ChartColumn,
    shows: ["usage"],
    component: lazy(async () => ({ default: (await import("./UsagePage")).UsagePage })),
  },
  {
    id: "budgets",
    title: (t) => t("budgets.title"),
    about: (t) => t("budgets.about"),
    icon: PiggyBank,
    shows: ["budget"],
    component: lazy(async () => ({ default: (await import("./budgets/BudgetsPage")).BudgetsPage })),
  },
  {
    id: "budget-requests",
    title: (t) => t("budgets.requests"),
    about: (t) => t("budgets.requestsAbout"),
    icon: HandCoins,
    shows: ["budget"],
    component: lazy(async () => ({ default: (await import("./budgets/RequestsPage")).RequestsPage })),
  },
  {
    id: "limits",
    title: (t) => t("limits.title"),
    about: (t) => t("limits.about"),
    icon: Gauge,
    shows: ["limit"],
    component: lazy(async () => ({ default: (await import("./limits/LimitsPage")).LimitsPage })),
  },
  {
    id: "ledger",
    title: (t) => t("ledger.title"),
    about: (t) => t("ledger.about"),
    icon: BookOpenText,
    shows: ["usage"],
    component: lazy(async () => ({ default: (await import("./ledger/LedgerPage")).LedgerPage })),
  },
];
