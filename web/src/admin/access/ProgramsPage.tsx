import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { AdminPageProps } from "../frame/pages";
import { Badge } from "../kit/Badge";
import type { Column } from "../kit/DataTable";
import { NamesField } from "../kit/fields/NamesField";
import { SelectField } from "../kit/fields/SelectField";
import { TextField } from "../kit/fields/TextField";
import { ObjectPage } from "../kit/ObjectPage";
import { ObjectsPage } from "../kit/ObjectsPage";
import { PageLink } from "../kit/PageLink";
import type { Entry, Sections } from "../kit/sections";
import { useChoices, useOptions } from "./choices";
import { Standing } from "./Standing";

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
      {
        id: "state",
        title: t("access.state"),
        value: (program) => (program.entry.suspended ? t("standing.suspended") : t("standing.active")),
        show: (program) => <State isSuspended={program.entry.suspended === true} />,
      },
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

export function State({ isSuspended }: { isSuspended: boolean }) {
  const { t } = useTranslation();
  return isSuspended ? <Badge tone="bad">{t("standing.suspended")}</Badge> : <Badge tone="good">{t("standing.active")}</Badge>;
}

function Program({ section, name }: { section: Section; name: string }) {
  const { t } = useTranslation();
  const teams = useOptions("teams");
  const groups = useChoices("groups");
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
          <TextField
            label={t("access.displayName")}
            path="display_name"
            value={entry.display_name ?? ""}
            onChange={(display_name) => set({ display_name })}
          />
          <SelectField
            label={t("access.team")}
            hint={t("programs.teamHint")}
            path="team"
            value={entry.team ?? ""}
            options={teams}
            onChange={(team) => set({ team: team || null })}
          />
          <NamesField
            label={t("groups.title")}
            path="groups"
            values={entry.groups ?? []}
            choices={groups}
            add={t("access.addGroup")}
            onChange={(chosen) => set({ groups: chosen })}
          />
        </>
      )}
      more={(program) => (
        <p className="mt-6 text-sm">
          <State isSuspended={program.entry.suspended === true} />{" "}
          <PageLink page="explain" filters={{ who: `${KINDS[section]}:${program.name}` }}>
            {t("explain.rightsOf")}
          </PageLink>
        </p>
      )}
    />
  );
}
