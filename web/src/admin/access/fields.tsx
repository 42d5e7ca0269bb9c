/** The fields that entries of people, programs, groups, teams and projects share. */
import { useTranslation } from "react-i18next";
import { NamesField } from "../kit/fields/NamesField";
import { SelectField } from "../kit/fields/SelectField";
import { TextField } from "../kit/fields/TextField";
import { useChoices, useOptions } from "./choices";

interface FieldsProps<Entry> {
  entry: Entry;
  set: (change: Partial<Entry>) => void;
}

export function DisplayNameField({ entry, set }: FieldsProps<{ display_name?: string }>) {
  const { t } = useTranslation();
  return (
    <TextField
      label={t("access.displayName")}
      path="display_name"
      value={entry.display_name ?? ""}
      onChange={(display_name) => set({ display_name })}
    />
  );
}

export function TeamField({ entry, set, hint }: FieldsProps<{ team?: string | null }> & { hint: string }) {
  const { t } = useTranslation();
  const teams = useOptions("teams");
  return (
    <SelectField
      label={t("access.team")}
      hint={hint}
      path="team"
      value={entry.team ?? ""}
      options={teams}
      onChange={(team) => set({ team: team || null })}
    />
  );
}

export function GroupsField({ entry, set }: FieldsProps<{ groups?: string[] }>) {
  const { t } = useTranslation();
  const groups = useChoices("groups");
  return (
    <NamesField
      label={t("groups.title")}
      path="groups"
      values={entry.groups ?? []}
      choices={groups}
      add={t("access.addGroup")}
      onChange={(chosen) => set({ groups: chosen })}
    />
  );
}
