import { expect, test } from "vitest";
import { money } from "../src/chat/format";
import { narrowed } from "../src/ui/narrowed";

test.each([
  [0, "en", "$0.00"],
  [1_230_000_000, "en", "$1.23"],
  [123_456, "en", "$0.000123"],
  [9_999_000, "en", "$0.01"],
  [1_230_000_000, "de", "1,23 $"],
])("money keeps the digits that count: %i in %s", (nanousd, language, written) => {
  expect(money(nanousd, language).replaceAll("\u00a0", " ")).toBe(written);
});

test("choices are narrowed by every word, wherever it stands", () => {
  const choices = [{ label: "Dark", hint: "Appearance" }, { label: "Light", hint: "Appearance" }, { label: "Search" }];

  expect(narrowed(choices, "app da").map((choice) => choice.label)).toEqual(["Dark"]);
  expect(narrowed(choices, "")).toHaveLength(3);
});
