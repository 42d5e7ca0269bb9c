import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { SelectField } from "../kit/fields/SelectField";
import { TextField } from "../kit/fields/TextField";
import type { Filters } from "../kit/filters";
import { OUTCOMES } from "./audit";
import { KINDS } from "./kinds";

const ALL = ["actor", "action", "kind", "name", "outcome", "since", "until"] as const;

interface AuditFiltersProps {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

/** Which events are wanted. Nothing is asked for before it is said that this is it. */
export function AuditFilters({ filters, onChange }: AuditFiltersProps) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState(filters);
  const set = (changes: Filters) => setWanted((before) => ({ ...before, ...changes }));
  const any = { value: "", label: t("audit.any") };
  const hasFilters = ALL.some((each) => filters[each]);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onChange(wanted);
      }}
      className="mb-4 rounded-lg border border-border p-3"
    >
      <div className="grid gap-x-4 sm:grid-cols-2 lg:grid-cols-4">
        <TextField label={t("audit.actor")} value={wanted.actor ?? ""} onChange={(actor) => set({ actor })} />
        <TextField label={t("audit.action")} placeholder="key.*" value={wanted.action ?? ""} onChange={(action) => set({ action })} />
        <SelectField
          label={t("audit.kind")}
          value={wanted.kind ?? ""}
          options={[any, ...KINDS.map((kind) => ({ value: kind, label: kind }))]}
          onChange={(kind) => set({ kind })}
        />
        <TextField label={t("audit.name")} value={wanted.name ?? ""} onChange={(name) => set({ name })} />
        <SelectField
          label={t("audit.outcome")}
          value={wanted.outcome ?? ""}
          options={[any, ...OUTCOMES.map((value) => ({ value, label: t(`outcome.${value}`) }))]}
          onChange={(outcome) => set({ outcome })}
        />
        <TextField label={t("audit.since")} type="date" value={wanted.since ?? ""} onChange={(since) => set({ since })} />
        <TextField label={t("audit.until")} type="date" value={wanted.until ?? ""} onChange={(until) => set({ until })} />
      </div>
      <div className="flex flex-wrap gap-2">
        <Button look="first" type="submit">
          {t("audit.filter")}
        </Button>
        {hasFilters ? (
          <Button onClick={() => onChange(Object.fromEntries(ALL.map((each) => [each, ""])))}>{t("audit.all")}</Button>
        ) : null}
      </div>
    </form>
  );
}
