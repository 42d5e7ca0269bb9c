import { readUIMessageStream, type UIMessageChunk } from "ai";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Answer, fold, NOTHING_YET } from "../src/chat/stream/fold";

const BEGIN: UIMessageChunk[] = [{ type: "start", messageId: "m" }, { type: "start-step" }];
const END: UIMessageChunk[] = [{ type: "finish-step" }, { type: "finish" }];

function folded(chunks: readonly UIMessageChunk[]): Answer {
  return chunks.reduce(fold, NOTHING_YET);
}

function block(kind: "text" | "reasoning", id: string, deltas: readonly string[]): UIMessageChunk[] {
  return [
    { type: `${kind}-start`, id },
    ...deltas.map((delta): UIMessageChunk => ({ type: `${kind}-delta`, id, delta })),
    { type: `${kind}-end`, id },
  ];
}

function streamOf(chunks: readonly UIMessageChunk[]): ReadableStream<UIMessageChunk> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) {
        controller.enqueue(chunk);
      }
      controller.close();
    },
  });
}

const blocks = fc
  .array(fc.tuple(fc.constantFrom("text" as const, "reasoning" as const), fc.array(fc.string())), { maxLength: 6 })
  .map((all) => [...BEGIN, ...all.flatMap(([kind, deltas], index) => block(kind, `${index}`, deltas)), ...END]);

test("an answer has the parts that the AI SDK makes of the same stream", async () => {
  await fc.assert(
    fc.asyncProperty(blocks, async (chunks) => {
      let last: { parts: readonly { type: string; text?: string }[] } = { parts: [] };
      for await (const message of readUIMessageStream({ stream: streamOf(chunks) })) {
        last = message;
      }

      const theirs = last.parts.filter((part) => part.type === "text" || part.type === "reasoning");
      expect(folded(chunks).parts).toEqual(theirs.map(({ type, text }) => ({ type, text })));
    }),
    { numRuns: 50 },
  );
});

test("parts that grow side by side stay apart", () => {
  const answer = folded([
    { type: "reasoning-start", id: "1" },
    { type: "text-start", id: "1" },
    { type: "reasoning-delta", id: "1", delta: "why" },
    { type: "text-delta", id: "1", delta: "what" },
    { type: "reasoning-end", id: "1" },
    { type: "text-delta", id: "1", delta: "!" },
  ]);

  expect(answer.parts).toEqual([
    { type: "reasoning", text: "why" },
    { type: "text", text: "what!" },
  ]);
});

test.each([
  [[...BEGIN, ...END], "complete", ""],
  [[...BEGIN, { type: "abort" }], "cancelled", ""],
  [[...BEGIN, { type: "error", errorText: "The budget is used up." }], "failed", "The budget is used up."],
  [[...BEGIN, { type: "error", errorText: "no" }, ...END], "failed", "no"],
  [BEGIN, "running", ""],
] as const)("an answer ends as its stream says: %j", (chunks, state, error) => {
  const answer = folded(chunks as readonly UIMessageChunk[]);

  expect([answer.state, answer.error]).toEqual([state, error]);
});

test("what this page does not know is passed over", () => {
  const unknown = { type: "data-weather", data: { degrees: 4 } } as UIMessageChunk;

  expect(folded([...BEGIN, unknown, { type: "text-delta", id: "never begun", delta: "x" }])).toEqual(NOTHING_YET);
});
