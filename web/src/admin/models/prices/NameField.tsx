import { useTranslation } from "react-i18next";
import { TextField } from "../../kit/fields/TextField";

interface NameFieldProps {
  value: string;
  /** Names that others have: what is stated under one of them would be replaced. */
  taken: readonly string[];
  onChange: (name: string) => void;
}

/** The name of a row of prices. */
export function NameField({ value, taken, onChange }: NameFieldProps) {
  const { t } = useTranslation();
  const isTaken = taken.includes(value.trim());
  return (
    <TextField
      label={t("admin.form.name")}
      hint={isTaken ? t("prices.nameTaken") : t("prices.nameHint")}
      required
      maxLength={100}
      pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
      autoComplete="off"
      value={value}
      onChange={onChange}
    />
  );
}
