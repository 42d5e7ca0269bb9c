import type { UIMessageChunk } from "ai";

export interface Part {
  type: "text" | "reasoning";
  text: string;
}

export interface Answer {
  parts: readonly Part[];
  state: "running" | "complete" | "failed" | "cancelled";
  error: string;
  /** Where the parts that are still growing stand, by the stream's names of them. */
  growing: Readonly<Record<string, number>>;
}

export const NOTHING_YET: Answer = { parts: [], state: "running", error: "", growing: {} };

/**
 * Take one chunk of a UI message stream, version 1, into an answer. What this page does not show is passed over, so that
 * a server may say more than a page understands.
 */
export function fold(answer: Answer, chunk: UIMessageChunk): Answer {
  switch (chunk.type) {
    case "text-start":
    case "reasoning-start":
      return begin(answer, kindOf(chunk), chunk.id);
    case "text-delta":
    case "reasoning-delta":
      return grow(answer, `${kindOf(chunk)}/${chunk.id}`, chunk.delta);
    case "text-end":
    case "reasoning-end":
      return end(answer, `${kindOf(chunk)}/${chunk.id}`);
    case "error":
      return { ...answer, state: "failed", error: chunk.errorText };
    case "abort":
      return { ...answer, state: "cancelled" };
    case "finish":
      return finish(answer);
    default:
      return answer;
  }
}

function finish(answer: Answer): Answer {
  return answer.state === "running" ? { ...answer, state: "complete" } : answer;
}

function kindOf(chunk: { type: string }): Part["type"] {
  return chunk.type.startsWith("text") ? "text" : "reasoning";
}

function begin(answer: Answer, type: Part["type"], id: string): Answer {
  const growing = { ...answer.growing, [`${type}/${id}`]: answer.parts.length };
  return { ...answer, parts: [...answer.parts, { type, text: "" }], growing };
}

function grow(answer: Answer, name: string, delta: string): Answer {
  const at = answer.growing[name];
  if (at === undefined) {
    return answer;
  }
  const parts = answer.parts.map((part, index) => (index === at ? { ...part, text: part.text + delta } : part));
  return { ...answer, parts };
}

function end(answer: Answer, name: string): Answer {
  const growing = Object.fromEntries(Object.entries(answer.growing).filter(([each]) => each !== name));
  return { ...answer, growing };
}
