import { KeyRound } from "lucide-react";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../../shell/abilities";
import { Button } from "../../../ui/Button";
import { type Option, SelectField } from "../../kit/fields/SelectField";
import type { Entry } from "../../kit/sections";
import { StoreSecret } from "../secrets/StoreSecret";
import { type Preset, type Secret, useSecrets } from "../wire";
import { read, whereCredentialIs, written } from "./credential";

type Provider = Entry<"providers">;

interface CredentialFieldProps {
  entry: Provider;
  preset: Preset | undefined;
  onChange: (credential: Provider["credential"]) => void;
}

/** Where the credential is. A key that is pasted is stored sealed, and never shown again. */
export function CredentialField({ entry, preset, onChange }: CredentialFieldProps) {
  const { t } = useTranslation();
  const { data: secrets = [] } = useSecrets();
  return (
    <div className="mb-4">
      <SelectField
        label={t("providers.credential")}
        hint={hintOf(entry, preset, t)}
        path="credential"
        value={written(entry.credential)}
        options={optionsOf(entry, preset, secrets, t)}
        onChange={(chosen) => onChange(read(chosen))}
      />
      <PasteButton suggested={entry.credential?.stored ?? `${entry.preset ?? "provider"}-key`} onStored={(stored) => onChange({ stored })} />
    </div>
  );
}

interface PasteButtonProps {
  suggested: string;
  onStored: (name: string) => void;
}

function PasteButton({ suggested, onStored }: PasteButtonProps) {
  const { t } = useTranslation();
  const [isStoring, setStoring] = useState(false);
  if (!useMay("manage", "secret")) {
    return null;
  }
  return (
    <>
      <Button onClick={() => setStoring(true)}>
        <KeyRound size={14} aria-hidden />
        {t("secrets.paste")}
      </Button>
      {isStoring ? <StoreSecret suggested={suggested} onStored={onStored} onClose={() => setStoring(false)} /> : null}
    </>
  );
}

function hintOf(entry: Provider, preset: Preset | undefined, t: TFunction): string {
  const isMissing = written(entry.credential) === "" && preset?.variable && !preset.is_set;
  return isMissing ? t("providers.variableMissing", { name: preset.variable ?? "" }) : t("providers.credentialHint");
}

/** The usual place, the stored secrets, and what a file has given from the process. */
function optionsOf(entry: Provider, preset: Preset | undefined, secrets: readonly Secret[], t: TFunction): Option[] {
  const value = written(entry.credential);
  const usual = { value: "", label: whereCredentialIs({ ...entry, credential: null }, preset, t) };
  const stored = secrets.map(({ name }) => ({ value: `stored:${name}`, label: t("providers.stored", { name }) }));
  const isFromProcess = value !== "" && !value.startsWith("stored:");
  return [usual, ...stored, ...(isFromProcess ? [{ value, label: whereCredentialIs(entry, preset, t) }] : [])];
}
