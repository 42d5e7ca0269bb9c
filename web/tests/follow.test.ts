// @vitest-environment jsdom
import type { UIMessageChunk } from "ai";
import { afterEach, expect, test, vi } from "vitest";
import { follow } from "../src/chat/stream/follow";

const CHUNKS: UIMessageChunk[] = [
  { type: "start" },
  { type: "text-start", id: "t" },
  ...["a", "b", "c", "d"].map((delta): UIMessageChunk => ({ type: "text-delta", id: "t", delta })),
  { type: "text-end", id: "t" },
  { type: "finish" },
];

/** A server that breaks every connection after so many events, and knows where a reader is. */
function breaking(every: number): { fetch: typeof fetch; asked: string[] } {
  const asked: string[] = [];
  const serve = (input: RequestInfo | URL) => {
    const url = new URL(String(input), "http://localhost");
    asked.push(url.searchParams.get("after") ?? "");
    const from = Number(asked.at(-1) || 0);
    const left = CHUNKS.slice(from).map((chunk, index) => `id: ${from + index + 1}\ndata: ${JSON.stringify(chunk)}\n\n`);
    const sent = left.length <= every ? [...left, "data: [DONE]\n\n"] : left.slice(0, every);
    return Promise.resolve(new Response(`${sent.join("")}id: 99\ndata: {"type"`, { status: 200 }));
  };
  return { fetch: serve as typeof fetch, asked };
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function heard(every: number): Promise<{ chunks: UIMessageChunk[]; asked: string[] }> {
  vi.useFakeTimers();
  const server = breaking(every);
  vi.stubGlobal("fetch", server.fetch);
  const chunks: UIMessageChunk[] = [];
  const listener = { onChunk: (chunk: UIMessageChunk) => chunks.push(chunk), onAway: () => {}, onGone: () => {} };
  const done = follow("run", listener, new AbortController().signal);
  await vi.runAllTimersAsync();
  await done;
  return { chunks, asked: server.asked };
}

test.each([1, 2, 3, 5, 100])("each chunk is heard once, in order, though the line breaks after every %i", async (every) => {
  const { chunks, asked } = await heard(every);

  expect(chunks).toEqual(CHUNKS);
  expect(asked.length).toBe(Math.ceil(CHUNKS.length / every));
});

test("a run that nobody knows any more is not asked for again", async () => {
  const asked = vi.fn(() => Promise.resolve(new Response("{}", { status: 404 })));
  vi.stubGlobal("fetch", asked);
  const onGone = vi.fn();

  await follow("run", { onChunk: () => {}, onAway: () => {}, onGone }, new AbortController().signal);

  expect(onGone).toHaveBeenCalledOnce();
  expect(asked).toHaveBeenCalledOnce();
});
