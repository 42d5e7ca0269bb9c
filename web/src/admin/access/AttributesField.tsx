import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { FieldProps } from "../kit/fields/Field";
import { WordsField } from "../kit/fields/WordsField";
import { attributesFrom, attributesIn } from "./grants";

type Attributes = Record<string, string[]>;

interface AttributesFieldProps extends FieldProps {
  attributes: Attributes | undefined;
  onChange: (attributes: Attributes) => void;
}

/** Attributes of a resource with their values, each typed as `region=eu`. */
export function AttributesField({ label, hint, path, attributes = {}, onChange }: AttributesFieldProps) {
  const { t } = useTranslation();
  // As it is typed, and so with halves of words, as long as it says what the attributes are.
  const [typed, setTyped] = useState<string[]>([]);
  const isOurs = JSON.stringify(attributesFrom(typed)) === JSON.stringify(attributes);
  return (
    <WordsField
      label={label}
      hint={hint}
      path={path}
      values={isOurs ? typed : attributesIn(attributes)}
      add={t("rights.addResource")}
      placeholder="region=eu"
      onChange={(words) => {
        setTyped(words);
        onChange(attributesFrom(words));
      }}
    />
  );
}
