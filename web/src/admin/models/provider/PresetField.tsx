import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "../../kit/Badge";
import { FieldGroup } from "../../kit/fields/Field";
import type { Preset } from "../wire";

type Name = Preset["name"] | null;

interface PresetFieldProps {
  presets: readonly Preset[];
  value: Name;
  onChange: (name: Name) => void;
}

/** Whose models they are: of whoever sells them, of servers of one's own, or of somebody who is not known here. */
export function PresetField({ presets, value, onChange }: PresetFieldProps) {
  const { t } = useTranslation();
  const groups = [
    { title: t("providers.vendors"), presets: presets.filter((preset) => preset.hosting === "vendor") },
    { title: t("providers.own"), presets: presets.filter((preset) => preset.hosting === "own") },
  ];
  return (
    <FieldGroup label={t("providers.vendor")} hint={t("providers.vendorHint")} path="preset">
      {groups.map((group) => (
        <div key={group.title} className="mb-2">
          <p className="mb-1 text-xs text-muted-foreground">{group.title}</p>
          <div className="grid grid-cols-2 gap-2 md:grid-cols-3">
            {group.presets.map((preset) => (
              <Card key={preset.name} title={preset.title} isChosen={value === preset.name} onChoose={() => onChange(preset.name)}>
                {preset.is_set ? <Badge tone="good">{t("providers.found")}</Badge> : null}
              </Card>
            ))}
          </div>
        </div>
      ))}
      <Card title={t("providers.otherLong")} isChosen={value === null} onChoose={() => onChange(null)} />
    </FieldGroup>
  );
}

interface CardProps {
  title: string;
  isChosen: boolean;
  onChoose: () => void;
  children?: ReactNode;
}

function Card({ title, isChosen, onChoose, children }: CardProps) {
  const id = useId();
  return (
    <label
      htmlFor={id}
      className={`flex min-h-10 cursor-pointer flex-wrap items-center gap-2 rounded-md border px-3 py-2 text-sm hover:bg-accent ${isChosen ? "border-primary bg-accent" : "border-border"}`}
    >
      <input id={id} type="radio" name="preset" checked={isChosen} onChange={onChoose} className="size-4 shrink-0" />
      <span className="min-w-0 flex-1 break-words">{title}</span>
      {children}
    </label>
  );
}
