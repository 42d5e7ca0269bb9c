import { useTranslation } from "react-i18next";
import { SelectField } from "../../kit/fields/SelectField";
import { WordsField } from "../../kit/fields/WordsField";
import { useObjects } from "../../kit/objects";
import { SubjectField } from "./SubjectField";

const ORGANISATION = "organisation";

interface Scoped<Each extends string> {
  of?: string;
  each?: Each | null;
  models?: string[] | null;
  products?: string[] | null;
}

interface ScopeFieldsProps<Each extends string> {
  entry: Scoped<Each>;
  /** Who can have it for themselves. */
  holders: readonly Each[];
  set: (changes: Scoped<Each>) => void;
}

/** Which calls a budget or a limit counts, and whether all share it. */
export function ScopeFields<Each extends "principal" | "key" | "project" | "run" | "team">(props: ScopeFieldsProps<Each>) {
  const { entry, holders, set } = props;
  const { t } = useTranslation();
  const { objects: models } = useObjects("models");
  const of = entry.of ?? ORGANISATION;
  return (
    <>
      <SubjectField
        label={t("money.of")}
        hint={t("money.ofHint")}
        path="of"
        otherwise={t("money.everybody")}
        value={of === ORGANISATION ? "" : of}
        onChange={(value) => set({ of: value || ORGANISATION })}
      />
      <SelectField
        label={t("money.each")}
        hint={t("money.eachHint")}
        path="each"
        value={entry.each ?? ""}
        options={[{ value: "", label: t("money.allShare") }, ...holders.map((each) => ({ value: each, label: t(`money.forEach.${each}`) }))]}
        onChange={(each) => set({ each: (each || null) as Each | null })}
      />
      <WordsField
        label={t("money.models")}
        hint={t("money.modelsHint")}
        path="models"
        add={t("money.addModel")}
        offers={models.map((model) => model.name)}
        values={entry.models ?? []}
        onChange={(values) => set({ models: values.length ? values : null })}
      />
      <WordsField
        label={t("money.products")}
        hint={t("money.productsHint")}
        path="products"
        add={t("money.addProduct")}
        offers={["api", "chat"]}
        values={entry.products ?? []}
        onChange={(values) => set({ products: values.length ? values : null })}
      />
    </>
  );
}

/** Say in words whose calls are meant, as lists show it. */
export function ofText(of: string | undefined, everybody: string): string {
  return of === undefined || of === ORGANISATION ? everybody : of;
}
