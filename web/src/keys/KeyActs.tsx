import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Confirm } from "../admin/kit/Confirm";
import { Button } from "../ui/Button";
import { type Key, useRevokeKey, useUnfreezeKey } from "./keys";

type Asked = "revoke" | "unfreeze" | null;

interface KeyActsProps {
  shown: Key;
  /** Asks for another key in its place. What comes of that outlives this row. */
  onRotate: (rotated: Key) => void;
}

/** What can be done with a key that works. */
export function KeyActs({ shown, onRotate }: KeyActsProps) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked>(null);
  const revoke = useRevokeKey();
  const unfreeze = useUnfreezeKey();
  const close = () => setAsked(null);
  const named = { name: shown.name };
  if (shown.state !== "active") {
    return null;
  }
  return (
    <span className="flex flex-wrap justify-end gap-1">
      {shown.frozen_at ? (
        <Button aria-label={t("keys.unfreezeTitle", named)} onClick={() => setAsked("unfreeze")}>
          {t("keys.unfreeze")}
        </Button>
      ) : null}
      <Button aria-label={t("keys.rotateTitle", named)} onClick={() => onRotate(shown)}>
        {t("keys.rotate")}
      </Button>
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
