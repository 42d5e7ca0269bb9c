import { useState } from "react";
import { useTranslation } from "react-i18next";
import { SelectField } from "../admin/kit/fields/SelectField";
import { Problems } from "../admin/kit/Problems";
import { Button } from "../ui/Button";
import { Modal } from "../ui/Modal";
import { type Key, useRotateKey, type Whose } from "./keys";
import { ShownOnce } from "./ShownOnce";

const GRACES_S = ["0", "3600", "86400", "604800"] as const;
type Grace = (typeof GRACES_S)[number];

/** Replaces a key: the new text is shown here, and the old one works on for as long as is said. */
export function RotateKey({ whose, rotated, onClose }: { whose: Whose; rotated: Key; onClose: () => void }) {
  const { t } = useTranslation();
  const rotate = useRotateKey(whose);
  const [grace, setGrace] = useState<Grace>("3600");
  const title = t("keys.rotateTitle", { name: rotated.name });
  return (
    <Modal label={title} onClose={onClose} className="max-w-2xl p-5" closedBy={rotate.isIdle || rotate.isError ? "closerequest" : "none"}>
      <h2 className="mb-2 font-semibold break-words">{title}</h2>
      {rotate.data ? (
        <ShownOnce issued={rotate.data} onKept={onClose} />
      ) : (
        <>
          <p className="mb-3 text-sm">{t("keys.rotateText")}</p>
          <Problems error={rotate.error} />
          <SelectField
            label={t("keys.grace")}
            value={grace}
            options={GRACES_S.map((value) => ({ value, label: t(`keys.graces.${value}`) }))}
            onChange={setGrace}
          />
          <div className="flex flex-wrap justify-end gap-2">
            <Button disabled={rotate.isPending} onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button
              look="first"
              disabled={rotate.isPending}
              onClick={() => rotate.mutate({ id: rotated.id, graceS: Number(grace) })}
            >
              {t("keys.rotate")}
            </Button>
          </div>
        </>
      )}
    </Modal>
  );
}
