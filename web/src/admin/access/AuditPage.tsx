import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { when } from "../../chat/format";
import { Button } from "../../ui/Button";
import { Loading } from "../../ui/Loading";
import { Said } from "../../ui/Said";
import { Badge } from "../kit/Badge";
import { type Column, DataTable } from "../kit/DataTable";
import { FilePart } from "../kit/FilePart";
import { type Filters, useFilters } from "../kit/filters";
import { Page } from "../kit/Page";
import { More, usePaged } from "../kit/paged";
import { AuditEvent } from "./AuditEvent";
import { AuditFilters } from "./AuditFilters";
import { AuditState } from "./AuditState";
import { type Event, exportPath, listEvents } from "./audit";

const TONES = { done: "plain", denied: "bad", failed: "bad" } as const;

/** What was done, by whom: to be searched, taken along, and verified. */
export function AuditPage() {
  const { t } = useTranslation();
  const [filters, change] = useFilters();
  const { rows, error, isPending, more } = usePaged(["audit", filters], (cursor) => listEvents(filters, cursor));
  const [opened, setOpened] = useState<Event | null>(null);
  const columns = useColumns(setOpened);
  return (
    <Page title={t("audit.title")} about={t("audit.about")} actions={<Exports filters={filters} />}>
      <AuditState />
      <AuditFilters key={JSON.stringify(filters)} filters={filters} onChange={change} />
      <Said error={error} className="mb-3" />
      {isPending ? <Loading /> : null}
      {rows.length > 0 || (!isPending && !error) ? (
        <DataTable
          label={t("audit.title")}
          columns={columns}
          rows={rows}
          idOf={(event) => event.id}
          empty={Object.keys(filters).length ? t("audit.noneFit") : t("audit.empty")}
          isSearchable={false}
          foot={<More {...more} />}
        />
      ) : null}
      {opened ? <AuditEvent event={opened} onClose={() => setOpened(null)} /> : null}
      <FilePart sections={["audit_streams"]} />
    </Page>
  );
}

function useColumns(open: (event: Event) => void): readonly Column<Event>[] {
  const { t, i18n } = useTranslation();
  return useMemo(
    () => [
      { id: "time", title: t("audit.time"), value: (event) => event.time, show: (event) => <span className="whitespace-nowrap">{when(event.time, i18n.language)}</span> },
      { id: "actor", title: t("audit.actor"), value: (event) => event.actor.name || event.actor.kind },
      { id: "action", title: t("audit.action"), value: (event) => event.action, show: (event) => <code className="text-xs">{event.action}</code> },
      { id: "object", title: t("audit.object"), value: (event) => `${event.object_kind} ${event.object_name}`.trim() },
      {
        id: "outcome",
        title: t("audit.outcome"),
        value: (event) => t(`outcome.${event.outcome}`),
        show: (event) => <Badge tone={TONES[event.outcome]}>{t(`outcome.${event.outcome}`)}</Badge>,
      },
      {
        id: "open",
        title: t("access.actions"),
        isAction: true,
        value: () => null,
        show: (event) => (
          <Button look="quiet" aria-label={t("audit.showOne", { number: event.number })} onClick={() => open(event)}>
            {t("audit.show")}
          </Button>
        ),
      },
    ],
    [t, i18n.language, open],
  );
}

function Exports({ filters }: { filters: Filters }) {
  const { t } = useTranslation();
  return (
    <>
      {(["jsonl", "ocsf"] as const).map((format) => (
        <a
          key={format}
          href={exportPath(filters, format)}
          download={`audit-${format}.jsonl`}
          className="inline-flex min-h-9 items-center rounded-md border border-control px-3 py-2 text-sm hover:bg-accent"
        >
          {t(`auditExport.${format}`)}
        </a>
      ))}
    </>
  );
}
