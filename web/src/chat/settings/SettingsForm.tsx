import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Said } from "../../ui/Said";
import type { Model, Parameters, Settings } from "../wire";
import { Field, FIELD } from "./Field";
import { ParameterFields } from "./ParameterFields";

const LONGEST_PROMPT = 100_000;

interface SettingsFormProps {
  settings: Settings;
  model: Model | undefined;
  onSave: (settings: Settings) => Promise<unknown>;
  onClose: () => void;
}

/** The system prompt, and what the chosen model can be told beside it. What it does not take is not offered. */
export function SettingsForm({ settings, model, onSave, onClose }: SettingsFormProps) {
  const { t } = useTranslation();
  const [{ system_prompt: prompt, parameters }, set] = useState(settings);
  const [error, setError] = useState<unknown>(null);
  const change = (changed: Parameters) =>
    set((before) => ({ ...before, parameters: { ...before.parameters, ...changed } }));

  async function save(event: FormEvent) {
    event.preventDefault();
    setError(null);
    try {
      await onSave({ system_prompt: prompt, parameters });
      onClose();
    } catch (caught) {
      setError(caught);
    }
  }

  return (
    <form onSubmit={(event) => void save(event)} className="space-y-4">
      <h2 className="font-semibold">{t("settings.title")}</h2>
      <Field label={t("settings.prompt")} hint={t("settings.promptHint")}>
        {(joined) => (
          <textarea
            {...joined}
            rows={5}
            value={prompt}
            maxLength={LONGEST_PROMPT}
            onChange={(event) => set((before) => ({ ...before, system_prompt: event.target.value }))}
            className={`${FIELD} field-sizing-content max-h-[40dvh] min-h-28`}
          />
        )}
      </Field>
      <ParameterFields parameters={parameters} model={model} onChange={change} />
      <Said error={error} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button look="first" type="submit">
          {t("save")}
        </Button>
      </div>
    </form>
  );
}
