import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../ui/Button";
import { Chooser } from "../../../ui/Chooser";
import { FieldGroup, type FieldProps } from "./Field";
import { Tags } from "./Tags";

export interface Named {
  name: string;
  /** What people call it; empty: by its name. */
  label: string;
}

interface NamesFieldProps extends FieldProps {
  values: readonly string[];
  choices: readonly Named[];
  /** What the button says that adds one. */
  add: string;
  onChange: (values: string[]) => void;
}

/** Any number of objects, chosen by typing. */
export function NamesField({ label, hint, path, values, choices, add, onChange }: NamesFieldProps) {
  const { t } = useTranslation();
  const [isChoosing, setChoosing] = useState(false);
  const labelOf = (name: string) => choices.find((choice) => choice.name === name)?.label || name;
  const left = choices.filter((choice) => !values.includes(choice.name));
  return (
    <FieldGroup label={label} hint={hint} path={path}>
      <Tags values={values} labelOf={labelOf} onRemove={(name) => onChange(values.filter((each) => each !== name))} />
      <Button onClick={() => setChoosing(true)} disabled={left.length === 0}>
        <Plus size={14} aria-hidden />
        {add}
      </Button>
      {left.length === 0 && values.length === 0 ? (
        <span className="ml-2 text-xs text-muted-foreground">{t("admin.tags.none")}</span>
      ) : null}
      {isChoosing ? (
        <Chooser
          label={add}
          choices={left.map((choice) => ({
            id: choice.name,
            label: choice.label || choice.name,
            ...(choice.label && choice.label !== choice.name ? { hint: choice.name } : {}),
            act: () => onChange([...values, choice.name]),
          }))}
          onClose={() => setChoosing(false)}
        />
      ) : null}
    </FieldGroup>
  );
}
