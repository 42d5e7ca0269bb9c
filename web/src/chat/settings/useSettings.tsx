import { SlidersHorizontal } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../ui/Button";
import { Modal } from "../../ui/Modal";
import type { Model, Settings } from "../wire";
import { isSet } from "./heeded";
import { SettingsForm } from "./SettingsForm";

/**
 * The button that opens what can be set of a conversation, and shows whether anything is; and the dialog, which has a form
 * of its own and so must not stand in the one in which one writes. `onSave` rejects with the reason where that fails.
 */
export function useSettings(
  settings: Settings,
  model: Model | undefined,
  onSave: (settings: Settings) => Promise<unknown>,
): { button: ReactNode; dialog: ReactNode } {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  const button = (
    <IconButton
      label={isSet(settings) ? t("settings.openSet") : t("settings.open")}
      aria-haspopup="dialog"
      onClick={() => setOpen(true)}
      className="relative"
    >
      <SlidersHorizontal size={16} aria-hidden />
      {isSet(settings) ? <span className="absolute top-1 right-1 size-2 rounded-full bg-primary" /> : null}
    </IconButton>
  );
  const dialog = isOpen ? (
    <Modal label={t("settings.title")} onClose={close} className="max-w-xl p-5">
      <SettingsForm settings={settings} model={model} onSave={onSave} onClose={close} />
    </Modal>
  ) : null;
  return { button, dialog };
}
