import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Confirm } from "../admin/kit/Confirm";
import { Button } from "../ui/Button";
import { type Key, useRevokeKey, useUnfreezeKey, type Whose } from "./keys";

type Asked = "revoke" | "unfreeze" | null;

interface KeyActsProps {
  whose: Whose;
  shown: Key;
  /** Asks for another key in its place. What comes of that outlives this row. */
  onRotate: (rotated: Key) => void;
}

/** What can be done with a key that works. What needs an administrator's eye is not offered to its owner. */
export function KeyActs({ whose, shown, onRotate }: KeyActsProps) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked>(null);
  const revoke = useRevokeKey(whose);
  const unfreeze = useUnfreezeKey();
  const close = () => setAsked(null);
  const named = { name: shown.name };
  if (shown.state !== "active") {
    return null;
  }
  const isAll = whose === "all";
  return (
    <span className="flex flex-wrap justify-end gap-1">
      {isAll && shown.frozen_at ? (
        <Button aria-label={t("keys.unfreezeTitle", named)} onClick={() => setAsked("unfreeze")}>
          {t("keys.unfreeze")}
        </Button>
      ) : null}
      {isAll || !(shown.frozen_at || shown.admin) ? (
        <Button aria-label={t("keys.rotateTitle", named)} onClick={() => onRotate(shown)}>
          {t("keys.rotate")}
        </Button>
      ) : null}
      <Button look="danger" aria-label={t("keys.revokeTitle", named)} onClick={() => setAsked("revoke")}>
        {t("keys.revoke")}
      </Button>
      {asked === "revoke" ? (
        <Confirm
          title={t("keys.revokeTitle", named)}
          text={t("keys.revokeText")}
          act={t("keys.revoke")}
          error={revoke.error}
          isPending={revoke.isPending}
          onAct={() => revoke.mutate(shown.id, { onSuccess: close })}
          onClose={close}
        />
      ) : null}
      {asked === "unfreeze" ? (
        <Confirm
          title={t("keys.unfreezeTitle", named)}
          text={t("keys.unfreezeText")}
          act={t("keys.unfreeze")}
          isDangerous={false}
          error={unfreeze.error}
          isPending={unfreeze.isPending}
          onAct={() => unfreeze.mutate(shown.id, { onSuccess: close })}
          onClose={close}
        />
      ) : null}
    </span>
  );
}
