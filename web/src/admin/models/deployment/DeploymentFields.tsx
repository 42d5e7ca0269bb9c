import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../../shell/abilities";
import { SelectField } from "../../kit/fields/SelectField";
import { TextField } from "../../kit/fields/TextField";
import type { FormParts } from "../../kit/ObjectForm";
import { useObjects } from "../../kit/objects";
import { useServed } from "../wire";
import { ProfileFields } from "./ProfileFields";

export function DeploymentFields({ entry, set }: FormParts<"deployments">) {
  const { t } = useTranslation();
  const { objects: providers } = useObjects("providers");
  return (
    <>
      <SelectField
        label={t("deployments.provider")}
        path="provider"
        value={entry.provider}
        options={[
          ...(entry.provider ? [] : [{ value: "", label: t("deployments.choose") }]),
          ...providers.map(({ name }) => ({ value: name, label: name })),
        ]}
        onChange={(provider) => set({ provider })}
      />
      <UpstreamField
        provider={providers.some(({ name }) => name === entry.provider) ? entry.provider : ""}
        value={entry.upstream_model}
        onChange={(upstream_model) => set({ upstream_model })}
      />
      <ProfileFields profile={entry.profile ?? {}} set={(profile) => set({ profile })} />
    </>
  );
}

interface UpstreamFieldProps {
  /** Whose models are offered; empty: nobody's. */
  provider: string;
  value: string;
  onChange: (model: string) => void;
}

/** The name of a model at its provider, which is asked for those that it has. */
function UpstreamField({ provider, value, onChange }: UpstreamFieldProps) {
  const { t } = useTranslation();
  const list = useId();
  const { data } = useServed(provider, useMay("manage", "deployment"));
  const offers = data?.models ?? [];
  const hint = offers.length ? t("deployments.offered", { count: offers.length }) : t("deployments.upstreamHint");
  return (
    <>
      <TextField
        label={t("deployments.upstream")}
        hint={data?.trouble?.message ?? hint}
        path="upstream_model"
        list={list}
        autoComplete="off"
        spellCheck={false}
        required
        value={value}
        onChange={(typed) => onChange(typed.trim())}
      />
      <datalist id={list}>
        {offers.map((offer) => (
          <option key={offer} value={offer} />
        ))}
      </datalist>
    </>
  );
}
