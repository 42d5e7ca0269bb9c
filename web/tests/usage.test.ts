import fc from "fast-check";
import { expect, test } from "vitest";
import { asked, exportPath, readUsageSearch } from "../src/usage/asked";
import { before, daysBetween, grainOf, presetSpan, PRESETS, stepsOf } from "../src/usage/period";
import { divide, MOST_SERIES } from "../src/usage/series";
import type { Total } from "../src/usage/totals";

const NOW = new Date("2026-11-23T20:15:00Z");
const spanText = ({ since, until }: { since: Date; until: Date }) => `${since.toISOString()} ${until.toISOString()}`;

test.each([
  ["today", "2026-11-23T00:00:00.000Z 2026-11-24T00:00:00.000Z"],
  ["week", "2026-11-17T00:00:00.000Z 2026-11-24T00:00:00.000Z"],
  ["month", "2026-11-01T00:00:00.000Z 2026-11-24T00:00:00.000Z"],
  ["lastMonth", "2026-10-01T00:00:00.000Z 2026-11-01T00:00:00.000Z"],
  ["year", "2026-01-01T00:00:00.000Z 2026-11-24T00:00:00.000Z"],
] as const)("%s means whole days of UTC", (preset, expected) => {
  expect(spanText(presetSpan(preset, NOW))).toBe(expected);
});

test("days that were chosen the wrong way round are the same days", () => {
  expect(spanText(daysBetween("2026-11-03", "2026-11-01"))).toBe(spanText(daysBetween("2026-11-01", "2026-11-03")));
  expect(spanText(before(daysBetween("2026-11-03", "2026-11-04")))).toBe("2026-11-01T00:00:00.000Z 2026-11-03T00:00:00.000Z");
});

test("every period is made of steps that follow each other, hours or days or months", () => {
  const steps = PRESETS.map((preset) => {
    const span = presetSpan(preset, NOW);
    return [preset, grainOf(span), stepsOf(span, grainOf(span)).length];
  });

  expect(steps).toEqual([
    ["today", "hour", 24],
    ["week", "day", 7],
    ["month", "day", 23],
    ["thirty", "day", 30],
    ["lastMonth", "day", 31],
    ["ninety", "day", 90],
    ["year", "month", 11],
  ]);
});

test("an address says what is to be seen, and nothing that is not known", () => {
  const search = { period: "week", measure: "gold", by: "team", model: 4, team: "a", view: "calls", from: "2026-1-1", to: "x", other: "y" };

  expect(readUsageSearch(search)).toEqual({ period: "week", by: "team", model: "4", team: "a", view: "calls" });
});

test("of one's own usage nobody else can be asked for", () => {
  const wanted = asked("own", { principal: "bo", team: "research", model: "gpt-5", by: "principal" }, NOW);

  expect(wanted.only).toEqual({ model: "gpt-5" });
  expect(wanted.by).toBe("model");
  expect(wanted.query).not.toHaveProperty("principal");
});

test("an export asks the API for the same as the page", () => {
  const { query } = asked("own", { model: "a&b", period: "today" }, NOW);

  expect(exportPath("own", "totals", { ...query, by: ["model", "day"] }, "csv")).toBe(
    "/api/me/usage/totals?format=csv&since=2026-11-23T00%3A00%3A00.000Z&until=2026-11-24T00%3A00%3A00.000Z&model=a%26b&by=model&by=day",
  );
});

function total(day: string, model: string | null, cost: bigint): Total {
  const input = { input_tokens: 2, input_cached_tokens: 0, input_cache_write_5m_tokens: 0, input_cache_write_1h_tokens: 0 };
  const output = { output_tokens: 3, output_reasoning_tokens: 0, output_audio_tokens: 0, output_image_tokens: 0 };
  const media = { input_audio_tokens: 0, input_image_tokens: 0 };
  const counted = { attempts: 1, unpriced: 0, estimated: 0, cost_nanousd: cost, overage_nanousd: 0n };
  return { group: { day, model }, ids: {}, ...input, ...output, ...media, ...counted };
}

const days = stepsOf(daysBetween("2026-11-01", "2026-11-03"), "day");
const parts = fc.array(
  fc.record({
    day: fc.constantFrom(...days),
    model: fc.constantFrom(null, "a", "b", "c", "d", "e", "f", "g", "h"),
    cost: fc.bigInt({ min: 0n, max: 10n ** 18n }),
  }),
);

test("the parts of every bar are the whole of it, to the last digit", () => {
  fc.assert(
    fc.property(parts, (rows) => {
      const divided = rows.map(({ day, model, cost }) => total(day, model, cost));

      const bars = divide(days, "day", divided, { totals: divided, by: "model" }, "cost");

      expect(bars.names.length).toBeLessThanOrEqual(MOST_SERIES);
      for (const { step, whole, parts: heights } of bars.steps) {
        const there = divided.filter((each) => each.group.day === step);
        expect(whole).toBe(there.reduce((sum, each) => sum + each.cost_nanousd, 0n));
        expect(heights.reduce((sum, height) => sum + height, 0n)).toBe(whole);
      }
      const kept = bars.names.length < MOST_SERIES;
      expect(bars.hasRest && kept).toBe(false);
    }),
  );
});

test("the greatest groups are drawn, and the smallest together as the rest", () => {
  const rows = ["a", "b", "c", "d", "e", "f", "g"].map((model, index) => total("2026-11-01", model, BigInt(index)));

  const bars = divide(days, "day", rows, { totals: rows, by: "model" }, "cost");

  expect(bars.names).toEqual(["g", "f", "e", "d", "c", "b"]);
  expect(bars.hasRest).toBe(false);
  expect(divide(days, "day", rows, { totals: rows, by: "model" }, "calls").hasRest).toBe(true);
});

test("months are drawn of days, and none is left out", () => {
  const rows = [total("2026-01-31", "a", 1n), total("2026-02-01", "a", 2n), total("2026-02-28", "a", 4n)];

  const { steps } = divide(["2026-01", "2026-02", "2026-03"], "month", rows, null, "cost");

  expect(steps.map((step) => step.whole)).toEqual([1n, 6n, 0n]);
});
