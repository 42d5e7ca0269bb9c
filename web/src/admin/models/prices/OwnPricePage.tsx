import { useTranslation } from "react-i18next";
import { NotFound } from "../../../shell/NotFound";
import { CheckField } from "../../kit/fields/CheckField";
import { SelectField } from "../../kit/fields/SelectField";
import { TextField } from "../../kit/fields/TextField";
import { useFilters } from "../../kit/filters";
import { More } from "../More";
import { BandFields } from "./BandFields";
import { NameField } from "./NameField";
import { PartPage } from "./PartPage";
import { UNITS } from "./shown";
import { TokenFields } from "./TokenFields";
import { ValidityFields } from "./ValidityFields";
import { WhatFields } from "./WhatFields";
import { without } from "./without";
import type { PriceRow, Stated } from "./wire";

interface Named {
  name: string;
  row: PriceRow;
}

const BLANK = { per_million: { input: "", output: "" } };
const TIERS = ["standard", "priority", "flex", "batch"] as const;

/** One price of one's own. */
export function OwnPricePage({ stated, name }: { stated: Stated; name: string }) {
  const { t } = useTranslation();
  const [{ provider = "", model = "" }] = useFilters();
  const isNew = name === "";
  const row = isNew ? { ...BLANK, provider, model } : stated.entry.own?.[name];
  if (!row) {
    return <NotFound />;
  }
  return (
    <PartPage<Named>
      stated={stated}
      title={isNew ? t("prices.addOwn") : name}
      about={t("prices.ownAbout")}
      known={{ name, row }}
      isNew={isNew}
      written={(entry, value) => ({ ...entry, own: { ...entry.own, [value.name.trim()]: settled(value.row) } })}
      removed={(entry) => ({ ...entry, own: without(entry.own, name) })}
      fields={(value, set) => (
        <>
          {isNew ? <NameField value={value.name} taken={Object.keys(stated.entry.own ?? {})} onChange={(now) => set({ name: now })} /> : null}
          <RowFields row={value.row} path={`own.${value.name}`} set={(changes) => set({ row: { ...value.row, ...changes } })} />
        </>
      )}
    />
  );
}

interface RowFieldsProps {
  row: PriceRow;
  path: string;
  set: (changes: Partial<PriceRow>) => void;
}

function RowFields({ row, path, set }: RowFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <WhatFields value={row} path={path} set={set} />
      <TextField
        label={t("prices.currency")}
        hint={t("prices.currencyHint")}
        path={`${path}.currency`}
        maxLength={3}
        placeholder="USD"
        value={row.currency ?? ""}
        onChange={(currency) => set({ currency: currency.trim().toUpperCase() })}
      />
      <CheckField
        label={t("prices.perMillion")}
        isChecked={row.per_million !== null && row.per_million !== undefined}
        onChange={(isPriced) => set(isPriced ? { per_million: { input: "", output: "" } } : { per_million: null, bands: [] })}
      />
      {row.per_million ? (
        <>
          <TokenFields prices={row.per_million} path={`${path}.per_million`} onChange={(per_million) => set({ per_million })} />
          <BandFields bands={row.bands ?? []} path={`${path}.bands`} onChange={(bands) => set({ bands })} />
        </>
      ) : null}
      <Beside row={row} path={path} set={set} />
      <ValidityFields value={row} path={path} set={set} />
      <More title={t("prices.onlyFor")}>
        <TextField
          label={t("prices.deployment")}
          hint={t("prices.pattern")}
          path={`${path}.deployment`}
          value={row.deployment ?? ""}
          onChange={(deployment) => set({ deployment: deployment.trim() || null })}
        />
        <SelectField
          label={t("prices.tier")}
          path={`${path}.tier`}
          value={row.tier ?? ""}
          options={[{ value: "", label: t("prices.allTiers") }, ...TIERS.map((tier) => ({ value: tier, label: tier }))]}
          onChange={(tier) => set({ tier: tier || null })}
        />
        <TextField
          label={t("providers.region")}
          path={`${path}.region`}
          value={row.region ?? ""}
          onChange={(region) => set({ region: region.trim() || null })}
        />
      </More>
    </>
  );
}

/** What is charged beside tokens. */
function Beside({ row, path, set }: RowFieldsProps) {
  const { t } = useTranslation();
  const units = row.per_unit ?? {};
  return (
    <More title={t("prices.beside")} isOpen={Boolean(row.per_unit || row.per_hour || row.per_request)}>
      <div className="grid gap-x-4 sm:grid-cols-2">
        <TextField
          label={t("prices.kind.request")}
          path={`${path}.per_request`}
          inputMode="decimal"
          value={row.per_request ?? ""}
          onChange={(typed) => set({ per_request: amountOf(typed) })}
        />
        {UNITS.map((unit) => (
          <TextField
            key={unit}
            label={t(`prices.kind.${unit}`)}
            path={`${path}.per_unit.${unit}`}
            inputMode="decimal"
            value={units[unit] ?? ""}
            onChange={(typed) => set({ per_unit: filled({ ...units, [unit]: amountOf(typed) }) })}
          />
        ))}
        <HourFields row={row} path={path} set={set} />
      </div>
    </More>
  );
}

/** What hardware costs that is paid by the hour. */
function HourFields({ row, path, set }: RowFieldsProps) {
  const { t } = useTranslation();
  const hour = row.per_hour ?? null;
  return (
    <>
      <TextField
        label={t("prices.kind.hour")}
        hint={t("prices.hourHint")}
        path={`${path}.per_hour.amount`}
        inputMode="decimal"
        value={hour?.amount ?? ""}
        onChange={(typed) => set({ per_hour: amountOf(typed) ? { ...hour, amount: amountOf(typed) ?? "" } : null })}
      />
      {hour ? (
        <TextField
          label={t("prices.sharedBy")}
          hint={t("prices.sharedByHint")}
          path={`${path}.per_hour.shared_by`}
          type="number"
          min={1}
          value={hour.shared_by?.toString() ?? ""}
          onChange={(typed) => set({ per_hour: { ...hour, shared_by: Number(typed) || 1 } })}
        />
      ) : null}
    </>
  );
}

function amountOf(typed: string): string | null {
  return typed.trim().replace(",", ".") || null;
}

/** Return a row without what was left empty, and so is as usual. */
function settled({ currency, model, ...row }: PriceRow): PriceRow {
  return { ...row, ...(model ? { model } : {}), ...(currency ? { currency } : {}) };
}

/** Return what has something in it; null where nothing has. */
function filled<Value extends object>(value: Value): Value | null {
  return Object.values(value).some((each) => each !== null && each !== undefined) ? value : null;
}
