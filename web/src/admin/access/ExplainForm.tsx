import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { NamesField } from "../kit/fields/NamesField";
import { SelectField } from "../kit/fields/SelectField";
import { TextField } from "../kit/fields/TextField";
import type { Filters } from "../kit/filters";
import { useOptions } from "./choices";
import { DATA_CLASSES, dataClassLabel } from "./dataClasses";
import { KINDS } from "./kinds";
import { ACTIONS } from "./question";
import { usePrincipals } from "./subjects";

const PRODUCTS = ["api", "chat", "admin"] as const;
const CIRCUMSTANCES = ["product", "class", "project", "where", "at", "cost"] as const;
const RESOURCES = "explain-resources";

interface ExplainFormProps {
  filters: Filters;
  onAsk: (filters: Filters) => void;
}

/** The question: who, what, with what, and under which circumstances. */
export function ExplainForm({ filters, onAsk }: ExplainFormProps) {
  const { t } = useTranslation();
  const principals = usePrincipals();
  const [question, setQuestion] = useState(filters);
  const set = (changes: Filters) => setQuestion((before) => ({ ...before, ...changes }));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onAsk(question);
      }}
      className="mb-6 rounded-lg border border-border p-4"
    >
      <div className="grid gap-x-4 sm:grid-cols-3">
        <NamesField
          label={t("explain.who")}
          hint={t("explain.whoHint")}
          values={question.who ? question.who.split(",") : []}
          choices={principals}
          add={t("explain.addWho")}
          onChange={(who) => set({ who: who.join(",") })}
        />
        <SelectField
          label={t("rights.may")}
          value={question.may ?? "use"}
          options={ACTIONS.map((value) => ({ value, label: t(`action.${value}`) }))}
          onChange={(may) => set({ may })}
        />
        <TextField
          label={t("rights.on")}
          hint={t("explain.onHint")}
          value={question.on ?? ""}
          list={RESOURCES}
          placeholder="model:gpt-5"
          autoComplete="off"
          onChange={(on) => set({ on })}
        />
      </div>
      <datalist id={RESOURCES}>
        {KINDS.map((kind) => (
          <option key={kind} value={`${kind}:*`} />
        ))}
      </datalist>
      <details open={CIRCUMSTANCES.some((each) => filters[each]) || undefined} className="mb-4">
        <summary className="min-h-8 py-1 text-sm font-semibold">{t("explain.circumstances")}</summary>
        <Circumstances question={question} set={set} />
      </details>
      <Button look="first" type="submit">
        {t("explain.ask")}
      </Button>
    </form>
  );
}

function Circumstances({ question, set }: { question: Filters; set: (changes: Filters) => void }) {
  const { t } = useTranslation();
  const projects = useOptions("projects");
  const unknown = { value: "", label: t("explain.unknown") };
  return (
    <div className="grid gap-x-4 pt-2 sm:grid-cols-3">
      <SelectField
        label={t("conditions.products")}
        value={question.product ?? ""}
        options={[unknown, ...PRODUCTS.map((value) => ({ value, label: t(`product.${value}`) }))]}
        onChange={(product) => set({ product })}
      />
      <SelectField
        label={t("conditions.dataClasses")}
        value={question.class ?? ""}
        options={[unknown, ...DATA_CLASSES.map((value) => ({ value, label: dataClassLabel(value, t) }))]}
        onChange={(chosen) => set({ class: chosen })}
      />
      <SelectField label={t("explain.project")} value={question.project ?? ""} options={projects} onChange={(project) => set({ project })} />
      <TextField label={t("conditions.where")} placeholder="region=eu" value={question.where ?? ""} onChange={(where) => set({ where })} />
      <TextField label={t("explain.at")} type="datetime-local" value={question.at ?? ""} onChange={(at) => set({ at })} />
      <TextField label={t("explain.cost")} inputMode="decimal" placeholder="0.50" value={question.cost ?? ""} onChange={(cost) => set({ cost })} />
    </div>
  );
}
