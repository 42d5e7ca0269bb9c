import { useId } from "react";
import { useTranslation } from "react-i18next";
import { TextField } from "../../kit/fields/TextField";
import { useObjects } from "../../kit/objects";

interface What {
  provider: string;
  model?: string;
}

interface WhatFieldsProps {
  value: What;
  path: string;
  set: (changes: Partial<What>) => void;
}

/** Which models at which providers a row is for. */
export function WhatFields({ value, path, set }: WhatFieldsProps) {
  const { t } = useTranslation();
  const list = useId();
  const { objects: providers } = useObjects("providers");
  const { objects: deployments } = useObjects("deployments");
  const models = [...new Set(deployments.filter((each) => each.entry.provider === value.provider).map((each) => each.entry.upstream_model))];
  return (
    <div className="grid gap-x-4 sm:grid-cols-2">
      <TextField
        label={t("prices.provider")}
        hint={t("prices.pattern")}
        path={`${path}.provider`}
        required
        list={`${list}-providers`}
        value={value.provider}
        onChange={(provider) => set({ provider: provider.trim() })}
      />
      <TextField
        label={t("deployments.upstream")}
        hint={t("prices.pattern")}
        path={`${path}.model`}
        list={`${list}-models`}
        placeholder="*"
        value={value.model ?? ""}
        onChange={(model) => set({ model: model.trim() })}
      />
      <Offers id={`${list}-providers`} names={providers.map(({ name }) => name)} />
      <Offers id={`${list}-models`} names={models} />
    </div>
  );
}

function Offers({ id, names }: { id: string; names: readonly string[] }) {
  return (
    <datalist id={id}>
      {names.map((name) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}
