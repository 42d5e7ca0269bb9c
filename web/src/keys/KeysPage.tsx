import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { NotFound } from "../shell/NotFound";
import { type AdminPageProps, NEW } from "../admin/frame/pages";
import { Page } from "../admin/kit/Page";
import { FirstLink } from "../admin/kit/PageLink";
import { useMay } from "../shell/abilities";
import { KeysTable } from "./KeysTable";
import { NewKeyPage } from "./NewKeyPage";
import { UseKeys } from "./UseKeys";

/** The keys of the API. A key has no page of its own: all that there is to know of it stands in its row. */
export function KeysPage({ name }: AdminPageProps) {
  if (name === NEW) {
    return <NewKeyPage />;
  }
  return name === null ? <AllKeys /> : <NotFound />;
}

function AllKeys() {
  const { t } = useTranslation();
  const mayManage = useMay("manage", "key");
  return (
    <Page
      title={t("keys.title")}
      about={t("keys.about")}
      actions={
        mayManage ? (
          <FirstLink page="keys" name={NEW}>
            <Plus size={16} aria-hidden />
            {t("keys.new")}
          </FirstLink>
        ) : null
      }
    >
      <KeysTable whose="all" />
      <UseKeys />
    </Page>
  );
}
