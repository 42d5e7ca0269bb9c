import { MailPlus } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../shell/abilities";
import { type AdminPageProps, NEW } from "../frame/pages";
import type { Column } from "../kit/DataTable";
import { NamesField } from "../kit/fields/NamesField";
import { TextField } from "../kit/fields/TextField";
import { ObjectPage } from "../kit/ObjectPage";
import { ObjectsPage } from "../kit/ObjectsPage";
import { FirstLink, PageLink } from "../kit/PageLink";
import type { Entry, Sections } from "../kit/sections";
import { useChoices } from "./choices";
import { DisplayNameField, GroupsField } from "./fields";
import { HandOver } from "./HandOver";
import { KeysOf } from "./KeysOf";
import { State, stateColumn } from "./State";
import { Standing } from "./Standing";

type User = Sections["users"];

const BLANK: Entry<"users"> = {};
const labelOf = (user: User) => user.entry.display_name ?? "";

/** The people of the organisation. */
export function MembersPage({ name }: AdminPageProps) {
  return name === null ? <Members /> : <Member name={name} />;
}

function Members() {
  const { t } = useTranslation();
  const mayInvite = useMay("manage", "invitation");
  const columns = useMemo<Column<User>[]>(
    () => [
      { id: "email", title: t("members.email"), value: (user) => user.entry.email ?? null },
      { id: "teams", title: t("teams.title"), value: (user) => user.entry.teams?.join(", ") || null },
      { id: "groups", title: t("groups.title"), value: (user) => user.entry.groups?.join(", ") || null, isExtra: true },
      stateColumn(t),
    ],
    [t],
  );
  return (
    <ObjectsPage
      section="users"
      kind="user"
      page="members"
      title={t("members.title")}
      about={t("members.about")}
      add={t("members.add")}
      empty={t("members.empty")}
      labelOf={labelOf}
      columns={columns}
      isAddSecond={mayInvite}
      actions={
        mayInvite ? (
          <FirstLink page="invitations" name={NEW}>
            <MailPlus size={16} aria-hidden />
            {t("invitations.add")}
          </FirstLink>
        ) : null
      }
    />
  );
}

function Member({ name }: { name: string }) {
  const { t } = useTranslation();
  const teams = useChoices("teams");
  const mayManage = useMay("manage", "user");
  return (
    <ObjectPage
      section="users"
      kind="user"
      above={{ page: "members", title: t("members.title") }}
      name={name}
      newTitle={t("members.add")}
      titleOf={(entry) => entry.display_name ?? ""}
      blank={BLANK}
      deleteHint={t("members.deletion")}
      actions={(user) =>
        mayManage ? (
          <>
            <HandOver name={user.name} />
            <Standing section="users" name={user.name} isSuspended={user.entry.suspended === true} />
          </>
        ) : null
      }
      fields={({ entry, set, isNew }) => (
        <>
          <DisplayNameField entry={entry} set={set} />
          <TextField
            label={t("members.email")}
            hint={isNew ? t("members.emailHint") : undefined}
            path="email"
            type="email"
            value={entry.email ?? ""}
            onChange={(email) => set({ email: email || null })}
          />
          <NamesField
            label={t("teams.title")}
            path="teams"
            values={entry.teams ?? []}
            choices={teams}
            add={t("access.addTeam")}
            onChange={(chosen) => set({ teams: chosen })}
          />
          <GroupsField entry={entry} set={set} />
        </>
      )}
      more={(user) => <About user={user} />}
    />
  );
}

function About({ user }: { user: User }) {
  const { t } = useTranslation();
  return (
    <p className="mt-6 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
      <State isSuspended={user.entry.suspended === true} />
      <PageLink page="explain" filters={{ who: `user:${user.name}` }}>
        {t("explain.rightsOf")}
      </PageLink>
      <KeysOf name={user.name} />
      <PageLink page="audit" filters={{ actor: user.name }}>
        {t("audit.doneBy")}
      </PageLink>
    </p>
  );
}
