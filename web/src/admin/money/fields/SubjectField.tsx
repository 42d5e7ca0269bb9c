import { useTranslation } from "react-i18next";
import { useChoices } from "../../access/choices";
import { FieldGroup, INPUT } from "../../kit/fields/Field";

/** Whose calls something is about, as the API writes it, with the section where they are. */
const SECTIONS = {
  user: "users",
  service_account: "service_accounts",
  agent: "agents",
  group: "groups",
  team: "teams",
  project: "projects",
} as const;
export type SubjectKind = keyof typeof SECTIONS;
const KINDS = Object.keys(SECTIONS) as SubjectKind[];

interface SubjectFieldProps {
  label: string;
  hint: string;
  path: string;
  /** Such as `team:research`; empty for `otherwise`. */
  value: string;
  /** What it means where nobody is named. */
  otherwise: string;
  kinds?: readonly SubjectKind[];
  onChange: (value: string) => void;
}

/** Somebody, or some group of them: first of which kind, then which. */
export function SubjectField({ label, hint, path, value, otherwise, kinds = KINDS, onChange }: SubjectFieldProps) {
  const { t } = useTranslation();
  const [kind = "", ...rest] = value.split(":");
  const known = kinds.find((each) => each === kind);
  return (
    <FieldGroup label={label} hint={hint} path={path}>
      <div className="flex flex-wrap gap-2">
        <select
          aria-label={t("money.subjectKind", { label })}
          value={known ?? ""}
          onChange={(event) => onChange(event.target.value && `${event.target.value}:`)}
          className={`${INPUT} sm:w-56`}
        >
          <option value="">{otherwise}</option>
          {kinds.map((each) => (
            <option key={each} value={each}>
              {t(`money.kind.${each}`)}
            </option>
          ))}
        </select>
        {known ? (
          <SubjectName kind={known} label={label} name={rest.join(":")} onChange={(name) => onChange(`${known}:${name}`)} />
        ) : null}
      </div>
    </FieldGroup>
  );
}

interface SubjectNameProps {
  kind: SubjectKind;
  label: string;
  name: string;
  onChange: (name: string) => void;
}

function SubjectName({ kind, label, name, onChange }: SubjectNameProps) {
  const { t } = useTranslation();
  const choices = useChoices(SECTIONS[kind]);
  const isKnown = name === "" || choices.some((choice) => choice.name === name);
  return (
    <select
      aria-label={t("money.subjectName", { label })}
      required
      value={name}
      onChange={(event) => onChange(event.target.value)}
      className={`${INPUT} sm:w-72`}
    >
      <option value="" disabled>
        {t("money.choose")}
      </option>
      {isKnown ? null : <option value={name}>{name}</option>}
      {choices.map((choice) => (
        <option key={choice.name} value={choice.name}>
          {choice.label ? `${choice.label} (${choice.name})` : choice.name}
        </option>
      ))}
    </select>
  );
}
