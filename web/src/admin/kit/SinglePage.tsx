import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Kind, useMay } from "../../shell/abilities";
import { Loading } from "../../ui/Loading";
import { Said } from "../../ui/Said";
import { FilePart } from "./FilePart";
import { Notice } from "./Notice";
import { type FormParts, ObjectForm } from "./ObjectForm";
import { useObject } from "./objects";
import { Page } from "./Page";

type Single = "organisation" | "prices";

interface SinglePageProps<S extends Single> {
  section: S;
  /** What policy calls it. */
  kind: Kind;
  page: string;
  title: string;
  about: string;
  fields: (parts: FormParts<S>) => ReactNode;
}

/** A section that is one entry: to look at, and to change. */
export function SinglePage<S extends Single>({ section, kind, page, title, about, fields }: SinglePageProps<S>) {
  const { t } = useTranslation();
  const { data: object, error, isPending } = useObject(section, section);
  const mayManage = useMay("manage", kind);
  return (
    <Page title={title} about={about}>
      {isPending ? <Loading /> : null}
      <Said error={error} />
      {object?.managed_by_file ? <Notice>{t("admin.byFile")}</Notice> : null}
      {object ? (
        <ObjectForm
          section={section}
          page={page}
          known={object}
          isReadOnly={object.managed_by_file || !mayManage}
          fields={fields}
        />
      ) : null}
      {object ? <FilePart sections={[section]} /> : null}
    </Page>
  );
}
