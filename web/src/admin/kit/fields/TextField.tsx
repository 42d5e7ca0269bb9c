import type { ComponentProps } from "react";
import { Field, type FieldProps, INPUT } from "./Field";

interface TextFieldProps extends FieldProps, Omit<ComponentProps<"input">, "onChange" | "value" | "id"> {
  value: string;
  onChange: (value: string) => void;
}

export function TextField({ label, hint, path, value, onChange, className = "", ...rest }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} path={path}>
      {(wiring) => (
        <input {...rest} {...wiring} value={value} onChange={(event) => onChange(event.target.value)} className={`${INPUT} ${className}`} />
      )}
    </Field>
  );
}

interface LongTextFieldProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  rows?: number;
}

export function LongTextField({ label, hint, path, value, onChange, rows = 3 }: LongTextFieldProps) {
  return (
    <Field label={label} hint={hint} path={path}>
      {(wiring) => (
        <textarea {...wiring} rows={rows} value={value} onChange={(event) => onChange(event.target.value)} className={INPUT} />
      )}
    </Field>
  );
}
