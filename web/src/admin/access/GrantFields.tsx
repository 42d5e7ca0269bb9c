import { useTranslation } from "react-i18next";
import { FieldGroup } from "../kit/fields/Field";
import { NamesField } from "../kit/fields/NamesField";
import { SelectField } from "../kit/fields/SelectField";
import { TextField } from "../kit/fields/TextField";
import { useObjects } from "../kit/objects";
import { ConditionsFields } from "./ConditionsFields";
import { useOptions } from "./choices";
import { type Grant, subjectsOf, withoutEmpty } from "./grants";
import { RightsFields } from "./RightsFields";
import { useSubjects } from "./subjects";

const BY = ["role", "rights"] as const;

interface GrantFieldsProps {
  grant: Grant;
  set: (changes: Partial<Grant>) => void;
}

/** Everything that a grant says. */
export function GrantFields({ grant, set }: GrantFieldsProps) {
  const { t } = useTranslation();
  const teams = useOptions("teams").map(({ value, label }) => ({ value: value && `team:${value}`, label }));
  const subjects = useSubjects();
  return (
    <>
      <SelectField
        label={t("grants.effect")}
        hint={t("grants.effectHint")}
        path="effect"
        value={grant.effect ?? "allow"}
        options={(["allow", "deny"] as const).map((value) => ({ value, label: t(`effect.${value}`) }))}
        onChange={(effect) => set({ effect })}
      />
      <NamesField
        label={t("grants.to")}
        hint={t("grants.toHint")}
        path="to"
        values={subjectsOf(grant)}
        choices={subjects}
        add={t("grants.addSubject")}
        onChange={(to) => set({ to })}
      />
      <What grant={grant} set={set} />
      <SelectField
        label={t("grants.within")}
        hint={t("grants.withinHint")}
        path="within"
        value={grant.within ?? ""}
        options={teams}
        onChange={(within) => set({ within: within || null })}
      />
      <ConditionsFields conditions={grant.when ?? {}} onChange={(when) => set({ when: withoutEmpty(when) })} />
      <TextField
        label={t("grants.reason")}
        hint={t("grants.reasonHint")}
        path="reason"
        value={grant.reason ?? ""}
        onChange={(reason) => set({ reason })}
      />
    </>
  );
}

/** By a role, or by actions and resources: one of the two. */
function What({ grant, set }: GrantFieldsProps) {
  const { t } = useTranslation();
  const roles = useObjects("roles").objects.map((role) => ({ value: role.name, label: role.name }));
  const isByRole = typeof grant.role === "string";
  const changes = { role: { role: "", may: null, on: null }, rights: { role: null, may: [], on: [] } } as const;
  return (
    <>
      <FieldGroup label={t("grants.what")}>
        <div className="flex flex-wrap gap-x-4">
          {BY.map((by) => (
            <label key={by} className="inline-flex min-h-8 items-center gap-2 text-sm">
              <input
                type="radio"
                name="grant-by"
                checked={(by === "role") === isByRole}
                onChange={() => set(by === "role" ? changes.role : { ...changes.rights, may: [], on: [] })}
                className="size-4"
              />
              {t(`grantBy.${by}`)}
            </label>
          ))}
        </div>
      </FieldGroup>
      {isByRole ? (
        <SelectField
          label={t("grants.role")}
          path="role"
          value={grant.role ?? ""}
          options={[{ value: "", label: t("access.none") }, ...roles]}
          onChange={(role) => set({ role })}
        />
      ) : (
        <RightsFields may={grant.may ?? []} on={grant.on ?? []} mayPath="may" onPath="on" onChange={(rights) => set(rights)} />
      )}
    </>
  );
}
