import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { TextField } from "../admin/kit/fields/TextField";
import { Problems } from "../admin/kit/Problems";
import { useCreateKey } from "../keys/keys";
import { ShownOnce } from "../keys/ShownOnce";
import { useMe } from "../shell/session";
import { Button } from "../ui/Button";

const DAYS = 90;

/** A key of one's own for programs, and how each of them uses it. */
export function KeyStep() {
  const { t } = useTranslation();
  const owner = useMe().data?.user ?? "";
  const [name, setName] = useState(() => t("welcome.keyName"));
  const create = useCreateKey("own");
  if (create.data) {
    return <ShownOnce issued={create.data} />;
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate({ owner, name, admin: false, strict: false, project: null, days: DAYS });
      }}
    >
      <p className="mb-3 text-sm text-muted-foreground">{t("welcome.keyText", { days: DAYS })}</p>
      <Problems error={create.error} />
      <TextField label={t("keys.name")} value={name} required maxLength={200} onChange={setName} />
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" look="first" disabled={create.isPending || name.trim() === ""}>
          {t("keys.make")}
        </Button>
        <Link to="/keys" className="text-primary underline underline-offset-2">
          {t("keys.mine")}
        </Link>
      </div>
    </form>
  );
}
