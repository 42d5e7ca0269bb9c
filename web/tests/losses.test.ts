import fc from "fast-check";
import { expect, test } from "vitest";
import { inWords, KINDS } from "../src/chat/answer/losses";
import type { Loss } from "../src/chat/wire";

const loss = (path: string, effect: Loss["effect"] = "answer", reason = "why"): Loss => ({ path, reason, effect });

test.each([
  ["settings.temperature", "temperature"],
  ["settings.top_p", "topP"],
  ["settings.max_output_tokens", "length"],
  ["settings.reasoning.effort", "effort"],
  ["settings.reasoning.shows", "thoughts"],
  ["settings.seed", "setting"],
  ["tools[0].name", "tools"],
  ["messages[2].parts[0].text", "words"],
  ["messages[2].parts[0].media_type", "attachment"],
  ["somewhere.else", "other"],
])("%s is said as %s", (path, kind) => {
  expect(inWords([loss(path)]).map((said) => said.kind)).toEqual([kind]);
});

test("what stood in one place is one thing, and so are its reasons", () => {
  const losses = ["kind", "data", "media_type"].map((leaf) => loss(`messages[1].parts[0].${leaf}`));
  const other = loss("messages[1].parts[2].data", "price", "too large");

  expect(inWords([...losses, other])).toEqual([
    { kind: "attachment", effect: "answer_and_price", count: 2, reasons: ["why", "too large"] },
  ]);
});

test("nothing that was lost is left out, and nothing is said twice", () => {
  const paths = fc.constantFrom("settings.temperature", "settings.x", "messages[0].parts[0].text", "messages[0].parts[1].data", "tools[1]", "y");
  const effects = fc.constantFrom("none", "answer", "price", "answer_and_price");
  fc.assert(
    fc.property(fc.array(fc.record({ path: paths, effect: effects, reason: fc.string() })), (losses) => {
      const said = inWords(losses);
      const kinds = said.map(({ kind }) => kind);

      expect(new Set(kinds).size).toBe(kinds.length);
      expect(kinds.every((kind) => KINDS.includes(kind))).toBe(true);
      expect(said.flatMap(({ reasons }) => reasons).length).toBeGreaterThanOrEqual(new Set(losses.map(({ reason }) => reason)).size);
      expect(said.some(({ effect }) => effect !== "none")).toBe(losses.some(({ effect }) => effect !== "none"));
    }),
  );
});
