import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Modal } from "../../ui/Modal";
import { Problems } from "./Problems";

interface ConfirmProps {
  title: string;
  text: string;
  /** What the button says that does it. */
  act: string;
  isDangerous?: boolean;
  error: unknown;
  isPending: boolean;
  onAct: () => void;
  onClose: () => void;
}

/** Asks whether something is really to be done, and says why it could not. */
export function Confirm({ title, text, act, isDangerous = true, error, isPending, onAct, onClose }: ConfirmProps) {
  const { t } = useTranslation();
  return (
    <Modal label={title} onClose={onClose} closedBy="any">
      <h2 className="mb-2 font-semibold break-words">{title}</h2>
      <p className="mb-3 text-sm">{text}</p>
      <Problems error={error} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button look={isDangerous ? "danger" : "first"} disabled={isPending} onClick={onAct}>
          {act}
        </Button>
      </div>
    </Modal>
  );
}
