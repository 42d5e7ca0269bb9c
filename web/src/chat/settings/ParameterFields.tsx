import { useTranslation } from "react-i18next";
import { count } from "../format";
import type { Model, Parameters } from "../wire";
import { Field, FIELD } from "./Field";
import { type Effort, effortsOf } from "./heeded";

const HOTTEST = 2;
const MOST_OUTPUT = 10_000_000;

interface ParameterFieldsProps {
  parameters: Parameters;
  model: Model | undefined;
  onChange: (changed: Parameters) => void;
}

/** What the chosen model can be told of how to answer. */
export function ParameterFields({ parameters, model, onChange }: ParameterFieldsProps) {
  const { t, i18n } = useTranslation();
  const most = model?.max_output_tokens ?? null;
  return (
    <>
      {model?.takes_temperature === false ? null : (
        <Field label={t("settings.temperature")} hint={t("settings.temperatureHint")}>
          {(joined) => (
            <input
              {...joined}
              type="number"
              min={0}
              max={HOTTEST}
              step="any"
              value={parameters.temperature ?? ""}
              onChange={({ target }) => onChange({ temperature: numberIn(target) })}
              className={FIELD}
            />
          )}
        </Field>
      )}
      <Field label={t("settings.output")} hint={most === null ? t("settings.outputUnknown") : t("settings.outputHint", { most: count(most, i18n.language) })}>
        {(joined) => (
          <input
            {...joined}
            type="number"
            min={1}
            max={most ?? MOST_OUTPUT}
            step={1}
            value={parameters.max_output_tokens ?? ""}
            onChange={({ target }) => onChange({ max_output_tokens: numberIn(target) })}
            className={FIELD}
          />
        )}
      </Field>
      <EffortField parameters={parameters} model={model} onChange={onChange} />
    </>
  );
}

function EffortField({ parameters, model, onChange }: ParameterFieldsProps) {
  const { t } = useTranslation();
  const efforts = effortsOf(model);
  if (efforts.length === 0) {
    return null;
  }
  return (
    <Field label={t("settings.effort")} hint={model?.efforts ? t("settings.effortHint") : t("settings.effortUnknown")}>
      {(joined) => (
        <select
          {...joined}
          value={parameters.reasoning_effort ?? ""}
          onChange={({ target }) => onChange({ reasoning_effort: (target.value || null) as Effort | null })}
          className={FIELD}
        >
          <option value="">{t("effort.usual")}</option>
          {efforts.map((effort) => (
            <option key={effort} value={effort}>
              {t(`effort.${effort}`)}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function numberIn({ value, valueAsNumber }: HTMLInputElement): number | null {
  return value === "" || Number.isNaN(valueAsNumber) ? null : valueAsNumber;
}
