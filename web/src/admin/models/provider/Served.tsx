import { PlugZap } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../../shell/abilities";
import { Button } from "../../../ui/Button";
import { Said } from "../../../ui/Said";
import { NEW } from "../../frame/pages";
import { Badge } from "../../kit/Badge";
import { type Column, DataTable } from "../../kit/DataTable";
import { useObjects } from "../../kit/objects";
import { PageLink } from "../../kit/PageLink";
import { SmallProbeButton } from "../deployment/ProbeButton";
import { TroubleNote } from "../TroubleNote";
import { useServed } from "../wire";

interface ServedModel {
  model: string;
  /** The deployments that have it. */
  deployments: string[];
}

/** Whether a provider is reached, which models it says it serves, and which of them are deployed. */
export function Served({ provider }: { provider: string }) {
  const { t } = useTranslation();
  const [isWanted, setWanted] = useState(false);
  const mayDeploy = useMay("manage", "deployment");
  const mayManage = useMay("manage", "provider");
  const { data, error, isFetching, refetch } = useServed(provider, isWanted);
  const { objects } = useObjects("deployments");
  const deployed = useMemo(() => objects.filter((each) => each.entry.provider === provider), [objects, provider]);
  const rows = useMemo(() => merged(data?.models ?? [], deployed), [data, deployed]);
  const columns = useMemo<Column<ServedModel>[]>(
    () => [
      { id: "model", title: t("deployments.upstream"), value: (row) => row.model },
      {
        id: "deployments",
        title: t("deployments.title"),
        value: (row) => row.deployments.join(" ") || null,
        show: (row) => <Deployments row={row} provider={provider} mayDeploy={mayDeploy} />,
      },
    ],
    [t, provider, mayDeploy],
  );
  return (
    <section className="mt-8" aria-labelledby="served">
      <h2 id="served" className="mb-1 font-semibold">
        {t("served.title")}
      </h2>
      <p className="mb-3 max-w-2xl text-sm text-muted-foreground">{t("served.about")}</p>
      {mayManage || mayDeploy ? (
        <div className="mb-3 flex flex-wrap items-center gap-3">
          <Button
            disabled={isFetching}
            onClick={() => {
              setWanted(true);
              if (isWanted) {
                void refetch();
              }
            }}
          >
            <PlugZap size={16} aria-hidden />
            {isFetching ? t("served.asking") : t("served.ask")}
          </Button>
          <span role="status">
            {data && !data.trouble ? <Badge tone="good">{t("served.count", { count: data.models.length })}</Badge> : null}
          </span>
        </div>
      ) : null}
      <Said error={error} className="mb-3" />
      {data?.trouble ? <TroubleNote trouble={data.trouble} /> : null}
      <DataTable label={t("served.title")} columns={columns} rows={rows} idOf={(row) => row.model} empty={t("served.empty")} isSearchable={rows.length > 5} />
    </section>
  );
}

function Deployments({ row, provider, mayDeploy }: { row: ServedModel; provider: string; mayDeploy: boolean }) {
  const { t } = useTranslation();
  if (row.deployments.length > 0) {
    return (
      <ul className="space-y-1">
        {row.deployments.map((name) => (
          <li key={name} className="flex flex-wrap items-center gap-2">
            <PageLink page="deployments" name={name}>
              {name}
            </PageLink>
            {mayDeploy ? <SmallProbeButton name={name} /> : null}
          </li>
        ))}
      </ul>
    );
  }
  return mayDeploy ? (
    <PageLink page="deployments" name={NEW} filters={{ provider, model: row.model }}>
      {t("served.deploy")}
      <span className="sr-only"> {row.model}</span>
    </PageLink>
  ) : null;
}

interface Deployed {
  name: string;
  entry: { upstream_model: string };
}

/** What is served and what is deployed, each model once. A deployed one may be missing in the provider's own list. */
function merged(models: readonly string[], deployed: readonly Deployed[]): ServedModel[] {
  const names = [...new Set([...deployed.map((each) => each.entry.upstream_model), ...models])].sort();
  return names.map((model) => ({
    model,
    deployments: deployed.filter((each) => each.entry.upstream_model === model).map((each) => each.name),
  }));
}
