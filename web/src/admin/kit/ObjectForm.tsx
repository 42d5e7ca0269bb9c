import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { TextField } from "./fields/TextField";
import { LeaveUnsaved } from "./LeaveUnsaved";
import { Problems } from "./Problems";
import { ProblemsContext, problemsOf } from "./problems";
import type { Entry, Section } from "./sections";
import { type Known, useForm } from "./useForm";

export interface FormParts<S extends Section> {
  entry: Entry<S>;
  /** Change some settings. */
  set: (changes: Partial<Entry<S>>) => void;
  isNew: boolean;
}

interface ObjectFormProps<S extends Section> {
  section: S;
  page: string;
  known: Known<S>;
  isReadOnly: boolean;
  nameHint?: string | undefined;
  fields: (parts: FormParts<S>) => ReactNode;
}

/** Settings of an object, written as a whole and only over the version that was read. */
export function ObjectForm<S extends Section>({ section, page, known, isReadOnly, nameHint, fields }: ObjectFormProps<S>) {
  const { t } = useTranslation();
  const form = useForm(section, page, known);
  return (
    <ProblemsContext value={problemsOf(form.error)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          // What goes wrong is shown from the form.
          void form.save().catch(() => undefined);
        }}
        className="max-w-2xl"
      >
        <fieldset disabled={isReadOnly} className="min-w-0">
          <legend className="sr-only">{t("admin.form.settings")}</legend>
          {form.isNew ? (
            <TextField
              label={t("admin.form.name")}
              hint={nameHint ?? t("admin.form.nameHint")}
              value={form.name}
              onChange={form.setName}
              required
              maxLength={200}
              autoComplete="off"
            />
          ) : null}
          {fields({ entry: form.entry, set: form.set, isNew: form.isNew })}
        </fieldset>
        <Problems error={form.error} />
        {isReadOnly ? null : <FormFoot form={form} />}
      </form>
      <LeaveUnsaved isUnsaved={form.isChanged && !isReadOnly && !form.isPending} />
    </ProblemsContext>
  );
}

type Form = Pick<ReturnType<typeof useForm>, "name" | "isNew" | "isChanged" | "isSaved" | "isPending" | "isOvertaken" | "undo" | "readAgain">;

/** What can be done with what a form holds. */
function FormFoot({ form }: { form: Form }) {
  const { t } = useTranslation();
  const canSave = !form.isPending && form.isChanged && (!form.isNew || form.name.trim() !== "");
  return (
    <div className="flex flex-wrap items-center gap-3">
      {form.isOvertaken ? <Button onClick={() => void form.readAgain()}>{t("admin.form.readAgain")}</Button> : null}
      <Button look="first" type="submit" disabled={!canSave}>
        {form.isNew ? t("admin.form.make") : t("save")}
      </Button>
      {form.isChanged && !form.isNew ? <Button onClick={form.undo}>{t("admin.form.undo")}</Button> : null}
      <span role="status" className="text-sm text-good">
        {form.isSaved ? t("admin.form.saved") : ""}
      </span>
    </div>
  );
}
