import { useTranslation } from "react-i18next";
import { dateOf, PRESETS, type Preset, type Span } from "./period";
import type { UsageSearch } from "./asked";

const FIELD = "min-h-9 rounded-md border border-control bg-background px-2 py-1.5 text-sm";
const OWN = "own";

interface PeriodPickerProps {
  search: UsageSearch;
  span: Span;
  onChange: (changed: Partial<Pick<UsageSearch, "period" | "from" | "to">>) => void;
}

/** Which days: one of the usual periods, or any first and last day. */
export function PeriodPicker({ search, span, onChange }: PeriodPickerProps) {
  const { t } = useTranslation();
  const isOwn = search.from !== undefined;
  const first = dateOf(span.since);
  const last = dateOf(new Date(span.until.getTime() - 1));
  return (
    <div className="flex flex-wrap items-end gap-2">
      <label className="text-sm">
        <span className="mb-1 block text-muted-foreground">{t("usage.period")}</span>
        <select
          className={FIELD}
          value={isOwn ? OWN : (search.period ?? "thirty")}
          onChange={(event) => {
            const { value } = event.target;
            onChange(value === OWN ? { from: first, to: last } : { period: value as Preset });
          }}
        >
          {PRESETS.map((preset) => (
            <option key={preset} value={preset}>
              {t(`usage.preset.${preset}`)}
            </option>
          ))}
          <option value={OWN}>{t("usage.ownPeriod")}</option>
        </select>
      </label>
      {isOwn ? (
        <>
          <DateField label={t("usage.from")} value={first} onChange={(from) => onChange({ from, to: last })} />
          <DateField label={t("usage.to")} value={last} onChange={(to) => onChange({ from: first, to })} />
        </>
      ) : null}
    </div>
  );
}

interface DateFieldProps {
  label: string;
  value: string;
  onChange: (date: string) => void;
}

function DateField({ label, value, onChange }: DateFieldProps) {
  return (
    <label className="text-sm">
      <span className="mb-1 block text-muted-foreground">{label}</span>
      <input
        type="date"
        required
        className={FIELD}
        value={value}
        onChange={(event) => event.target.value && onChange(event.target.value)}
      />
    </label>
  );
}
