import { useTranslation } from "react-i18next";
import type { Named } from "../kit/fields/NamesField";
import { useChoices } from "./choices";
import { called } from "./labels";

const of = (kind: string, choices: readonly Named[]): Named[] =>
  choices.map(({ name, label }) => ({ name: `${kind}:${name}`, label: called(name, label) }));

/** People and programs, as grants and questions name them. */
export function usePrincipals(): Named[] {
  const users = useChoices("users");
  const programs = useChoices("service_accounts");
  const agents = useChoices("agents");
  return [...of("user", users), ...of("service_account", programs), ...of("agent", agents)];
}

/** Everybody that a grant can be made to. */
export function useSubjects(): Named[] {
  const { t } = useTranslation();
  const principals = usePrincipals();
  const groups = useChoices("groups");
  const teams = useChoices("teams");
  const projects = useChoices("projects");
  return [
    { name: "everyone", label: t("grants.everyone") },
    ...of("team", teams),
    ...of("group", groups),
    ...principals,
    ...of("project", projects),
  ];
}
