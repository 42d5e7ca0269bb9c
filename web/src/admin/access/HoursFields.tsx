import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { components } from "../../api/schema";
import { Button } from "../../ui/Button";
import { ChecksField } from "../kit/fields/ChecksField";
import { FieldGroup } from "../kit/fields/Field";
import { TextField } from "../kit/fields/TextField";

type Hours = components["schemas"]["HoursEntry"];

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

interface HoursFieldsProps {
  hours: readonly Hours[];
  onChange: (hours: Hours[]) => void;
}

/** Parts of the week: at some time within one of them. */
export function HoursFields({ hours, onChange }: HoursFieldsProps) {
  const { t } = useTranslation();
  const put = (place: number, changes: Partial<Hours>) =>
    onChange(hours.map((each, index) => (index === place ? { ...each, ...changes } : each)));
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <FieldGroup label={t("hours.title")} path="when.hours">
      {hours.map((each, place) => (
        // They have no names, and stand in their order.
        <div key={place} role="group" aria-label={t("hours.one", { number: place + 1 })} className="mb-2 rounded-lg border border-border p-3">
          <ChecksField
            label={t("hours.days")}
            options={DAYS.map((value) => ({ value, label: t(`weekday.${value}`) }))}
            values={each.days}
            onChange={(days) => put(place, { days })}
          />
          <div className="grid gap-x-4 sm:grid-cols-3">
            <TextField label={t("hours.begins")} placeholder="08:00" value={each.begins} onChange={(begins) => put(place, { begins })} />
            <TextField label={t("hours.ends")} placeholder="18:00" value={each.ends} onChange={(ends) => put(place, { ends })} />
            <TextField label={t("hours.zone")} placeholder="Europe/Berlin" value={each.zone} onChange={(chosen) => put(place, { zone: chosen })} />
          </div>
          <Button look="danger" onClick={() => onChange(hours.filter((_, index) => index !== place))}>
            <Trash2 size={14} aria-hidden />
            {t("hours.take", { number: place + 1 })}
          </Button>
        </div>
      ))}
      <Button onClick={() => onChange([...hours, { days: ["mon", "tue", "wed", "thu", "fri"], begins: "08:00", ends: "18:00", zone }])}>
        <Plus size={14} aria-hidden />
        {t("hours.add")}
      </Button>
    </FieldGroup>
  );
}
