import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Loading } from "../../ui/Loading";
import { Said } from "../../ui/Said";
import { AskDialog } from "./AskDialog";
import { WindowCard } from "./WindowCard";
import { type BudgetWindow, useOwnBudgets } from "./windows";

/** The budgets that one's own calls count against, and asking for more of them. */
export function OwnBudgets() {
  const { t } = useTranslation();
  const { data, error } = useOwnBudgets();
  const [asking, setAsking] = useState<BudgetWindow | null>(null);
  if (!data) {
    return error ? <Said error={error} /> : <Loading />;
  }
  return (
    <section className="space-y-3" aria-labelledby="own-budgets">
      <h2 id="own-budgets" className="text-lg font-semibold">
        {t("budgets.own")}
      </h2>
      {data.length === 0 ? <p className="text-muted-foreground">{t("budgets.noneOwn")}</p> : null}
      <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
        {data.map((window) => (
          <WindowCard
            key={`${window.budget} ${window.holder ?? ""}`}
            window={window}
            label={window.holder ? `${window.budget}, ${window.holder}` : window.budget}
            title={
              <>
                {window.budget}
                <span className="block text-sm font-normal text-muted-foreground">{window.holder ?? t("budgets.shared")}</span>
              </>
            }
            actions={<Button onClick={() => setAsking(window)}>{t("budgets.askMore")}</Button>}
          />
        ))}
      </div>
      {asking ? <AskDialog window={asking} onClose={() => setAsking(null)} /> : null}
    </section>
  );
}
