import { useTranslation } from "react-i18next";
import { TextField } from "../../kit/fields/TextField";

interface Validity {
  valid_from?: string | null;
  valid_until?: string | null;
  source?: string;
}

interface ValidityFieldsProps {
  value: Validity;
  path: string;
  set: (changes: Partial<Validity>) => void;
}

/** From when until when a row holds, and where it is from. */
export function ValidityFields({ value, path, set }: ValidityFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <div className="grid gap-x-4 sm:grid-cols-2">
        <TextField
          label={t("prices.from")}
          hint={t("prices.time")}
          path={`${path}.valid_from`}
          placeholder="2026-01-01"
          value={value.valid_from ?? ""}
          onChange={(typed) => set({ valid_from: typed.trim() || null })}
        />
        <TextField
          label={t("prices.until")}
          hint={t("prices.time")}
          path={`${path}.valid_until`}
          placeholder="2027-01-01"
          value={value.valid_until ?? ""}
          onChange={(typed) => set({ valid_until: typed.trim() || null })}
        />
      </div>
      <TextField
        label={t("prices.source")}
        hint={t("prices.sourceHint")}
        path={`${path}.source`}
        maxLength={200}
        value={value.source ?? ""}
        onChange={(source) => set({ source })}
      />
    </>
  );
}
