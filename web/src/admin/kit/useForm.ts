import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Refusal } from "../../api/refusal";
import { useChanged, usePut } from "./objects";
import { type Entry, getObject, type Section, type Sections } from "./sections";

/** A version of an object; without an etag, one that is to be made. */
export interface Known<S extends Section> {
  name: string;
  entry: Entry<S>;
  etag: string | null;
}

/** What a form holds: what is known, what is typed over it, and how writing it went. */
export function useForm<S extends Section>(section: S, page: string, known: Known<S>) {
  const navigate = useNavigate();
  const changed = useChanged();
  const put = usePut(section);
  const [base, setBase] = useState(known);
  const [name, setName] = useState(known.name);
  const [entry, setEntry] = useState(known.entry);
  const [wasSaved, setSaved] = useState(false);
  const isNew = base.etag === null;
  const isChanged = JSON.stringify(entry) !== JSON.stringify(base.entry) || name !== base.name;

  if (!isChanged && known.etag !== null && known.etag !== base.etag) {
    // Something beside the form changed it, such as a button for one of its settings.
    setBase(known);
    setEntry(known.entry);
  }

  function take(now: Sections[S]) {
    setBase(now);
    setEntry(now.entry);
    setName(now.name);
    put.reset();
  }

  return {
    name,
    setName,
    entry,
    set: (changes: Partial<Entry<S>>) => setEntry((before) => ({ ...before, ...changes })),
    isNew,
    isChanged,
    isSaved: wasSaved && !isChanged,
    isPending: put.isPending,
    error: put.error,
    /** Whether somebody else wrote another version meanwhile. */
    isOvertaken: put.error instanceof Refusal && put.error.status === 412 && !isNew,
    async save() {
      setSaved(false);
      const now = await put.mutateAsync({ name: isNew ? name.trim() : base.name, entry, etag: base.etag });
      take(now);
      setSaved(true);
      if (isNew) {
        const to = { to: "/admin/$page/$name", params: { page, name: now.name } } as const;
        await navigate({ ...to, replace: true, ignoreBlocker: true });
      }
    },
    undo() {
      setEntry(base.entry);
      put.reset();
    },
    async readAgain() {
      const now = await getObject(section, base.name);
      await changed(section, base.name, now);
      take(now);
    },
  };
}
