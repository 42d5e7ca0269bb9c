import { useTranslation } from "react-i18next";
import { PageLink } from "../../kit/PageLink";
import { List } from "./Lists";
import { addressOf, SETTINGS } from "./places";
import type { Stated } from "./wire";

/** What becomes of calls whose price is unknown, and what other currencies are worth. */
export function Settings({ stated, mayManage }: { stated: Stated; mayManage: boolean }) {
  const { t } = useTranslation();
  const { unknown = null, exchange_rates: rates = [] } = stated.entry;
  const does = unknown === null ? "unpriced" : unknown === "refuse" ? "refused" : "ceiling";
  return (
    <List title={t("prices.settings")} about={t("prices.settingsAbout")} add={null}>
      <dl className="grid max-w-2xl gap-3 text-sm sm:grid-cols-2">
        <div className="rounded-lg border border-border p-3">
          <dt className="text-xs text-muted-foreground">{t("prices.unknown")}</dt>
          <dd className="font-semibold">{t(`prices.unknownKinds.${does}`)}</dd>
        </div>
        <div className="rounded-lg border border-border p-3">
          <dt className="text-xs text-muted-foreground">{t("prices.rates")}</dt>
          <dd className="font-semibold">{t("prices.rateCount", { count: rates.length })}</dd>
        </div>
      </dl>
      <p className="mt-3 text-sm">
        <PageLink page="prices" name={addressOf(SETTINGS)}>
          {mayManage ? t("prices.changeSettings") : t("prices.seeSettings")}
        </PageLink>
      </p>
    </List>
  );
}
