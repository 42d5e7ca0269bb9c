import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../shell/abilities";
import type { AdminPageProps } from "../frame/pages";
import type { Column } from "../kit/DataTable";
import { useFilters } from "../kit/filters";
import { ObjectPage } from "../kit/ObjectPage";
import { ObjectsPage } from "../kit/ObjectsPage";
import { PageLink } from "../kit/PageLink";
import type { Entry, Sections } from "../kit/sections";
import { SmallProbeButton } from "./deployment/ProbeButton";
import { RouteField } from "./model/RouteField";
import { routeOf, shareOf, stepsOf } from "./model/route";
import { PricesOf } from "./prices/PricesOf";
import { amount, dearest } from "./prices/shown";
import { useModelPrices } from "./prices/wire";

type Model = Sections["models"];

/** The names that callers use, and the deployments behind each. */
export function ModelsPage({ name }: AdminPageProps) {
  return name === null ? <Models /> : <Model name={name} />;
}

function Models() {
  const { t, i18n } = useTranslation();
  const mayPrice = useMay("read", "price");
  const { data } = useModelPrices(null, mayPrice);
  const columns = useMemo<Column<Model>[]>(() => {
    const price = (kind: "input" | "output"): Column<Model> => ({
      id: kind,
      title: t(`prices.short.${kind}`),
      value: (model) => dearest(data?.prices ?? [], model.name, kind),
      show: (model) => amount(dearest(data?.prices ?? [], model.name, kind), i18n.language) ?? t("prices.unknownShort"),
      isNumber: true,
      isExtra: true,
    });
    return [
      {
        id: "route",
        title: t("routes.route"),
        value: (model) => stepsOf(model.entry).map((step) => step.deployment).join(" "),
        show: (model) => <Steps model={model} />,
      },
      ...(mayPrice ? [price("input"), price("output")] : []),
    ];
  }, [t, i18n.language, data, mayPrice]);
  return (
    <ObjectsPage
      section="models"
      kind="model"
      page="models"
      title={t("routes.title")}
      about={t("routes.about")}
      add={t("routes.add")}
      empty={t("routes.empty")}
      columns={columns}
    />
  );
}

function Steps({ model }: { model: Model }) {
  const { i18n } = useTranslation();
  const steps = stepsOf(model.entry);
  const percent = new Intl.NumberFormat(i18n.language, { style: "percent" });
  return (
    <ul className="space-y-1">
      {steps.map((step) => (
        <li key={step.deployment}>
          <PageLink page="deployments" name={step.deployment}>
            {step.deployment}
          </PageLink>
          {steps.length > 1 ? <span className="text-muted-foreground"> {percent.format(shareOf(step, steps))}</span> : null}
        </li>
      ))}
    </ul>
  );
}

function Model({ name }: { name: string }) {
  const { t } = useTranslation();
  const [{ deployment = "" }] = useFilters();
  const blank = useMemo<Entry<"models">>(() => ({ route: deployment ? [deployment] : [] }), [deployment]);
  return (
    <ObjectPage
      section="models"
      kind="model"
      above={{ page: "models", title: t("routes.title") }}
      name={name}
      newTitle={t("routes.add")}
      nameHint={t("routes.nameHint")}
      blank={blank}
      deleteHint={t("routes.deletion")}
      fields={({ entry, set }) => <RouteField steps={stepsOf(entry)} onChange={(steps) => set({ route: routeOf(steps) })} />}
      more={(model) => <Facts model={model} />}
    />
  );
}

/** Whether those on the route work, and what they cost. */
function Facts({ model }: { model: Model }) {
  const { t } = useTranslation();
  const mayExplain = useMay("read", "grant");
  const mayTest = useMay("manage", "deployment");
  return (
    <>
      {mayTest ? (
        <section className="mt-8" aria-labelledby="test">
          <h2 id="test" className="mb-1 font-semibold">
            {t("probe.title")}
          </h2>
          <p className="mb-3 max-w-2xl text-sm text-muted-foreground">{t("probe.about")}</p>
          <ul className="space-y-3">
            {stepsOf(model.entry).map((step) => (
              <li key={step.deployment} className="flex flex-wrap items-center gap-2 text-sm">
                <span className="min-w-48 break-words">{step.deployment}</span>
                <SmallProbeButton name={step.deployment} />
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <PricesOf model={model.name} />
      {mayExplain ? (
        <p className="mt-4 text-sm">
          <PageLink page="explain" filters={{ on: `model:${model.name}`, may: "use" }}>
            {t("routes.rights")}
          </PageLink>
        </p>
      ) : null}
    </>
  );
}
