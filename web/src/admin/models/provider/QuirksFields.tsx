import { useTranslation } from "react-i18next";
import { CheckField } from "../../kit/fields/CheckField";
import { FieldGroup } from "../../kit/fields/Field";
import { SelectField } from "../../kit/fields/SelectField";
import { TextField } from "../../kit/fields/TextField";
import { WordsField } from "../../kit/fields/WordsField";
import type { Entry } from "../../kit/sections";
import { More } from "../More";
import type { Preset } from "../wire";

type Provider = Entry<"providers">;
type Quirks = NonNullable<Provider["quirks"]>;
type Dialect = Preset["dialects"][number];

interface QuirksFieldsProps {
  entry: Provider;
  preset: Preset | undefined;
  isNew: boolean;
  set: (changes: Partial<Provider>) => void;
}

const AUTH = ["bearer", "x-api-key", "api-key", "x-goog-api-key", "none"] as const;
const USAGE = ["asked", "always", "never"] as const;
const DIALECTS: readonly Dialect[] = [
  "openai-chat",
  "openai-responses",
  "anthropic-messages",
  "gemini",
  "openai-embeddings",
  "openai-completions",
  "openai-images",
  "openai-audio",
  "openai-moderations",
  "rerank",
  "openai-files",
  "openai-batches",
  "anthropic-files",
  "anthropic-batches",
  "gemini-files",
  "gemini-caches",
];

/** What a vendor speaks, and how it differs from what is known of it. Without a preset, some of it must be said. */
export function QuirksFields({ entry, preset, isNew, set }: QuirksFieldsProps) {
  const { t } = useTranslation();
  const quirks = entry.quirks ?? {};
  const change = (changes: Quirks) => set({ quirks: { ...quirks, ...changes } });
  return (
    <More title={t("providers.more")} isOpen={isNew && !entry.preset}>
      <DialectsField value={entry.dialects ?? preset?.dialects ?? []} onChange={(dialects) => set({ dialects: dialects.length ? dialects : null })} />
      <SelectField
        label={t("providers.auth")}
        path="quirks.auth"
        value={quirks.auth ?? ""}
        options={[{ value: "", label: t("providers.asKnown") }, ...AUTH.map((value) => ({ value, label: t(`providers.authKinds.${value}`) }))]}
        onChange={(auth) => change({ auth: auth || null })}
      />
      <SelectField
        label={t("providers.usage")}
        path="quirks.usage_in_stream"
        value={quirks.usage_in_stream ?? ""}
        options={[{ value: "", label: t("providers.asKnown") }, ...USAGE.map((value) => ({ value, label: t(`providers.usageKinds.${value}`) }))]}
        onChange={(usage_in_stream) => change({ usage_in_stream: usage_in_stream || null })}
      />
      <FurtherQuirks quirks={quirks} change={change} />
    </More>
  );
}

interface FurtherQuirksProps {
  quirks: Quirks;
  change: (changes: Quirks) => void;
}

function FurtherQuirks({ quirks, change }: FurtherQuirksProps) {
  const { t } = useTranslation();
  return (
    <>
      <WordsField
        label={t("providers.patterns")}
        hint={t("providers.patternsHint")}
        path="quirks.model_patterns"
        add={t("providers.patternsAdd")}
        placeholder="gpt-"
        values={quirks.model_patterns ?? []}
        onChange={(patterns) => change({ model_patterns: patterns.length ? patterns : null })}
      />
      <TextField
        label={t("providers.pricing")}
        hint={t("providers.pricingHint")}
        path="quirks.pricing_id"
        placeholder="openai"
        value={quirks.pricing_id ?? ""}
        onChange={(pricing_id) => change({ pricing_id: pricing_id.trim() || null })}
      />
      <TextField
        label={t("providers.ceiling")}
        hint={t("providers.ceilingHint")}
        path="quirks.ceiling_usd"
        inputMode="decimal"
        placeholder="0.50"
        value={quirks.ceiling_usd ?? ""}
        onChange={(ceiling_usd) => change({ ceiling_usd: ceiling_usd.trim() || null })}
      />
      <TextField
        label={t("providers.largest")}
        path="quirks.max_body_bytes"
        type="number"
        min={1}
        value={quirks.max_body_bytes?.toString() ?? ""}
        onChange={(bytes) => change({ max_body_bytes: bytes ? Number(bytes) : null })}
      />
    </>
  );
}

interface DialectsFieldProps {
  value: readonly Dialect[];
  onChange: (dialects: Dialect[]) => void;
}

function DialectsField({ value, onChange }: DialectsFieldProps) {
  const { t } = useTranslation();
  return (
    <FieldGroup label={t("providers.dialects")} hint={t("providers.dialectsHint")} path="dialects">
      <div className="grid gap-x-4 sm:grid-cols-2">
        {DIALECTS.map((dialect) => (
          <CheckField
            key={dialect}
            label={t(`providers.dialect.${dialect}`)}
            isChecked={value.includes(dialect)}
            onChange={(isSpoken) => onChange(DIALECTS.filter((each) => (each === dialect ? isSpoken : value.includes(each))))}
          />
        ))}
      </div>
    </FieldGroup>
  );
}
