import { FieldGroup, type FieldProps } from "./Field";
import type { Option } from "./SelectField";

interface ChecksFieldProps<Value extends string> extends FieldProps {
  values: readonly string[];
  options: readonly Option<Value>[];
  onChange: (values: Value[]) => void;
}

/** Any of a few, in the order in which they are offered. */
export function ChecksField<Value extends string>({ label, hint, path, values, options, onChange }: ChecksFieldProps<Value>) {
  const flip = (value: Value, isChosen: boolean) =>
    options.map((option) => option.value).filter((each) => (each === value ? isChosen : values.includes(each)));
  return (
    <FieldGroup label={label} hint={hint} path={path}>
      <div className="flex flex-wrap gap-x-4">
        {options.map((option) => (
          <label key={option.value} className="inline-flex min-h-8 items-center gap-2 text-sm">
            <input
              type="checkbox"
              checked={values.includes(option.value)}
              onChange={(event) => onChange(flip(option.value, event.target.checked))}
              className="size-4"
            />
            {option.label}
          </label>
        ))}
      </div>
    </FieldGroup>
  );
}
