import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Modal } from "../ui/Modal";
import type { IssuedKey } from "./keys";
import { NewKeyForm } from "./NewKeyForm";
import { ShownOnce } from "./ShownOnce";

/** Makes a key of one's own, and shows its text this once. */
export function NewOwnKey({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [issued, setIssued] = useState<IssuedKey | null>(null);
  const [isMaking, setMaking] = useState(false);
  return (
    <Modal label={t("keys.new")} onClose={onClose} className="max-w-2xl p-5" closedBy={issued || isMaking ? "none" : "closerequest"}>
      <h2 className="mb-3 font-semibold">{t("keys.new")}</h2>
      {issued ? <ShownOnce issued={issued} onKept={onClose} /> : <NewKeyForm whose="own" onMaking={setMaking} onMade={setIssued} />}
    </Modal>
  );
}
