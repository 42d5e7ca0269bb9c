import { Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../../../ui/Button";
import { FieldGroup } from "../../kit/fields/Field";
import { SelectField } from "../../kit/fields/SelectField";
import { TextField } from "../../kit/fields/TextField";
import { PartPage } from "./PartPage";
import { TokenFields } from "./TokenFields";
import type { ExchangeRate, Prices, Stated } from "./wire";

type Unknown = NonNullable<Prices["unknown"]> | null;

interface Part {
  unknown: Unknown;
  rates: readonly ExchangeRate[];
}

const CEILING: Unknown = { ceiling: { per_million: { input: "", output: "" } } };

/** What is stated of prices beside rows and discounts. */
export function SettingsPage({ stated }: { stated: Stated }) {
  const { t } = useTranslation();
  return (
    <PartPage<Part>
      stated={stated}
      title={t("prices.settings")}
      about={t("prices.settingsAbout")}
      known={{ unknown: stated.entry.unknown ?? null, rates: stated.entry.exchange_rates ?? [] }}
      written={(entry, value) => ({ ...entry, unknown: value.unknown, exchange_rates: [...value.rates] })}
      fields={(value, set) => (
        <>
          <UnknownFields unknown={value.unknown} onChange={(unknown) => set({ unknown })} />
          <RateFields rates={value.rates} onChange={(rates) => set({ rates })} />
        </>
      )}
    />
  );
}

function UnknownFields({ unknown, onChange }: { unknown: Unknown; onChange: (unknown: Unknown) => void }) {
  const { t } = useTranslation();
  const does = unknown === null ? "unpriced" : unknown === "refuse" ? "refused" : "ceiling";
  const meant = { unpriced: null, refused: "refuse", ceiling: CEILING } as const;
  const kinds = ["unpriced", "refused", "ceiling"] as const;
  return (
    <>
      <SelectField
        label={t("prices.unknown")}
        hint={t("prices.unknownHint")}
        path="unknown"
        value={does}
        options={kinds.map((kind) => ({ value: kind, label: t(`prices.unknownKinds.${kind}`) }))}
        onChange={(kind) => onChange(meant[kind])}
      />
      {unknown !== null && unknown !== "refuse" ? (
        <>
          <TokenFields
            prices={unknown.ceiling.per_million}
            path="unknown.ceiling.per_million"
            onChange={(per_million) => onChange({ ceiling: { ...unknown.ceiling, per_million } })}
          />
          <TextField
            label={t("prices.kind.request")}
            path="unknown.ceiling.per_request"
            inputMode="decimal"
            value={unknown.ceiling.per_request ?? ""}
            onChange={(typed) => onChange({ ceiling: { ...unknown.ceiling, per_request: typed.trim() || null } })}
          />
        </>
      ) : null}
    </>
  );
}

function RateFields({ rates, onChange }: { rates: readonly ExchangeRate[]; onChange: (rates: ExchangeRate[]) => void }) {
  const { t } = useTranslation();
  const changed = (at: number, changes: Partial<ExchangeRate>) =>
    onChange(rates.map((rate, place) => (place === at ? { ...rate, ...changes } : rate)));
  return (
    <FieldGroup label={t("prices.rates")} hint={t("prices.ratesHint")} path="exchange_rates">
      {rates.map((rate, at) => {
        const path = `exchange_rates[${String(at)}]`;
        return (
          // Rates have no names: their place is what they are known by.
          <div key={`rate-${String(at)}`} className="flex flex-wrap items-start gap-3">
            <div className="w-24">
              <TextField
                label={t("prices.currency")}
                path={`${path}.currency`}
                required
                maxLength={3}
                value={rate.currency}
                onChange={(typed) => changed(at, { currency: typed.trim().toUpperCase() })}
              />
            </div>
            <div className="w-32">
              <TextField
                label={t("prices.inUsd")}
                path={`${path}.usd`}
                required
                inputMode="decimal"
                value={rate.usd}
                onChange={(typed) => changed(at, { usd: typed.trim().replace(",", ".") })}
              />
            </div>
            <div className="w-40">
              <TextField
                label={t("prices.from")}
                path={`${path}.valid_from`}
                required
                placeholder="2026-01-01"
                value={rate.valid_from}
                onChange={(typed) => changed(at, { valid_from: typed.trim() })}
              />
            </div>
            <div className="pt-6">
              <IconButton
                label={t("prices.removeRate", { currency: rate.currency, from: rate.valid_from })}
                onClick={() => onChange(rates.filter((_, place) => place !== at))}
              >
                <X size={16} aria-hidden />
              </IconButton>
            </div>
          </div>
        );
      })}
      <Button onClick={() => onChange([...rates, { currency: "", usd: "", valid_from: "" }])}>
        <Plus size={14} aria-hidden />
        {t("prices.addRate")}
      </Button>
    </FieldGroup>
  );
}
