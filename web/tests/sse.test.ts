import fc from "fast-check";
import { expect, test } from "vitest";
import { readEvents, type ServerEvent } from "../src/chat/stream/sse";

async function read(pieces: readonly Uint8Array[]): Promise<ServerEvent[]> {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) {
        controller.enqueue(piece);
      }
      controller.close();
    },
  });
  const events: ServerEvent[] = [];
  for await (const event of readEvents(stream)) {
    events.push(event);
  }
  return events;
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((one, other) => one - other);
  return ends.map((end, index) => bytes.slice(index ? ends[index - 1] : 0, end));
}

test("any cut of a stream gives the same events, in characters and line breaks too", async () => {
  const events = fc.array(fc.record({ id: fc.stringMatching(/^\d+(\.\d)?$/), data: fc.string({ unit: "grapheme" }).map((text) => JSON.stringify(text)) }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(events, fc.constantFrom("\n", "\r\n", "\r"), fc.array(fc.nat()), async (wanted, end, places) => {
      const text = wanted.map(({ id, data }) => `: beat${end}id: ${id}${end}data: ${data}${end}${end}`).join("");

      const heard = await read(cut(new TextEncoder().encode(text), places));

      // What ends in a bare carriage return may go on with a line feed, so its last event is not known to be whole.
      const whole = end === "\r" ? wanted.slice(0, heard.length) : wanted;
      expect(heard).toEqual(whole);
      expect(heard.length).toBeGreaterThanOrEqual(wanted.length - 1);
    }),
  );
});

test("an event that is cut off is not told, and comments are none", async () => {
  const bytes = new TextEncoder().encode(': beat\n\nid: 1\ndata: "a"\n\nid: 2\ndata: "b"\n');

  expect(await read([bytes])).toEqual([{ id: "1", data: '"a"' }]);
});

test("lines of data are one text", async () => {
  expect(await read([new TextEncoder().encode("data: one\ndata:two\n\n")])).toEqual([{ id: "", data: "one\ntwo" }]);
});
