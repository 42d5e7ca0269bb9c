import { useId } from "react";

interface CheckFieldProps {
  label: string;
  hint?: string;
  isChecked: boolean;
  onChange: (isChecked: boolean) => void;
}

export function CheckField({ label, hint, isChecked, onChange }: CheckFieldProps) {
  const id = useId();
  return (
    <div className="mb-2">
      <label className="inline-flex min-h-8 items-center gap-2 text-sm">
        <input
          type="checkbox"
          checked={isChecked}
          aria-describedby={hint ? id : undefined}
          onChange={(event) => onChange(event.target.checked)}
          className="size-4"
        />
        {label}
      </label>
      {hint ? (
        <p id={id} className="ml-6 text-xs text-muted-foreground">
          {hint}
        </p>
      ) : null}
    </div>
  );
}
