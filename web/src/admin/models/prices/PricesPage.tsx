import { useTranslation } from "react-i18next";
import { NotFound } from "../../../shell/NotFound";
import { useMay } from "../../../shell/abilities";
import { Loading } from "../../../ui/Loading";
import { Said } from "../../../ui/Said";
import type { AdminPageProps } from "../../frame/pages";
import { FilePart } from "../../kit/FilePart";
import { useFilters } from "../../kit/filters";
import { Notice } from "../../kit/Notice";
import { Page } from "../../kit/Page";
import { DiscountPage } from "./DiscountPage";
import { Discounts, OwnPrices } from "./Lists";
import { OwnPricePage } from "./OwnPricePage";
import { PriceTable } from "./PriceTable";
import { SettingsPage } from "./SettingsPage";
import { Settings } from "./Settings";
import { DISCOUNT, OWN, partIn, SETTINGS } from "./places";
import { useModelPrices, useStated } from "./wire";

/** What models cost, and what is stated of prices: rows of one's own, discounts, exchange rates, and what is unknown. */
export function PricesPage({ name }: AdminPageProps) {
  const { t } = useTranslation();
  const { data: stated, error, isPending } = useStated();
  if (name === null) {
    return <AllPrices />;
  }
  if (!stated) {
    return (
      <Page title={t("prices.title")} above={{ page: "prices", title: t("prices.title") }}>
        {isPending ? <Loading /> : <Said error={error} />}
      </Page>
    );
  }
  const part = partIn(name);
  switch (part.kind) {
    case OWN:
      return <OwnPricePage stated={stated} name={part.name} />;
    case DISCOUNT:
      return <DiscountPage stated={stated} name={part.name} />;
    case SETTINGS:
      return <SettingsPage stated={stated} />;
    default:
      return <NotFound />;
  }
}

function AllPrices() {
  const { t } = useTranslation();
  const [{ day = "" }, filter] = useFilters();
  const { data, error, isPending } = useModelPrices(null, true, day);
  const { data: stated, error: statedError } = useStated();
  const mayManage = useMay("manage", "price");
  return (
    <Page title={t("prices.title")} about={t("prices.about")}>
      <Said error={error} className="mb-3" />
      {isPending ? <Loading /> : null}
      {data ? (
        <PriceTable
          label={t("prices.title")}
          prices={data.prices}
          hasModels
          filters={
            <label className="flex items-center gap-2 text-sm">
              {t("prices.at")}
              <input
                type="date"
                value={day}
                onChange={(event) => filter({ day: event.target.value })}
                className="min-h-9 rounded-md border border-control bg-background px-2 py-1.5 text-sm"
              />
            </label>
          }
        />
      ) : null}
      <p className="mt-2 text-xs text-muted-foreground">{t("prices.note")}</p>
      <Said error={statedError} className="mt-6" />
      {stated ? (
        <div className="mt-8 space-y-8">
          {stated.managed_by_file ? <Notice>{t("admin.byFile")}</Notice> : null}
          <OwnPrices stated={stated} mayManage={mayManage && !stated.managed_by_file} />
          <Discounts stated={stated} mayManage={mayManage && !stated.managed_by_file} />
          <Settings stated={stated} mayManage={mayManage && !stated.managed_by_file} />
        </div>
      ) : null}
      <FilePart sections={["prices"]} />
    </Page>
  );
}
