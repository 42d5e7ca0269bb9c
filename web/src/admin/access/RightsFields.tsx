import { useTranslation } from "react-i18next";
import type { components } from "../../api/schema";
import { ChecksField } from "../kit/fields/ChecksField";
import { WordsField } from "../kit/fields/WordsField";
import { KINDS } from "./kinds";

type Permission = components["schemas"]["PermissionEntry"];
type Action = Permission["may"][number];

const ACTIONS = ["use", "read", "manage", "approve", "*"] as const;
/** `key:own` stands for the keys of whoever asks. */
const OFFERS = ["*", ...KINDS.flatMap((kind) => (kind === "key" ? ["key:*", "key:own"] : [`${kind}:*`]))];

interface RightsFieldsProps {
  may: readonly Action[];
  on: readonly string[];
  /** Where they stand in the body. */
  mayPath: string;
  onPath: string;
  onChange: (rights: { may: Action[]; on: string[] }) => void;
}

/** Actions, and the resources that they may be done with. */
export function RightsFields({ may, on, mayPath, onPath, onChange }: RightsFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <ChecksField
        label={t("rights.may")}
        path={mayPath}
        values={may}
        options={ACTIONS.map((value) => ({ value, label: t(`action.${value === "*" ? "all" : value}`) }))}
        onChange={(chosen) => onChange({ may: chosen, on: [...on] })}
      />
      <WordsField
        label={t("rights.on")}
        hint={t("rights.onHint")}
        path={onPath}
        values={on}
        add={t("rights.addResource")}
        placeholder="model:gpt-5*"
        offers={OFFERS}
        onChange={(chosen) => onChange({ may: [...may], on: chosen })}
      />
    </>
  );
}
