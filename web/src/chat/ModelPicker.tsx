import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { Chooser } from "../ui/Chooser";
import { useModelChoices } from "./modelChoices";
import type { Model } from "./wire";

interface ModelPickerProps {
  models: readonly Model[];
  chosen: string | null;
  onChoose: (model: string) => void;
}

export function ModelPicker({ models, chosen, onChoose }: ModelPickerProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const choices = useModelChoices(models, onChoose);
  return (
    <>
      <Button
        look="quiet"
        aria-haspopup="dialog"
        disabled={models.length === 0}
        onClick={() => setOpen(true)}
        className="min-w-0"
      >
        <span className="sr-only">{t("models.label")}</span>
        <span className="truncate">{chosen ?? t("models.none")}</span>
        <ChevronDown size={14} aria-hidden className="shrink-0" />
      </Button>
      {isOpen ? <Chooser label={t("models.choose")} choices={choices} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
