import { Field, type FieldProps, INPUT } from "./Field";

export interface Option<Value extends string = string> {
  value: Value;
  label: string;
}

interface SelectFieldProps<Value extends string> extends FieldProps {
  value: Value;
  options: readonly Option<Value>[];
  onChange: (value: Value) => void;
}

/** One of a few. A value that is none of them, such as the name of what may not be seen, stays and is shown. */
export function SelectField<Value extends string>({ label, hint, path, value, options, onChange }: SelectFieldProps<Value>) {
  const isKnown = options.some((option) => option.value === value);
  return (
    <Field label={label} hint={hint} path={path}>
      {(wiring) => (
        <select {...wiring} value={value} onChange={(event) => onChange(event.target.value as Value)} className={INPUT}>
          {isKnown ? null : <option value={value}>{value}</option>}
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
