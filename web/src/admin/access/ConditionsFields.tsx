import { useTranslation } from "react-i18next";
import { AttributesField } from "./AttributesField";
import { useProblems } from "../kit/problems";
import { TextField } from "../kit/fields/TextField";
import { ChecksField } from "../kit/fields/ChecksField";
import { DATA_CLASSES, dataClassLabel } from "./dataClasses";
import type { Conditions } from "./grants";
import { HoursFields } from "./HoursFields";

const PRODUCTS = ["api", "chat", "admin"] as const;

interface ConditionsFieldsProps {
  conditions: Conditions;
  onChange: (conditions: Conditions) => void;
}

/** When a grant applies: folded as long as it says nothing. */
export function ConditionsFields({ conditions, onChange }: ConditionsFieldsProps) {
  const { t } = useTranslation();
  const isWrong = useProblems("when").length > 0;
  const set = (changes: Conditions) => onChange({ ...conditions, ...changes });
  return (
    <details className="mb-4 rounded-lg border border-border" open={isWrong || Object.keys(conditions).length > 0 || undefined}>
      <summary className="min-h-9 px-3 py-2 text-sm font-semibold hover:bg-accent">{t("grants.conditions")}</summary>
      <div className="border-t border-border p-3">
        <p className="mb-3 text-sm text-muted-foreground">{t("conditions.about")}</p>
        <ChecksField
          label={t("conditions.products")}
          path="when.products"
          options={PRODUCTS.map((value) => ({ value, label: t(`product.${value}`) }))}
          values={conditions.products ?? []}
          onChange={(products) => set({ products })}
        />
        <ChecksField
          label={t("conditions.dataClasses")}
          path="when.data_classes"
          options={DATA_CLASSES.map((value) => ({ value, label: dataClassLabel(value, t) }))}
          values={conditions.data_classes ?? []}
          onChange={(data_classes) => set({ data_classes })}
        />
        <AttributesField
          label={t("conditions.where")}
          hint={t("conditions.whereHint")}
          path="when.where"
          attributes={conditions.where}
          onChange={(where) => set({ where })}
        />
        <AttributesField
          label={t("conditions.whereNot")}
          path="when.where_not"
          attributes={conditions.where_not}
          onChange={(where_not) => set({ where_not })}
        />
        <HoursFields hours={conditions.hours ?? []} onChange={(hours) => set({ hours })} />
        <div className="grid gap-x-4 sm:grid-cols-2">
          {(["not_before", "not_after", "cost_at_most_usd", "cost_above_usd"] as const).map((setting) => (
            <TextField
              key={setting}
              label={t(`condition.${setting}`)}
              path={`when.${setting}`}
              placeholder={setting.startsWith("cost") ? "0.50" : "2026-01-01T00:00:00Z"}
              value={conditions[setting] ?? ""}
              onChange={(value) => set({ [setting]: value || null })}
            />
          ))}
        </div>
      </div>
    </details>
  );
}
