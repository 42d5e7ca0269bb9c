import { useTranslation } from "react-i18next";
import { NotFound } from "../../../shell/NotFound";
import { TextField } from "../../kit/fields/TextField";
import { NameField } from "./NameField";
import { PartPage } from "./PartPage";
import { ValidityFields } from "./ValidityFields";
import { WhatFields } from "./WhatFields";
import { without } from "./without";
import type { Discount, Stated } from "./wire";

interface Named {
  name: string;
  row: Discount;
}

const BLANK: Discount = { provider: "", percent: "" };

/** One discount. */
export function DiscountPage({ stated, name }: { stated: Stated; name: string }) {
  const { t } = useTranslation();
  const isNew = name === "";
  const row = isNew ? BLANK : stated.entry.discounts?.[name];
  if (!row) {
    return <NotFound />;
  }
  return (
    <PartPage<Named>
      stated={stated}
      title={isNew ? t("prices.addDiscount") : name}
      about={t("prices.discountsAbout")}
      known={{ name, row }}
      isNew={isNew}
      written={(entry, value) => ({ ...entry, discounts: { ...entry.discounts, [value.name.trim()]: settled(value.row) } })}
      removed={(entry) => ({ ...entry, discounts: without(entry.discounts, name) })}
      fields={(value, set) => {
        const change = (changes: Partial<Discount>) => set({ row: { ...value.row, ...changes } });
        const path = `discounts.${value.name}`;
        return (
          <>
            {isNew ? (
              <NameField value={value.name} taken={Object.keys(stated.entry.discounts ?? {})} onChange={(now) => set({ name: now })} />
            ) : null}
            <WhatFields value={value.row} path={path} set={change} />
            <TextField
              label={t("prices.percent")}
              path={`${path}.percent`}
              inputMode="decimal"
              required
              placeholder="12.5"
              value={value.row.percent}
              onChange={(typed) => change({ percent: typed.trim().replace(",", ".") })}
            />
            <ValidityFields value={value.row} path={path} set={change} />
          </>
        );
      }}
    />
  );
}

/** Return a discount without what was left empty, and so is as usual. */
function settled({ model, ...row }: Discount): Discount {
  return model ? { ...row, model } : row;
}
