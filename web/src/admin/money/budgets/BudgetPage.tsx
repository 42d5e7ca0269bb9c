import { useTranslation } from "react-i18next";
import { CheckField } from "../../kit/fields/CheckField";
import { TextField } from "../../kit/fields/TextField";
import type { FormParts } from "../../kit/ObjectForm";
import { ObjectPage } from "../../kit/ObjectPage";
import type { Entry } from "../../kit/sections";
import { ScopeFields } from "../fields/ScopeFields";
import { SubjectField } from "../fields/SubjectField";
import { AlertFields } from "./AlertFields";
import { AtEndFields } from "./AtEndFields";
import { PeriodFields } from "./PeriodFields";
import { Windows } from "./Windows";

const BLANK: Entry<"budgets"> = { limit_usd: "" };
const HOLDERS = ["principal", "key", "project", "run"] as const;
const OWNERS = ["user", "service_account", "agent"] as const;

/** One budget: how it stands, and what it is. */
export function BudgetPage({ name }: { name: string }) {
  const { t } = useTranslation();
  return (
    <ObjectPage
      section="budgets"
      kind="budget"
      above={{ page: "budgets", title: t("budgets.title") }}
      name={name}
      newTitle={t("budgets.add")}
      blank={BLANK}
      deleteHint={t("budgets.deletion")}
      fields={(parts) => <BudgetFields {...parts} />}
      before={(object) => <Windows name={object.name} />}
    />
  );
}

function BudgetFields({ entry, set }: FormParts<"budgets">) {
  const { t } = useTranslation();
  return (
    <>
      <TextField
        label={t("budgets.limit")}
        hint={t("budgets.limitHint")}
        path="limit_usd"
        inputMode="decimal"
        autoComplete="off"
        required
        value={entry.limit_usd}
        onChange={(typed) => set({ limit_usd: typed.replace(",", ".").trim() })}
      />
      <PeriodFields period={entry.period ?? {}} onChange={(period) => set({ period })} />
      <ScopeFields entry={entry} holders={HOLDERS} set={set} />
      <CheckField
        label={t("budgets.isHard")}
        hint={t("budgets.isHardHint")}
        isChecked={entry.hard ?? true}
        onChange={(hard) => set({ hard })}
      />
      {(entry.hard ?? true) ? <AtEndFields atEnd={entry.at_end ?? {}} onChange={(at_end) => set({ at_end })} /> : null}
      <AlertFields alerts={entry.alerts ?? []} onChange={(alerts) => set({ alerts })} />
      <SubjectField
        label={t("budgets.owner")}
        hint={t("budgets.ownerHint")}
        path="owner"
        kinds={OWNERS}
        otherwise={t("budgets.noOwner")}
        value={entry.owner ?? ""}
        onChange={(owner) => set({ owner: owner || null })}
      />
    </>
  );
}
