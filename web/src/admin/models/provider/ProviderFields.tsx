import { useTranslation } from "react-i18next";
import { CheckField } from "../../kit/fields/CheckField";
import { SelectField } from "../../kit/fields/SelectField";
import { TextField } from "../../kit/fields/TextField";
import type { FormParts } from "../../kit/ObjectForm";
import { type Preset, usePresets } from "../wire";
import { CredentialField } from "./CredentialField";
import { PresetField } from "./PresetField";
import { QuirksFields } from "./QuirksFields";

type Parts = Pick<FormParts<"providers">, "entry" | "set">;

interface KnownParts extends Parts {
  preset: Preset | undefined;
}

const REHEARSAL = "rehearsal";

export function ProviderFields({ entry, set, isNew }: FormParts<"providers">) {
  const { t } = useTranslation();
  const presets = usePresets();
  const preset = presets.find((each) => each.name === entry.preset);
  return (
    <>
      {isNew ? (
        <PresetField presets={presets} value={entry.preset ?? null} onChange={(name) => set({ preset: name })} />
      ) : (
        <PresetSelect presets={presets} entry={entry} set={set} />
      )}
      {entry.preset === REHEARSAL ? null : (
        <>
          <AddressField preset={preset} entry={entry} set={set} />
          <CredentialField entry={entry} preset={preset} onChange={(credential) => set({ credential: credential ?? null })} />
        </>
      )}
      <CheckField
        label={t("providers.anyLabel")}
        hint={t("providers.anyHint")}
        isChecked={entry.models === "any"}
        onChange={(isAny) => set({ models: isAny ? "any" : null })}
      />
      <TextField
        label={t("providers.region")}
        hint={t("providers.regionHint")}
        path="region"
        placeholder="eu"
        value={entry.region ?? ""}
        onChange={(region) => set({ region: region.trim() || null })}
      />
      <QuirksFields entry={entry} preset={preset} isNew={isNew} set={set} />
    </>
  );
}

function PresetSelect({ presets, entry, set }: Parts & { presets: readonly Preset[] }) {
  const { t } = useTranslation();
  return (
    <SelectField
      label={t("providers.vendor")}
      path="preset"
      value={entry.preset ?? ""}
      options={[{ value: "", label: t("providers.otherLong") }, ...presets.map(({ name, title }) => ({ value: name, label: title }))]}
      onChange={(name) => set({ preset: name === "" ? null : name })}
    />
  );
}

function AddressField({ preset, entry, set }: KnownParts) {
  const { t } = useTranslation();
  const known = preset?.base_url;
  return (
    <TextField
      label={t("providers.address")}
      hint={known ? t("providers.addressKnown", { address: known }) : t("providers.addressHint")}
      path="base_url"
      type="url"
      placeholder={known ?? preset?.address_form ?? "https://host/v1"}
      value={entry.base_url ?? ""}
      onChange={(address) => set({ base_url: address.trim() || null })}
    />
  );
}
