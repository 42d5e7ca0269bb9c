import { useTranslation } from "react-i18next";
import type { components } from "../../../api/schema";
import { SelectField } from "../../kit/fields/SelectField";
import { TextField } from "../../kit/fields/TextField";
import { useObjects } from "../../kit/objects";

type AtEnd = components["schemas"]["AtEndEntry"];

const WAYS = ["refuse", "downgrade", "wait"] as const;
const WHOLE = /^\d+$/;

interface AtEndFieldsProps {
  atEnd: AtEnd;
  onChange: (atEnd: AtEnd) => void;
}

/** What becomes of a call for which a hard budget has no room. */
export function AtEndFields({ atEnd, onChange }: AtEndFieldsProps) {
  const { t } = useTranslation();
  const { objects: models } = useObjects("models");
  const way = atEnd.do ?? "refuse";
  return (
    <>
      <SelectField
        label={t("budgets.atEnd")}
        path="at_end"
        value={way}
        options={WAYS.map((each) => ({ value: each, label: t(`budgets.way.${each}`) }))}
        onChange={(chosen) => onChange({ do: chosen })}
      />
      {way === "downgrade" ? (
        <SelectField
          label={t("budgets.downgradeTo")}
          path="at_end.model"
          value={atEnd.model ?? ""}
          options={[{ value: "", label: t("money.choose") }, ...models.map(({ name }) => ({ value: name, label: name }))]}
          onChange={(model) => onChange({ ...atEnd, model: model || null })}
        />
      ) : null}
      {way === "wait" ? (
        <TextField
          label={t("budgets.waitFor")}
          path="at_end.seconds"
          inputMode="numeric"
          value={String(atEnd.seconds ?? "")}
          onChange={(typed) => onChange({ ...atEnd, seconds: WHOLE.test(typed) ? Number(typed) : null })}
        />
      ) : null}
    </>
  );
}
