import { useTranslation } from "react-i18next";
import type { components } from "../../../api/schema";
import { SelectField } from "../../kit/fields/SelectField";
import { TextField } from "../../kit/fields/TextField";

type Period = components["schemas"]["PeriodEntry"];

const EVERY = ["day", "week", "month", "quarter", "year", "days", "total"] as const;
const ZONES = Intl.supportedValuesOf("timeZone");
const WHOLE = /^\d+$/;

interface PeriodFieldsProps {
  period: Period;
  onChange: (period: Period) => void;
}

/** How often a budget begins anew, by whose calendar. */
export function PeriodFields({ period, onChange }: PeriodFieldsProps) {
  const { t } = useTranslation();
  const every = period.every ?? "month";
  return (
    <>
      <SelectField
        label={t("budgets.period")}
        hint={t("budgets.periodHint")}
        path="period"
        value={every}
        options={EVERY.map((each) => ({ value: each, label: t(`budgets.every.${each}`) }))}
        // What belongs to another period would be refused.
        onChange={(chosen) => onChange({ every: chosen, ...(period.zone ? { zone: period.zone } : {}) })}
      />
      {every === "days" ? (
        <>
          <TextField
            label={t("budgets.days")}
            path="period.days"
            inputMode="numeric"
            value={String(period.days ?? "")}
            onChange={(typed) => onChange({ ...period, days: WHOLE.test(typed) ? Number(typed) : null })}
          />
          <TextField
            label={t("budgets.begins")}
            path="period.begins"
            type="date"
            value={period.begins ?? ""}
            onChange={(begins) => onChange({ ...period, begins: begins || null })}
          />
        </>
      ) : null}
      {every === "total" ? null : (
        <>
          <TextField
            label={t("budgets.zone")}
            hint={t("budgets.zoneHint")}
            path="period.zone"
            list="time-zones"
            autoComplete="off"
            value={period.zone ?? "UTC"}
            onChange={(zone) => onChange({ ...period, zone })}
          />
          <datalist id="time-zones">
            {ZONES.map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </>
      )}
    </>
  );
}
