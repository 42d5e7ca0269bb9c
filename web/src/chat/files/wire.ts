/** What the API says of files, and how one is sent to it: in pieces, each of which can be sent again. */
import { api, taken } from "../../api/client";
import { Refusal } from "../../api/refusal";
import type { components } from "../../api/schema";

export type StoredFile = components["schemas"]["ChatFileBody"];

/** A file as it stands in a question. */
export interface FilePart {
  type: "file";
  id: string;
  filename: string;
  mediaType: string;
  url: string;
  size: number;
  kind: "image" | "text" | "pages";
  pages?: number;
  width?: number;
  height?: number;
  characters?: number;
  cut?: number;
}

const ROOT = "/api/chat/files";
const TRIES = 6;
const FIRST_PAUSE_MS = 500;

/** Return the files among the parts of a message. */
export function filesOf(parts: readonly { type: string }[]): FilePart[] {
  return parts.filter((part) => part.type === "file") as FilePart[];
}

export const isImage = ({ kind }: Pick<StoredFile, "kind">) => kind === "image";

interface Sending {
  signal: AbortSignal;
  /** Told how much has been sent, from 0 to 1. */
  onSent: (share: number) => void;
}

/** Send a file, and have it read. Throws a Refusal that says what is wrong with it. */
export async function sendFile(file: File, { signal, onSent }: Sending): Promise<StoredFile> {
  const about = { name: file.name || "file", size: file.size, media_type: file.type || "application/octet-stream" };
  const { id, piece_bytes: length } = taken(await api.POST(ROOT, { body: about, signal }));
  const params = { path: { file_id: id } };
  try {
    for (let number = 0; number * length < file.size; number += 1) {
      const piece = file.slice(number * length, (number + 1) * length);
      await patiently(() => putPiece(id, number, piece, signal), signal);
      onSent(Math.min(1, ((number + 1) * length) / file.size));
    }
    return taken(await patiently(() => api.POST(`${ROOT}/{file_id}/finish`, { params, signal }), signal));
  } catch (caught) {
    if (signal.aborted) {
      void removeFile(id);
    }
    throw caught;
  }
}

export async function removeFile(id: string): Promise<void> {
  // One that could not be removed is in no question, and so goes after a day.
  await api.DELETE(`${ROOT}/{file_id}`, { params: { path: { file_id: id } } }).catch(() => undefined);
}

async function putPiece(id: string, number: number, piece: Blob, signal: AbortSignal) {
  return api.PUT(`${ROOT}/{file_id}/pieces/{number}`, {
    params: { path: { file_id: id, number } },
    headers: { "content-type": "application/octet-stream" },
    // The description knows bytes as a string; the browser sends them from the disk.
    body: piece as unknown as string,
    bodySerializer: (body) => body as unknown as Blob,
    signal,
  });
}

/** Do what may be done again while the network or the database is away. */
async function patiently<T>(what: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await what();
    } catch (caught) {
      const mayComeBack = caught instanceof Refusal && (caught.status === 0 || caught.status === 503);
      if (!mayComeBack || tried === TRIES || signal.aborted) {
        throw caught;
      }
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (tried - 1)));
    }
  }
}
