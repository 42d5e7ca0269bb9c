import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { count, when } from "../chat/format";
import { sizeOf } from "../ui/sizes";
import type { Installation } from "./health";
import { milliseconds, since } from "./measures";

/** What all organisations share: the database, the workers, what waits, and what runs. */
export function InstallationView({ installation }: { installation: Installation }) {
  const { t, i18n } = useTranslation();
  const { database, workers, queue, usage, versions } = installation;
  const language = i18n.language;
  const number = (value: number) => count(value, language);
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <Facts title={t("health.database")}>
        <Fact name={t("health.answeredIn")}>{milliseconds(database.answered_in_ms, language)}</Fact>
        <Fact name={t("health.size")}>{sizeOf(database.size_bytes, language)}</Fact>
        <Fact name={t("health.connections")}>
          {t("health.ofMost", { used: number(database.connections), most: number(database.most_connections) })}
        </Fact>
      </Facts>
      <Facts title={t("health.workers")}>
        {workers.map((worker, place) => (
          <Fact key={worker.id} name={t("health.worker", { number: place + 1 })}>
            {t("health.since", { when: when(worker.started_at, language) })}
          </Fact>
        ))}
      </Facts>
      <Facts title={t("health.queue")}>
        <Fact name={t("health.tasksWaiting")}>{number(queue.waiting)}</Fact>
        <Fact name={t("health.tasksDoing")}>{number(queue.doing)}</Fact>
        <Fact name={t("health.tasksFailed")}>{number(queue.failed)}</Fact>
        <Fact name={t("health.runsWaiting")}>{number(queue.runs_waiting)}</Fact>
        <Fact name={t("health.runsRunning")}>{number(queue.runs_running)}</Fact>
        {queue.oldest_waiting_s === null ? null : (
          <Fact name={t("health.longestWait")}>{since(queue.oldest_waiting_s, language)}</Fact>
        )}
      </Facts>
      <Facts title={t("health.usage")}>
        <Fact name={t("health.inFlight")}>{number(usage.in_flight)}</Fact>
        <Fact name={t("health.waiting")}>{sizeOf(usage.waiting_bytes, language)}</Fact>
        <Fact name={t("health.diskFree")}>{sizeOf(usage.disk_free_bytes, language)}</Fact>
      </Facts>
      <Facts title={t("health.versions")}>
        <Fact name="Drawbridge">{versions.drawbridge}</Fact>
        <Fact name="PostgreSQL">{database.version}</Fact>
        <Fact name="Python">{versions.python}</Fact>
        <Fact name={t("health.system")}>{versions.system}</Fact>
      </Facts>
    </div>
  );
}

function Facts({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="rounded-lg border border-border p-4">
      <h2 className="mb-2 font-semibold">{title}</h2>
      <dl className="space-y-1 text-sm">{children}</dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex justify-between gap-4">
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="text-right break-words tabular-nums">{children}</dd>
    </div>
  );
}
