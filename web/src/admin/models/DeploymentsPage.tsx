import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../shell/abilities";
import { NEW, type AdminPageProps } from "../frame/pages";
import { Badge } from "../kit/Badge";
import type { Column } from "../kit/DataTable";
import { useFilters } from "../kit/filters";
import { ObjectPage } from "../kit/ObjectPage";
import { ObjectsPage } from "../kit/ObjectsPage";
import { useObjects } from "../kit/objects";
import { PageLink } from "../kit/PageLink";
import type { Entry, Sections } from "../kit/sections";
import { DeploymentFields } from "./deployment/DeploymentFields";
import { ProbeButton, SmallProbeButton } from "./deployment/ProbeButton";
import { stepsOf } from "./model/route";

type Deployment = Sections["deployments"];

/** Upstream models at providers, each with a button that tests it. */
export function DeploymentsPage({ name }: AdminPageProps) {
  return name === null ? <Deployments /> : <Deployment name={name} />;
}

/** The models on whose route a deployment is. */
function useRoutesOf() {
  const { objects } = useObjects("models");
  return useMemo(
    () => (name: string) =>
      objects.filter((model) => stepsOf(model.entry).some((step) => step.deployment === name)).map((model) => model.name),
    [objects],
  );
}

function Deployments() {
  const { t } = useTranslation();
  const routesOf = useRoutesOf();
  const mayTest = useMay("manage", "deployment");
  const columns = useMemo<Column<Deployment>[]>(
    () => [
      {
        id: "provider",
        title: t("deployments.provider"),
        value: (each) => each.entry.provider,
        show: (each) => (
          <PageLink page="providers" name={each.entry.provider}>
            {each.entry.provider}
          </PageLink>
        ),
        isExtra: true,
      },
      { id: "upstream", title: t("deployments.upstream"), value: (each) => each.entry.upstream_model, isExtra: true },
      {
        id: "routes",
        title: t("deployments.routes"),
        value: (each) => routesOf(each.name).join(" ") || null,
        show: (each) => <Routes names={routesOf(each.name)} />,
        isExtra: true,
      },
      ...(mayTest
        ? [
            {
              id: "test",
              title: t("probe.title"),
              value: () => null,
              show: (each: Deployment) => <SmallProbeButton name={each.name} />,
            },
          ]
        : []),
    ],
    [t, routesOf, mayTest],
  );
  return (
    <ObjectsPage
      section="deployments"
      kind="deployment"
      page="deployments"
      title={t("deployments.title")}
      about={t("deployments.about")}
      add={t("deployments.add")}
      empty={t("deployments.empty")}
      columns={columns}
    />
  );
}

function Routes({ names }: { names: readonly string[] }) {
  const { t } = useTranslation();
  if (names.length === 0) {
    return <Badge>{t("deployments.unrouted")}</Badge>;
  }
  return (
    <ul className="space-y-1">
      {names.map((name) => (
        <li key={name}>
          <PageLink page="models" name={name}>
            {name}
          </PageLink>
        </li>
      ))}
    </ul>
  );
}

function Deployment({ name }: { name: string }) {
  const { t } = useTranslation();
  const [{ provider = "", model = "" }] = useFilters();
  const blank = useMemo<Entry<"deployments">>(() => ({ provider, upstream_model: model }), [provider, model]);
  return (
    <ObjectPage
      section="deployments"
      kind="deployment"
      above={{ page: "deployments", title: t("deployments.title") }}
      name={name}
      newTitle={t("deployments.add")}
      nameHint={t("deployments.nameHint")}
      blank={blank}
      deleteHint={t("deployments.deletion")}
      fields={(parts) => <DeploymentFields {...parts} />}
      more={(deployment) => <Trial name={deployment.name} />}
    />
  );
}

/** Whether it works, and where it is used. */
function Trial({ name }: { name: string }) {
  const { t } = useTranslation();
  const routes = useRoutesOf()(name);
  const mayTest = useMay("manage", "deployment");
  const mayRoute = useMay("manage", "model");
  return (
    <>
      {mayTest ? (
        <section className="mt-8" aria-labelledby="test">
          <h2 id="test" className="mb-1 font-semibold">
            {t("probe.title")}
          </h2>
          <p className="mb-3 max-w-2xl text-sm text-muted-foreground">{t("probe.about")}</p>
          <ProbeButton name={name} />
        </section>
      ) : null}
      <section className="mt-8" aria-labelledby="routes">
        <h2 id="routes" className="mb-1 font-semibold">
          {t("deployments.routes")}
        </h2>
        {routes.length ? <Routes names={routes} /> : <p className="text-sm text-muted-foreground">{t("deployments.unroutedLong")}</p>}
        {mayRoute ? (
          <p className="mt-2 text-sm">
            <PageLink page="models" name={NEW} filters={{ deployment: name }}>
              {t("deployments.route")}
            </PageLink>
          </p>
        ) : null}
      </section>
    </>
  );
}
