import { useTranslation } from "react-i18next";
import { useMay } from "../../../shell/abilities";
import { Said } from "../../../ui/Said";
import { PriceTable } from "./PriceTable";
import { useModelPrices } from "./wire";

/** What one model costs at each of its deployments, for who may know. */
export function PricesOf({ model }: { model: string }) {
  const { t } = useTranslation();
  const mayRead = useMay("read", "price");
  const { data, error } = useModelPrices(model, mayRead);
  if (!mayRead) {
    return null;
  }
  return (
    <section className="mt-8" aria-labelledby="prices">
      <h2 id="prices" className="mb-3 font-semibold">
        {t("prices.title")}
      </h2>
      <Said error={error} className="mb-3" />
      {data ? <PriceTable label={t("prices.title")} prices={data.prices} hasModels={false} /> : null}
    </section>
  );
}
