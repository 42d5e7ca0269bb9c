import type { UIMessageChunk } from "ai";
import { goToSignIn } from "../../shell/signIn";
import { readEvents } from "./sse";

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8_000;
const SILENCE_MS = 45_000;
const END = "[DONE]";

export interface Listener {
  onChunk: (chunk: UIMessageChunk) => void;
  /** Whether the server is out of reach at the moment: what is missing comes when it is back. */
  onAway: (isAway: boolean) => void;
  /** The server no longer knows the run. */
  onGone: () => void;
}

/**
 * Listen to a run from its first event to its end, however often the connection is lost: each time it goes on behind the
 * last chunk that was taken.
 */
export async function follow(runId: string, listener: Listener, signal: AbortSignal): Promise<void> {
  const place = { after: "", waitMs: FIRST_WAIT_MS };
  while (!signal.aborted) {
    // Out of reach, cut off or silent: the same next step for each.
    const isOver = await listenOnce(runId, listener, place, signal).catch(() => false);
    if (isOver) {
      return;
    }
    listener.onAway(true);
    await pause(place.waitMs, signal);
    place.waitMs = Math.min(place.waitMs * 2, LONGEST_WAIT_MS);
  }
}

/** Listen until the connection ends; return whether there is nothing more to hear. */
async function listenOnce(
  runId: string,
  listener: Listener,
  place: { after: string; waitMs: number },
  signal: AbortSignal,
): Promise<boolean> {
  const reply = await ask(runId, place.after, signal);
  if (reply === "gone") {
    listener.onGone();
    return true;
  }
  for await (const { id, data } of readEvents(reply)) {
    listener.onAway(false);
    place.waitMs = FIRST_WAIT_MS;
    if (data === END) {
      return true;
    }
    listener.onChunk(JSON.parse(data) as UIMessageChunk);
    place.after = id || place.after;
  }
  return false;
}

async function ask(runId: string, after: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array> | "gone"> {
  const silence = new AbortController();
  const either = AbortSignal.any([signal, silence.signal]);
  const reply = await fetch(`/api/chat/runs/${runId}/stream${after && `?after=${after}`}`, { signal: either, cache: "no-store" });
  if (reply.status === 401) {
    goToSignIn();
  }
  if (reply.status >= 400 && reply.status < 500 && reply.status !== 429) {
    return "gone";
  }
  if (!reply.ok || !reply.body) {
    throw new Error(`HTTP ${reply.status}`);
  }
  return reply.body.pipeThrough(endedBySilence(silence));
}

/** A connection that died without a word looks like one on which nothing is said. */
function endedBySilence(silence: AbortController): TransformStream<Uint8Array, Uint8Array> {
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  return new TransformStream({
    transform(piece, controller) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      controller.enqueue(piece);
    },
    flush: () => clearTimeout(timer),
  });
}

/** Wait, or less where the browser says that the network is back. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    }
    addEventListener("online", done);
    signal.addEventListener("abort", done);
  });
}
