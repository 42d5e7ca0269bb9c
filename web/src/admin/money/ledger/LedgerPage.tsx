import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../../shell/abilities";
import { Button } from "../../../ui/Button";
import { Loading } from "../../../ui/Loading";
import { Said } from "../../../ui/Said";
import { useFilters } from "../../kit/filters";
import { Page } from "../../kit/Page";
import { Accounts } from "./Accounts";
import { BillDialog } from "./BillDialog";
import { CorrectionDialog } from "./CorrectionDialog";
import { LedgerExports } from "./LedgerExports";
import { monthOf, useLedger } from "./ledger";
import { Months } from "./Months";

/** The ledger: its months, what stands on each account, and what is entered beside what was booked. */
export function LedgerPage() {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<"bill" | "correction" | null>(null);
  const [filters, setFilters] = useFilters();
  const mayManage = useMay("manage", "usage");
  const { data, error } = useLedger();
  const month = filters.month ?? "";
  const balances = data?.balances.filter((each) => !month || monthOf(each.month) === month) ?? [];
  return (
    <Page
      title={t("ledger.title")}
      about={t("ledger.about")}
      actions={
        mayManage ? (
          <>
            <Button onClick={() => setAsked("correction")}>{t("ledger.correct")}</Button>
            <Button look="first" onClick={() => setAsked("bill")}>
              {t("ledger.enterBill")}
            </Button>
          </>
        ) : null
      }
    >
      <Said error={error} />
      {data ? (
        <div className="space-y-6">
          <Months periods={data.periods} chosen={month} mayManage={mayManage} onChoose={(chosen) => setFilters({ month: chosen })} />
          <Accounts balances={balances} month={month} />
          <LedgerExports balances={balances} month={month} />
        </div>
      ) : error ? null : (
        <Loading />
      )}
      {asked === "bill" ? <BillDialog onClose={() => setAsked(null)} /> : null}
      {asked === "correction" ? <CorrectionDialog onClose={() => setAsked(null)} /> : null}
    </Page>
  );
}
