import { type ReactNode, useId } from "react";

export const FIELD = "w-full rounded-md border border-control bg-background px-3 py-2";

interface FieldProps {
  label: string;
  hint: string;
  /** Makes the one field that it is for, with what joins it to its label and hint. */
  children: (joined: { id: string; "aria-describedby": string }) => ReactNode;
}

/** What is asked for, and what to know about it. */
export function Field({ label, hint, children }: FieldProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-semibold">
        {label}
      </label>
      {children({ id, "aria-describedby": `${id}-hint` })}
      <p id={`${id}-hint`} className="mt-1 text-sm text-muted-foreground">
        {hint}
      </p>
    </div>
  );
}
