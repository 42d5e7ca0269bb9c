import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../ui/Button";
import { Badge } from "../../kit/Badge";
import { Confirm } from "../../kit/Confirm";
import { monthOf, type Period, useChangePeriod } from "./ledger";

interface MonthsProps {
  periods: readonly Period[];
  /** Such as 2026-10; empty for all. */
  chosen: string;
  mayManage: boolean;
  onChoose: (month: string) => void;
}

/** The months of the ledger, whether something can still be booked in them, and the way from open to closed. */
export function Months({ periods, chosen, mayManage, onChoose }: MonthsProps) {
  const { t, i18n } = useTranslation();
  const [asked, setAsked] = useState<Period | null>(null);
  const change = useChangePeriod();
  const close = () => {
    change.reset();
    setAsked(null);
  };
  const present = new Date().toISOString().slice(0, 7);
  const name = (month: string) => new Intl.DateTimeFormat(i18n.language, { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(month));
  return (
    <section aria-labelledby="months">
      <h2 id="months" className="mb-2 text-lg font-semibold">
        {t("ledger.months")}
      </h2>
      {periods.length === 0 ? <p className="text-muted-foreground">{t("ledger.noMonths")}</p> : null}
      <ul className="divide-y divide-border rounded-lg border border-border">
        {periods.map((period) => {
          const month = monthOf(period.month);
          return (
            <li key={month} className="flex flex-wrap items-center gap-3 px-3 py-2 text-sm">
              <Button look="quiet" aria-pressed={chosen === month} onClick={() => onChoose(chosen === month ? "" : month)} className="font-semibold text-foreground! aria-pressed:bg-accent">
                {name(period.month)}
              </Button>
              <Badge tone={period.state === "open" ? "good" : "plain"}>{t(`ledger.state.${period.state}`)}</Badge>
              <span className="flex flex-1 flex-wrap justify-end gap-2">
                {mayManage && period.state === "open" && month < present ? (
                  <Button onClick={() => setAsked({ ...period, state: "closing" })}>{t("ledger.to.closing")}</Button>
                ) : null}
                {mayManage && period.state === "closing" ? (
                  <>
                    <Button onClick={() => setAsked({ ...period, state: "open" })}>{t("ledger.to.open")}</Button>
                    <Button look="danger" onClick={() => setAsked({ ...period, state: "closed" })}>
                      {t("ledger.to.closed")}
                    </Button>
                  </>
                ) : null}
              </span>
            </li>
          );
        })}
      </ul>
      {asked ? (
        <Confirm
          title={`${name(asked.month)}: ${t(`ledger.to.${asked.state}`)}`}
          text={t(`ledger.toAbout.${asked.state}`)}
          act={t(`ledger.to.${asked.state}`)}
          isDangerous={asked.state === "closed"}
          error={change.error}
          isPending={change.isPending}
          onAct={() => change.mutate(asked, { onSuccess: close })}
          onClose={close}
        />
      ) : null}
    </section>
  );
}
