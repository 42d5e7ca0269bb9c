import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { CheckField } from "../admin/kit/fields/CheckField";
import { SelectField } from "../admin/kit/fields/SelectField";
import { TextField } from "../admin/kit/fields/TextField";
import { Problems } from "../admin/kit/Problems";
import { ProblemsContext, problemsOf } from "../admin/kit/problems";
import { useMe } from "../shell/session";
import { Button } from "../ui/Button";
import { type IssuedKey, useCreateKey, useOwners, type WantedKey, type Whose } from "./keys";

const LIFETIMES = ["7", "30", "90", "365", ""] as const;
type Lifetime = (typeof LIFETIMES)[number];

interface NewKeyFormProps {
  whose: Whose;
  /** Told when it begins to be made, and when that has ended: what shows it must stay in between. */
  onMaking?: (isMaking: boolean) => void;
  onMade: (issued: IssuedKey) => void;
}

/** What a new key is for, whom it speaks for, and how long. One's own speaks for oneself, and administers nothing. */
export function NewKeyForm({ whose, onMaking, onMade }: NewKeyFormProps) {
  const { t } = useTranslation();
  const me = useMe().data;
  const isAll = whose === "all";
  const owners = useOwners(isAll).data ?? [];
  const create = useCreateKey(whose);
  const [changes, setChanges] = useState<Partial<WantedKey>>({});
  const [lifetime, setLifetime] = useState<Lifetime>("90");
  const own = me?.user ?? "";
  const wanted: WantedKey = {
    owner: own,
    name: "",
    admin: false,
    strict: false,
    project: null,
    days: lifetime === "" ? null : Number(lifetime),
    ...changes,
  };
  const change = (next: Partial<WantedKey>) => setChanges((before) => ({ ...before, ...next }));

  function submit(event: FormEvent) {
    event.preventDefault();
    onMaking?.(true);
    create.mutate(wanted, { onSuccess: onMade, onSettled: () => onMaking?.(false) });
  }

  return (
    <ProblemsContext value={problemsOf(create.error)}>
      <form onSubmit={submit} className="max-w-xl">
        <Problems error={create.error} />
        <TextField
          label={t("keys.name")}
          hint={t("keys.nameHint")}
          path="name"
          value={wanted.name}
          required
          maxLength={200}
          onChange={(name) => change({ name })}
        />
        {isAll ? (
          <SelectField
            label={t("keys.owner")}
            hint={t("keys.ownerHint")}
            path="owner"
            value={wanted.owner}
            options={[...new Set([own, ...owners])].map((name) => ({ value: name, label: name }))}
            onChange={(owner) => change({ owner })}
          />
        ) : null}
        <SelectField
          label={t("keys.lifetime")}
          path="expires_at"
          value={lifetime}
          options={LIFETIMES.map((days) => ({
            value: days,
            label: days === "" ? t("keys.forever") : t("keys.days", { count: Number(days) }),
          }))}
          onChange={setLifetime}
        />
        <TextField
          label={t("keys.project")}
          hint={t("keys.projectHint")}
          path="project"
          value={wanted.project ?? ""}
          onChange={(project) => change({ project: project || null })}
        />
        <CheckField
          label={t("keys.strict")}
          hint={t("keys.strictHint")}
          isChecked={wanted.strict}
          onChange={(strict) => change({ strict })}
        />
        {isAll ? (
          <CheckField
            label={t("keys.admin")}
            hint={t("keys.adminHint")}
            isChecked={wanted.admin}
            onChange={(admin) => change({ admin })}
          />
        ) : null}
        <Button type="submit" look="first" disabled={create.isPending || !wanted.name || !wanted.owner} className="mt-2">
          {t("keys.make")}
        </Button>
      </form>
    </ProblemsContext>
  );
}
