import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { SelectField } from "../admin/kit/fields/SelectField";
import { TextField } from "../admin/kit/fields/TextField";
import { Problems } from "../admin/kit/Problems";
import { Button } from "../ui/Button";
import { useVendorKey, type Vendor, VENDORS } from "./providers";

/** Takes a vendor's key. It is stored encrypted, and no page shows it again. */
export function VendorKeyForm() {
  const { t } = useTranslation();
  const [vendor, setVendor] = useState<Vendor>("openai");
  const [key, setKey] = useState("");
  const use = useVendorKey();

  function submit(event: FormEvent) {
    event.preventDefault();
    use.mutate({ vendor, key: key.trim() }, { onSuccess: () => setKey("") });
  }

  return (
    <form onSubmit={submit}>
      <Problems error={use.error} />
      <div className="grid gap-x-3 sm:grid-cols-[12rem_1fr]">
        <SelectField
          label={t("welcome.vendorName")}
          value={vendor}
          options={VENDORS.map(({ preset, title }) => ({ value: preset, label: title }))}
          onChange={setVendor}
        />
        <TextField
          label={t("welcome.vendorKey")}
          hint={t("welcome.vendorKeyHint")}
          type="password"
          autoComplete="off"
          spellCheck={false}
          value={key}
          required
          onChange={setKey}
        />
      </div>
      <Button type="submit" look="first" disabled={use.isPending || key.trim() === ""}>
        {t("welcome.useKey")}
      </Button>
    </form>
  );
}
