import { useTranslation } from "react-i18next";
import type { AdminPageProps } from "../frame/pages";
import { GroupedList, GroupedObject } from "./GroupedPage";

/** The teams: what is granted to one holds for those below it, too. */
export function TeamsPage({ name }: AdminPageProps) {
  const { t } = useTranslation();
  const words = {
    title: t("teams.title"),
    about: t("teams.about"),
    add: t("teams.add"),
    empty: t("teams.empty"),
    parent: t("teams.parent"),
    parentHint: t("teams.parentHint"),
    deletion: t("teams.deletion"),
  };
  return name === null ? (
    <GroupedList section="teams" kind="team" words={words} />
  ) : (
    <GroupedObject section="teams" kind="team" words={words} name={name} />
  );
}
