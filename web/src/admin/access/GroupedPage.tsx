import { useMemo } from "react";
import type { Column } from "../kit/DataTable";
import { SelectField } from "../kit/fields/SelectField";
import { ObjectPage } from "../kit/ObjectPage";
import { ObjectsPage } from "../kit/ObjectsPage";
import type { Entry, Sections } from "../kit/sections";
import { useOptions } from "./choices";
import { DisplayNameField } from "./fields";
import { Within } from "./Within";

type Section = "teams" | "groups";
type Grouped = Sections[Section];

/** What is said of teams, or of groups. */
export interface GroupedWords {
  title: string;
  about: string;
  add: string;
  empty: string;
  parent: string;
  parentHint: string;
  deletion: string;
}

interface GroupedPageProps {
  section: Section;
  kind: "team" | "group";
  words: GroupedWords;
}

const BLANK: Entry<Section> = {};
const labelOf = (object: Grouped) => object.entry.display_name ?? "";

/** All teams, or groups: each may be part of another one. */
export function GroupedList({ section, kind, words }: GroupedPageProps) {
  const columns = useMemo<Column<Grouped>[]>(
    () => [{ id: "parent", title: words.parent, value: (object) => object.entry.parent ?? null }],
    [words.parent],
  );
  return (
    <ObjectsPage
      section={section}
      kind={kind}
      page={section}
      title={words.title}
      about={words.about}
      add={words.add}
      empty={words.empty}
      labelOf={labelOf}
      columns={columns}
    />
  );
}

export function GroupedObject({ section, kind, words, name }: GroupedPageProps & { name: string }) {
  const above = useOptions(section, name);
  return (
    <ObjectPage<Section>
      section={section}
      kind={kind}
      above={{ page: section, title: words.title }}
      name={name}
      newTitle={words.add}
      titleOf={(entry) => entry.display_name ?? ""}
      blank={BLANK}
      deleteHint={words.deletion}
      fields={({ entry, set }) => (
        <>
          <DisplayNameField entry={entry} set={set} />
          <SelectField
            label={words.parent}
            hint={words.parentHint}
            path="parent"
            value={entry.parent ?? ""}
            options={above}
            onChange={(parent) => set({ parent: parent || null })}
          />
        </>
      )}
      more={(object) => <Within section={section} name={object.name} />}
    />
  );
}
