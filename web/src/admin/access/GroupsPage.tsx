import { useTranslation } from "react-i18next";
import type { AdminPageProps } from "../frame/pages";
import { GroupedList, GroupedObject } from "./GroupedPage";

/** The groups: people and programs of any team who are granted the same. */
export function GroupsPage({ name }: AdminPageProps) {
  const { t } = useTranslation();
  const words = {
    title: t("groups.title"),
    about: t("groups.about"),
    add: t("groups.add"),
    empty: t("groups.empty"),
    parent: t("groups.parent"),
    parentHint: t("groups.parentHint"),
    deletion: t("groups.deletion"),
  };
  return name === null ? (
    <GroupedList section="groups" kind="group" words={words} />
  ) : (
    <GroupedObject section="groups" kind="group" words={words} name={name} />
  );
}
