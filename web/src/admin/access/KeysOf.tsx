import { useTranslation } from "react-i18next";
import { useMay } from "../../shell/abilities";
import { PageLink } from "../kit/PageLink";

/** Leads to the keys of somebody, whoever may see keys. */
export function KeysOf({ name }: { name: string }) {
  const { t } = useTranslation();
  return useMay("read", "key") ? (
    <PageLink page="keys" filters={{ owner: name }}>
      {t("access.keysOf")}
    </PageLink>
  ) : null;
}
