import { useEffect, useReducer, useRef } from "react";
import { removeFile, sendFile, type FilePart, type StoredFile } from "./wire";

/** What the API takes of one question. */
export const MOST_FILES = 20;

export interface Attachment {
  key: string;
  name: string;
  size: number;
  state: "waiting" | "sending" | "reading" | "ready" | "failed";
  /** How much has been sent, from 0 to 1. */
  sent: number;
  /** What was found in it, once it is ready. */
  file: StoredFile | null;
  /** What is wrong with it, where it failed. */
  error: unknown;
}

type Act =
  | { type: "added"; attachments: readonly Attachment[] }
  | { type: "changed"; key: string; change: Partial<Attachment> }
  | { type: "removed"; keys: readonly string[] };

export interface Attachments {
  all: readonly Attachment[];
  /** What can be sent with a question. */
  ready: readonly StoredFile[];
  isBusy: boolean;
  add: (files: readonly File[]) => void;
  remove: (key: string) => void;
  /** Take all away, for a question that has them now. */
  clear: () => void;
  /** Put those back whose question could not be sent. */
  restore: (files: readonly StoredFile[]) => void;
}

export function attachmentsAfter(all: readonly Attachment[], act: Act): readonly Attachment[] {
  switch (act.type) {
    case "added":
      return [...all, ...act.attachments];
    case "changed":
      return all.map((each) => (each.key === act.key ? { ...each, ...act.change } : each));
    case "removed":
      return all.filter((each) => !act.keys.includes(each.key));
  }
}

/** The files of a question that is being written. Those that are ready stay when the page is loaded again. */
export function useAttachments(draft: string): Attachments {
  const kept = `files/${draft}`;
  const [all, change] = useReducer(attachmentsAfter, kept, keptAttachments);
  const going = useRef(new Map<string, AbortController>());
  // One after another, so that a slow line finishes some of them.
  const line = useRef(Promise.resolve());
  const ready = all.flatMap((each) => (each.file ? [each.file] : []));

  useEffect(() => {
    const files = all.flatMap((each) => (each.file ? [each.file] : []));
    if (files.length) {
      sessionStorage.setItem(kept, JSON.stringify(files));
    } else {
      sessionStorage.removeItem(kept);
    }
  }, [kept, all]);

  // Whoever leaves the page takes along what is ready, and nothing else.
  useEffect(() => {
    const all = going.current;
    return () => all.forEach((stop) => stop.abort());
  }, []);

  async function send(key: string, file: File, signal: AbortSignal) {
    const tell = (told: Partial<Attachment>) => change({ type: "changed", key, change: told });
    if (signal.aborted) {
      return;
    }
    tell({ state: "sending" });
    try {
      const onSent = (sent: number) => tell({ sent, state: sent < 1 ? "sending" : "reading" });
      tell({ state: "ready", file: await sendFile(file, { signal, onSent }) });
    } catch (error) {
      tell({ state: "failed", error });
    }
    going.current.delete(key);
  }

  function add(files: readonly File[]) {
    const begun = files.map((file) => ({ file, attachment: begin(file) }));
    change({ type: "added", attachments: begun.map(({ attachment }) => attachment) });
    for (const { file, attachment } of begun) {
      const stop = new AbortController();
      going.current.set(attachment.key, stop);
      line.current = line.current.then(() => send(attachment.key, file, stop.signal));
    }
  }

  function remove(key: string) {
    going.current.get(key)?.abort();
    const file = all.find((each) => each.key === key)?.file;
    if (file) {
      void removeFile(file.id);
    }
    change({ type: "removed", keys: [key] });
  }

  return {
    all,
    ready,
    isBusy: all.some(({ state }) => state !== "ready" && state !== "failed"),
    add,
    remove,
    clear: () => change({ type: "removed", keys: all.map(({ key }) => key) }),
    restore: (files) => change({ type: "added", attachments: files.map(arrived) }),
  };
}

/** Return a file of a question as one that can be asked about again. */
export function idsOf(files: readonly (StoredFile | FilePart)[]): string[] {
  return files.map(({ id }) => id);
}

let begun = 0;

function begin(file: File): Attachment {
  // Not a random UUID: browsers make none for a page that came by plain http.
  const key = `begun-${begun++}`;
  return { key, name: file.name, size: file.size, state: "waiting", sent: 0, file: null, error: null };
}

function arrived(file: StoredFile): Attachment {
  return { key: file.id, name: file.name, size: file.size, state: "ready", sent: 1, file, error: null };
}

function keptAttachments(kept: string): readonly Attachment[] {
  const files = JSON.parse(sessionStorage.getItem(kept) ?? "[]") as StoredFile[];
  return files.map(arrived);
}
