export interface ServerEvent {
  /** Where in its run a reader is who has it; empty where it does not say. */
  id: string;
  data: string;
}

/** Read server-sent events (WHATWG HTML, section 9.2). A piece of bytes may end anywhere, within a character too. */
export async function* readEvents(pieces: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  const reader = pieces.getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      rest += decoder.decode(value, { stream: true });
      const { events, left } = split(rest);
      rest = left;
      yield* events;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function split(text: string): { events: ServerEvent[]; left: string } {
  // A carriage return at the end may be half of a line break.
  const whole = text.endsWith("\r") ? text.slice(0, -1) : text;
  const blocks = whole.replace(/\r\n?/g, "\n").split("\n\n");
  const left = (blocks.pop() ?? "") + text.slice(whole.length);
  return { events: blocks.map(readBlock).filter((event) => event !== null), left };
}

function readBlock(block: string): ServerEvent | null {
  const data: string[] = [];
  let id = "";
  for (const line of block.split("\n")) {
    const [, field = "", value = ""] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === "data") {
      data.push(value);
    } else if (field === "id") {
      id = value;
    }
  }
  return data.length ? { id, data: data.join("\n") } : null;
}
