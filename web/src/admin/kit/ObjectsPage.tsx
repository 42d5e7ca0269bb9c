import { Plus } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Kind, useMay } from "../../shell/abilities";
import { Loading } from "../../ui/Loading";
import { Said } from "../../ui/Said";
import { NEW } from "../frame/pages";
import { Badge } from "./Badge";
import { type Column, DataTable } from "./DataTable";
import { FilePart } from "./FilePart";
import { useObjects } from "./objects";
import { Page } from "./Page";
import { FirstLink, PageLink, SecondLink } from "./PageLink";
import type { Section, Sections } from "./sections";

interface ObjectsPageProps<S extends Section> {
  section: S;
  /** What policy calls its objects. */
  kind: Kind;
  /** The id of the page. */
  page: string;
  title: string;
  about: string;
  /** What the link says that makes one. */
  add: string;
  /** What is said where there is none yet. */
  empty: string;
  /** What people call an object, where it is not its name. */
  labelOf?: (object: Sections[S]) => string;
  /** After the name. */
  columns: readonly Column<Sections[S]>[];
  /** What else can be done here; what is done most stands first. */
  actions?: ReactNode;
  /** Whether something else is done more than making one by hand. */
  isAddSecond?: boolean;
  children?: ReactNode;
}

/** All objects of a section. */
export function ObjectsPage<S extends Section>(props: ObjectsPageProps<S>) {
  const { section, kind, page, title, about, add, empty, labelOf, columns, actions, isAddSecond, children } = props;
  const { t } = useTranslation();
  const { objects, error, isPending, isComplete } = useObjects(section);
  const mayManage = useMay("manage", kind);
  const AddLink = isAddSecond ? SecondLink : FirstLink;
  const all = useMemo<Column<Sections[S]>[]>(
    () => [
      {
        id: "name",
        title: t("admin.form.name"),
        value: (object) => `${labelOf?.(object) ?? ""} ${object.name}`.trim(),
        show: (object) => <NameCell page={page} name={object.name} label={labelOf?.(object) ?? ""} />,
      },
      ...columns,
      {
        id: "origin",
        title: t("admin.table.origin"),
        value: (object) => (object.managed_by_file ? t("admin.table.file") : t("admin.table.hand")),
        show: (object) => (object.managed_by_file ? <Badge>{t("admin.table.file")}</Badge> : t("admin.table.hand")),
        isExtra: true,
      },
    ],
    [columns, labelOf, page, t],
  );
  return (
    <Page
      title={title}
      about={about}
      actions={
        <>
          {actions}
          {mayManage ? (
            <AddLink page={page} name={NEW}>
              <Plus size={16} aria-hidden />
              {add}
            </AddLink>
          ) : null}
        </>
      }
    >
      <Said error={error} className="mb-3" />
      {isPending ? <Loading /> : null}
      {error && objects.length === 0 ? null : (
        !isPending && <DataTable label={title} columns={all} rows={objects} idOf={(object) => object.name} empty={empty} foot={isComplete ? null : <Loading />} />
      )}
      {children}
      <FilePart sections={[section]} />
    </Page>
  );
}

function NameCell({ page, name, label }: { page: string; name: string; label: string }) {
  return (
    <>
      <PageLink page={page} name={name}>
        {label || name}
      </PageLink>
      {label && label !== name ? <span className="block text-xs font-normal text-muted-foreground">{name}</span> : null}
    </>
  );
}
