import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { OwnBudgets } from "../money/budgets/OwnBudgets";
import { OwnRequests } from "../money/budgets/OwnRequests";
import { ToDecide } from "../money/budgets/ToDecide";
import { usePageTitle } from "../shell/pageTitle";
import { Explorer } from "./Explorer";

/** What one's own calls cost, and what is left of the budgets that they count against. */
export function MyUsagePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ from: "/usage" });
  usePageTitle(t("usage.mine"));
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto w-full max-w-5xl space-y-6 p-4 md:p-6">
        <header>
          <h1 className="text-xl font-semibold">{t("usage.mine")}</h1>
          <p className="mt-1 max-w-2xl text-sm text-muted-foreground">{t("usage.mineAbout")}</p>
        </header>
        <ToDecide />
        <OwnBudgets />
        <OwnRequests />
        <section className="space-y-3" aria-labelledby="own-usage">
          <h2 id="own-usage" className="text-lg font-semibold">
            {t("usage.title")}
          </h2>
          <Explorer
            scope="own"
            search={search}
            onSearch={(changed) => void navigate({ to: "/usage", search: changed, replace: true })}
          />
        </section>
      </div>
    </div>
  );
}
