import { useTranslation } from "react-i18next";
import { Amount } from "../../../money/Amount";
import { sum } from "../../../money/amounts";
import { Wide } from "../../../money/Wide";
import { type Balance, monthOf } from "./ledger";

const KNOWN = ["vendor_payable", "cost_centre", "overage", "suspense", "customer_receivable", "markup", "credit", "variance"] as const;

/** What stands on each account by month. All of them together are nothing: each amount is booked twice. */
export function Accounts({ balances, month }: { balances: readonly Balance[]; month: string }) {
  const { t } = useTranslation();
  const total = sum(balances.map((each) => each.amount_nanousd));
  const accountName = (account: string) => {
    const known = KNOWN.find((each) => each === account);
    return known ? t(`ledger.account.${known}`) : account;
  };
  if (balances.length === 0) {
    return <p className="text-muted-foreground">{t("ledger.noBalances")}</p>;
  }
  return (
    <section>
      <h2 className="mb-2 text-lg font-semibold">
        {month ? t("ledger.accountsOf", { month }) : t("ledger.accounts")}
      </h2>
      <Wide label={t("ledger.accounts")} className="rounded-lg border border-border">
        <table className="w-full border-collapse text-sm">
          <thead className="bg-sidebar text-left">
            <tr>
              <th scope="col" className="px-3 py-2">{t("ledger.month")}</th>
              <th scope="col" className="px-3 py-2">{t("ledger.accountTitle")}</th>
              <th scope="col" className="px-3 py-2">{t("ledger.of")}</th>
              <th scope="col" className="px-3 py-2 text-right">{t("ledger.amount")}</th>
            </tr>
          </thead>
          <tbody>
            {balances.map((each) => (
              <tr key={`${each.month} ${each.account} ${each.name}`} className="border-t border-border">
                <td className="px-3 py-2 whitespace-nowrap">{monthOf(each.month)}</td>
                <td className="px-3 py-2">{accountName(each.account)}</td>
                <td className="px-3 py-2 break-words">{each.name || "–"}</td>
                <td className="px-3 py-2 text-right">
                  <Amount nanousd={each.amount_nanousd} inColumn />
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot className="border-t-2 border-border font-semibold">
            <tr>
              <th scope="row" colSpan={3} className="px-3 py-2 text-left">
                {total === 0n ? t("ledger.balanced") : t("ledger.unbalanced")}
              </th>
              <td className="px-3 py-2 text-right">
                <Amount nanousd={total} inColumn />
              </td>
            </tr>
          </tfoot>
        </table>
      </Wide>
    </section>
  );
}
