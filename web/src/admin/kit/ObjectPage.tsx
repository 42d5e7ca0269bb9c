import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Kind, useMay } from "../../shell/abilities";
import { Loading } from "../../ui/Loading";
import { Said } from "../../ui/Said";
import { NEW } from "../frame/pages";
import { DeleteObject } from "./DeleteObject";
import { FilePart } from "./FilePart";
import { Notice } from "./Notice";
import { type FormParts, ObjectForm } from "./ObjectForm";
import { useObject } from "./objects";
import { Page } from "./Page";
import type { Entry, Section, Sections } from "./sections";

interface ObjectPageProps<S extends Section> {
  section: S;
  /** What policy calls its objects. */
  kind: Kind;
  /** The page of all of them: its id, and what it is called. */
  above: { page: string; title: string };
  /** NEW, or the name of one that there is. */
  name: string;
  /** The heading for one that is to be made. */
  newTitle: string;
  /** What people call it, from its entry. */
  titleOf?: (entry: Entry<S>) => string;
  /** What one begins with. */
  blank: Entry<S>;
  /** What a name is, where it needs a word. */
  nameHint?: string;
  /** What one should know before deleting it. */
  deleteHint?: string;
  fields: (parts: FormParts<S>) => ReactNode;
  /** Further actions with one that there is. */
  actions?: (object: Sections[S]) => ReactNode;
  /** What there is to see of one that there is, above the form. */
  before?: (object: Sections[S]) => ReactNode;
  /** What else there is to show of one that there is, below the form. */
  more?: (object: Sections[S]) => ReactNode;
}

/** One object: to look at, to change, to delete, or to make. */
export function ObjectPage<S extends Section>(props: ObjectPageProps<S>) {
  const { section, name, above, newTitle } = props;
  const isNew = name === NEW;
  const { data: object, error } = useObject(section, isNew ? null : name);
  if (object) {
    return <KnownObject {...props} object={object} />;
  }
  return (
    <Page title={isNew ? newTitle : name} above={above}>
      {isNew ? <NewObject {...props} /> : error ? <Said error={error} /> : <Loading />}
    </Page>
  );
}

function NewObject<S extends Section>({ section, kind, above, blank, nameHint, fields }: ObjectPageProps<S>) {
  const mayManage = useMay("manage", kind);
  const known = useMemo(() => ({ name: "", entry: blank, etag: null }), [blank]);
  return (
    <ObjectForm section={section} page={above.page} known={known} isReadOnly={!mayManage} nameHint={nameHint} fields={fields} />
  );
}

function KnownObject<S extends Section>(props: ObjectPageProps<S> & { object: Sections[S] }) {
  const { section, kind, above, object, titleOf, actions, before, more, deleteHint, fields } = props;
  const { t } = useTranslation();
  const canChange = useMay("manage", kind) && !object.managed_by_file;
  return (
    <Page
      title={titleOf?.(object.entry) || object.name}
      above={above}
      actions={
        <>
          {actions?.(object)}
          {canChange ? (
            <DeleteObject section={section} page={above.page} name={object.name} etag={object.etag} hint={deleteHint} />
          ) : null}
        </>
      }
    >
      {object.managed_by_file ? <Notice>{t("admin.byFile")}</Notice> : null}
      {before?.(object)}
      <ObjectForm section={section} page={above.page} known={object} isReadOnly={!canChange} fields={fields} />
      {more?.(object)}
      <FilePart sections={[section]} name={object.name} />
    </Page>
  );
}
