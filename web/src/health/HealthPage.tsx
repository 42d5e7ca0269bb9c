import { useTranslation } from "react-i18next";
import { Page } from "../admin/kit/Page";
import { Refusal } from "../api/refusal";
import { Loading } from "../ui/Loading";
import { Said } from "../ui/Said";
import { type Health, useHealth } from "./health";
import { InstallationView } from "./InstallationView";
import { ProblemList } from "./ProblemList";
import { ProviderTable } from "./ProviderTable";

/** How the installation is, and what is to be done where something is not well. */
export function HealthPage() {
  const { t } = useTranslation();
  const { data, error } = useHealth();
  return (
    <Page title={t("health.title")} about={t("health.about")}>
      {error ? <NoAnswer error={error} /> : null}
      {data ? <Looked health={data} /> : error ? null : <Loading />}
    </Page>
  );
}

function Looked({ health }: { health: Health }) {
  return (
    <>
      <ProblemList problems={health.problems} />
      <ProviderTable providers={health.providers} />
      {health.installation ? <InstallationView installation={health.installation} /> : null}
    </>
  );
}

/** What cannot be looked at is a finding too: mostly the database is away. */
function NoAnswer({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const isAway = error instanceof Refusal && error.status === 503;
  return (
    <div className="mb-4">
      <Said error={error} />
      {isAway ? <p className="mt-2 text-sm">{t("health.databaseAway")}</p> : null}
    </div>
  );
}
