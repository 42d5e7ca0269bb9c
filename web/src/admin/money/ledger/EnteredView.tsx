import { useTranslation } from "react-i18next";
import { Amount } from "../../../money/Amount";
import type { Entered } from "./ledger";

const COUNTS = ["corrected", "confirmed", "unknown", "repeated", "differing"] as const;

/** What became of the calls that were entered. */
export function EnteredView({ entered }: { entered: Entered }) {
  const { t, i18n } = useTranslation();
  return (
    <div role="status" className="mb-3">
      <p className="mb-2 font-semibold text-good">{t("ledger.entered.done")}</p>
      <dl className="grid grid-cols-[1fr_auto] gap-x-4 gap-y-1 text-sm">
        {COUNTS.map((count) => (
          <div key={count} className="contents">
            <dt className="text-muted-foreground">{t(`ledger.entered.${count}`)}</dt>
            <dd className="text-right tabular-nums">{new Intl.NumberFormat(i18n.language).format(entered[count])}</dd>
          </div>
        ))}
        <div className="contents font-semibold">
          <dt>{t("ledger.entered.difference")}</dt>
          <dd className="text-right">
            <Amount nanousd={entered.difference} />
          </dd>
        </div>
      </dl>
    </div>
  );
}
