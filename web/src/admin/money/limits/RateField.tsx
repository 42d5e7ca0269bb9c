import { useTranslation } from "react-i18next";
import type { components } from "../../../api/schema";
import { FieldGroup, INPUT } from "../../kit/fields/Field";
import { TextField } from "../../kit/fields/TextField";

type Rate = components["schemas"]["RateEntry"];

const STEPS = ["second", "minute", "hour", "day"] as const;
const DIGITS = /\D/g;

interface RateFieldProps {
  label: string;
  hint: string;
  path: string;
  /** Null for no limit. */
  rate: Rate | null;
  onChange: (rate: Rate | null) => void;
}

/** So many in each second, minute, hour or day; none where nothing is entered. */
export function RateField({ label, hint, path, rate, onChange }: RateFieldProps) {
  const { t } = useTranslation();
  const per = rate?.per ?? "minute";
  return (
    <FieldGroup label={label} hint={hint} path={path}>
      <div className="flex gap-2">
        <input
          aria-label={t("limits.most", { label })}
          inputMode="numeric"
          autoComplete="off"
          placeholder={t("limits.unlimited")}
          value={rate?.most ?? ""}
          onChange={(event) => {
            const digits = event.target.value.replace(DIGITS, "");
            onChange(digits ? { most: Number(digits), per } : null);
          }}
          className={INPUT}
        />
        <select
          aria-label={t("limits.per", { label })}
          value={per}
          disabled={!rate}
          onChange={(event) => rate && onChange({ ...rate, per: event.target.value as (typeof STEPS)[number] })}
          className={INPUT}
        >
          {STEPS.map((step) => (
            <option key={step} value={step}>
              {t(`limits.step.${step}`)}
            </option>
          ))}
        </select>
      </div>
    </FieldGroup>
  );
}

interface ConcurrencyFieldProps {
  value: number | null;
  onChange: (value: number | null) => void;
}

/** How many calls at the same time; any number where nothing is entered. */
export function ConcurrencyField({ value, onChange }: ConcurrencyFieldProps) {
  const { t } = useTranslation();
  return (
    <TextField
      label={t("limits.concurrency")}
      hint={t("limits.concurrencyHint")}
      path="concurrency"
      inputMode="numeric"
      autoComplete="off"
      placeholder={t("limits.unlimited")}
      value={String(value ?? "")}
      onChange={(typed) => onChange(Number(typed.replace(DIGITS, "")) || null)}
    />
  );
}
