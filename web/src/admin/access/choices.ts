import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Named } from "../kit/fields/NamesField";
import type { Option } from "../kit/fields/SelectField";
import { useObjects } from "../kit/objects";
import { called } from "./labels";

type Shown = "agents" | "groups" | "projects" | "service_accounts" | "teams" | "users";

/** The objects of a section to choose from; those that one may not see are missing. */
export function useChoices(section: Shown): Named[] {
  const { objects } = useObjects(section);
  return useMemo(() => objects.map((each) => ({ name: each.name, label: each.entry.display_name ?? "" })), [objects]);
}

/** The same to choose one or none of them; `but` is left out, as an object's own name. */
export function useOptions(section: Shown, but = ""): Option[] {
  const { t } = useTranslation();
  const choices = useChoices(section);
  const options = choices.filter((each) => each.name !== but).map((each) => ({ value: each.name, label: called(each.name, each.label) }));
  return [{ value: "", label: t("access.none") }, ...options];
}
