import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { AdminPageProps } from "../frame/pages";
import type { Column } from "../kit/DataTable";
import { SelectField } from "../kit/fields/SelectField";
import { ObjectPage } from "../kit/ObjectPage";
import { ObjectsPage } from "../kit/ObjectsPage";
import type { Entry, Sections } from "../kit/sections";
import { DATA_CLASSES, type DataClass, dataClassLabel } from "./dataClasses";
import { DisplayNameField, TeamField } from "./fields";

type Project = Sections["projects"];

const BLANK: Entry<"projects"> = {};
const labelOf = (project: Project) => project.entry.display_name ?? "";

/** The projects: what keys are used for, apart from who uses them. */
export function ProjectsPage({ name }: AdminPageProps) {
  return name === null ? <Projects /> : <Project name={name} />;
}

function Projects() {
  const { t } = useTranslation();
  const columns = useMemo<Column<Project>[]>(
    () => [
      { id: "team", title: t("access.team"), value: (project) => project.entry.team ?? null },
      {
        id: "class",
        title: t("projects.dataClass"),
        value: (project) => (project.entry.data_class ? dataClassLabel(project.entry.data_class, t) : null),
      },
    ],
    [t],
  );
  return (
    <ObjectsPage
      section="projects"
      kind="project"
      page="projects"
      title={t("projects.title")}
      about={t("projects.about")}
      add={t("projects.add")}
      empty={t("projects.empty")}
      labelOf={labelOf}
      columns={columns}
    />
  );
}

function Project({ name }: { name: string }) {
  const { t } = useTranslation();
  const classes = DATA_CLASSES.map((value) => ({ value, label: dataClassLabel(value, t) }));
  return (
    <ObjectPage
      section="projects"
      kind="project"
      above={{ page: "projects", title: t("projects.title") }}
      name={name}
      newTitle={t("projects.add")}
      titleOf={(entry) => entry.display_name ?? ""}
      blank={BLANK}
      fields={({ entry, set }) => (
        <>
          <DisplayNameField entry={entry} set={set} />
          <TeamField entry={entry} set={set} hint={t("projects.teamHint")} />
          <SelectField<DataClass | "">
            label={t("projects.dataClass")}
            hint={t("projects.dataClassHint")}
            path="data_class"
            value={entry.data_class ?? ""}
            options={[{ value: "", label: t("access.none") }, ...classes]}
            onChange={(chosen) => set({ data_class: chosen || null })}
          />
        </>
      )}
    />
  );
}
