import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "../admin/kit/Page";
import { useMayOwnKeys } from "../shell/abilities";
import { Button } from "../ui/Button";
import { KeysTable } from "./KeysTable";
import { NewOwnKey } from "./NewOwnKey";
import { UseKeys } from "./UseKeys";

/** One's own keys. Who may have none is told why, and whom to ask. */
export function MyKeysPage() {
  const { t } = useTranslation();
  const mayOwn = useMayOwnKeys();
  const [isMaking, setMaking] = useState(false);
  return (
    <Page
      title={t("keys.mine")}
      about={t("keys.mineAbout")}
      actions={
        mayOwn ? (
          <Button look="first" onClick={() => setMaking(true)}>
            <Plus size={16} aria-hidden />
            {t("keys.new")}
          </Button>
        ) : null
      }
    >
      <KeysTable whose="own" />
      <UseKeys />
      {isMaking ? <NewOwnKey onClose={() => setMaking(false)} /> : null}
    </Page>
  );
}
