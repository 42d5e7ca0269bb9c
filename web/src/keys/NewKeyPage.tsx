import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "../admin/kit/Page";
import { FirstLink } from "../admin/kit/PageLink";
import type { IssuedKey } from "./keys";
import { NewKeyForm } from "./NewKeyForm";
import { ShownOnce } from "./ShownOnce";

/** Makes a key, and shows its text this once. */
export function NewKeyPage() {
  const { t } = useTranslation();
  const [issued, setIssued] = useState<IssuedKey | null>(null);
  return (
    <Page title={t("keys.new")} above={{ page: "keys", title: t("keys.title") }}>
      {issued ? (
        <>
          <ShownOnce issued={issued} />
          <FirstLink page="keys">{t("keys.kept")}</FirstLink>
        </>
      ) : (
        <NewKeyForm whose="all" onMade={setIssued} />
      )}
    </Page>
  );
}
