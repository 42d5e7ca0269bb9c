import { type ReactNode, useId } from "react";
import { useProblems } from "../problems";

export const INPUT =
  "w-full rounded-md border border-control bg-background px-3 py-2 text-sm disabled:opacity-70 aria-invalid:border-bad";

export interface FieldProps {
  label: string;
  /** What it means, where the label does not say it. */
  hint?: string | undefined;
  /** Its place in the body, without `$.`: what the API finds wrong with it is told here. */
  path?: string | undefined;
}

interface Wiring {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

/** A label, what it labels, what it means, and what is wrong with it. */
export function Field({ label, hint, path, children }: FieldProps & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const problems = useProblems(path);
  const said = [hint ? `${id}-hint` : "", problems.length ? `${id}-problems` : ""].filter(Boolean).join(" ");
  return (
    <div className="mb-4">
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {label}
      </label>
      {children({ id, "aria-describedby": said || undefined, "aria-invalid": problems.length ? true : undefined })}
      <Notes id={id} hint={hint} problems={problems.map((problem) => problem.message)} />
    </div>
  );
}

interface GroupProps extends FieldProps {
  children: ReactNode;
}

/** The same for what consists of several controls. */
export function FieldGroup({ label, hint, path, children }: GroupProps) {
  const id = useId();
  const problems = useProblems(path);
  return (
    <fieldset className="mb-4 min-w-0" aria-describedby={hint || problems.length ? `${id}-hint ${id}-problems` : undefined}>
      <legend className="mb-1 text-sm font-semibold">{label}</legend>
      {children}
      <Notes id={id} hint={hint} problems={problems.map((problem) => problem.message)} />
    </fieldset>
  );
}

interface NotesProps {
  id: string;
  hint: string | undefined;
  problems: readonly string[];
}

function Notes({ id, hint, problems }: NotesProps) {
  return (
    <>
      {hint ? (
        <p id={`${id}-hint`} className="mt-1 text-xs text-muted-foreground">
          {hint}
        </p>
      ) : null}
      {problems.length ? (
        <p id={`${id}-problems`} className="mt-1 text-sm text-bad">
          {problems.join(" ")}
        </p>
      ) : null}
    </>
  );
}
