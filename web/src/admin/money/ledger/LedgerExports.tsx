import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../ui/Button";
import { type Balance, balancesCsv } from "./ledger";

const LINK = "inline-flex min-h-9 items-center gap-1.5 rounded-md border border-control px-3 py-1.5 text-sm hover:bg-accent";

/** The balances as files: JSON as the API answers, and the rows that are shown as CSV. */
export function LedgerExports({ balances, month }: { balances: readonly Balance[]; month: string }) {
  const { t } = useTranslation();
  const name = `ledger${month ? `-${month}` : ""}`;
  return (
    <div className="flex flex-wrap gap-2">
      <Button onClick={() => save(`${name}.csv`, balancesCsv(balances))}>
        <Download size={16} aria-hidden />
        {t("ledger.csv")}
      </Button>
      <a href={`/api/ledger${month ? `?month=${month}` : ""}`} download={`${name}.json`} className={LINK}>
        <Download size={16} aria-hidden />
        {t("ledger.json")}
      </a>
    </div>
  );
}

function save(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
