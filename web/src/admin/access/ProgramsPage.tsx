import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { AdminPageProps } from "../frame/pages";
import type { Column } from "../kit/DataTable";
import { ObjectPage } from "../kit/ObjectPage";
import { ObjectsPage } from "../kit/ObjectsPage";
import { PageLink } from "../kit/PageLink";
import type { Entry, Sections } from "../kit/sections";
import { DisplayNameField, GroupsField, TeamField } from "./fields";
import { KeysOf } from "./KeysOf";
import { Standing } from "./Standing";
import { State, stateColumn } from "./State";

type Section = "service_accounts" | "agents";
type Program = Sections[Section];

const KINDS = { service_accounts: "service_account", agents: "agent" } as const;
const PAGES = { service_accounts: "service-accounts", agents: "agents" } as const;
const BLANK: Entry<Section> = {};
const labelOf = (program: Program) => program.entry.display_name ?? "";

export function ServiceAccountsPage({ name }: AdminPageProps) {
  return name === null ? <Programs section="service_accounts" /> : <Program section="service_accounts" name={name} />;
}

export function AgentsPage({ name }: AdminPageProps) {
  return name === null ? <Programs section="agents" /> : <Program section="agents" name={name} />;
}

/** Programs that call by themselves. */
function Programs({ section }: { section: Section }) {
  const { t } = useTranslation();
  const columns = useMemo<Column<Program>[]>(
    () => [
      { id: "team", title: t("access.team"), value: (program) => program.entry.team ?? null },
      { id: "groups", title: t("groups.title"), value: (program) => program.entry.groups?.join(", ") ?? null, isExtra: true },
      stateColumn(t),
    ],
    [t],
  );
  return (
    <ObjectsPage<Section>
      section={section}
      kind={KINDS[section]}
      page={PAGES[section]}
      title={t(`programs.${section}`)}
      about={t(`programsAbout.${section}`)}
      add={t(`programsAdd.${section}`)}
      empty={t(`programsEmpty.${section}`)}
      labelOf={labelOf}
      columns={columns}
    />
  );
}

function Program({ section, name }: { section: Section; name: string }) {
  const { t } = useTranslation();
  return (
    <ObjectPage<Section>
      section={section}
      kind={KINDS[section]}
      above={{ page: PAGES[section], title: t(`programs.${section}`) }}
      name={name}
      newTitle={t(`programsAdd.${section}`)}
      titleOf={(entry) => entry.display_name ?? ""}
      blank={BLANK}
      deleteHint={t("programs.deletion")}
      actions={(program) => (
        <Standing section={section} name={program.name} isSuspended={program.entry.suspended === true} />
      )}
      fields={({ entry, set }) => (
        <>
          <DisplayNameField entry={entry} set={set} />
          <TeamField entry={entry} set={set} hint={t("programs.teamHint")} />
          <GroupsField entry={entry} set={set} />
        </>
      )}
      more={(program) => (
        <p className="mt-6 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
          <State isSuspended={program.entry.suspended === true} />
          <PageLink page="explain" filters={{ who: `${KINDS[section]}:${program.name}` }}>
            {t("explain.rightsOf")}
          </PageLink>
          <KeysOf name={program.name} />
        </p>
      )}
    />
  );
}
