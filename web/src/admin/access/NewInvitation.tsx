import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, taken } from "../../api/client";
import { Button } from "../../ui/Button";
import { NamesField } from "../kit/fields/NamesField";
import { SelectField } from "../kit/fields/SelectField";
import { TextField } from "../kit/fields/TextField";
import { Page } from "../kit/Page";
import { Problems } from "../kit/Problems";
import { ProblemsContext, problemsOf } from "../kit/problems";
import { useChoices } from "./choices";
import { InvitationLink } from "./InvitationLink";

const DAY_S = 86_400;
const DAYS = [1, 7, 30, 90] as const;
const BLANK = { email: "", display_name: "", name: "", teams: [] as string[], groups: [] as string[], days: "7" };

/** Makes a member, and a link to sign in with: shown once. */
export function NewInvitation() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const teams = useChoices("teams");
  const groups = useChoices("groups");
  const [wanted, setWanted] = useState(BLANK);
  const set = (changes: Partial<typeof BLANK>) => setWanted((before) => ({ ...before, ...changes }));
  const invite = useMutation({
    mutationFn: async () => {
      const { days, ...rest } = wanted;
      return taken(await api.POST("/api/invitations", { body: { ...rest, lifetime_s: Number(days) * DAY_S } }));
    },
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["invitations"] }),
        queries.invalidateQueries({ queryKey: ["objects", "users"] }),
      ]),
  });
  const above = { page: "invitations", title: t("invitations.title") };
  if (invite.data) {
    return (
      <Page title={t("invitations.ready")} above={above}>
        <InvitationLink
          issued={invite.data}
          onAgain={() => {
            setWanted({ ...BLANK, teams: wanted.teams, groups: wanted.groups, days: wanted.days });
            invite.reset();
          }}
        />
      </Page>
    );
  }
  return (
    <Page title={t("invitations.add")} about={t("invitations.how")} above={above}>
      <ProblemsContext value={problemsOf(invite.error)}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            invite.mutate();
          }}
          className="max-w-2xl"
        >
          <TextField label={t("members.email")} path="email" type="email" required value={wanted.email} onChange={(email) => set({ email })} />
          <TextField
            label={t("access.displayName")}
            path="display_name"
            value={wanted.display_name}
            onChange={(display_name) => set({ display_name })}
          />
          <TextField
            label={t("invitations.name")}
            hint={t("invitations.nameHint")}
            path="name"
            value={wanted.name}
            onChange={(name) => set({ name })}
          />
          <NamesField label={t("teams.title")} path="teams" values={wanted.teams} choices={teams} add={t("access.addTeam")} onChange={(chosen) => set({ teams: chosen })} />
          <NamesField label={t("groups.title")} path="groups" values={wanted.groups} choices={groups} add={t("access.addGroup")} onChange={(chosen) => set({ groups: chosen })} />
          <SelectField
            label={t("invitations.lifetime")}
            path="lifetime_s"
            value={wanted.days}
            options={DAYS.map((days) => ({ value: String(days), label: t("invitations.days", { count: days }) }))}
            onChange={(days) => set({ days })}
          />
          <Problems error={invite.error} />
          <Button look="first" type="submit" disabled={!wanted.email || invite.isPending}>
            {t("invitations.add")}
          </Button>
        </form>
      </ProblemsContext>
    </Page>
  );
}
