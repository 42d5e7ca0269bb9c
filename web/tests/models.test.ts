import * as fc from "fast-check";
import { expect, test } from "vitest";
import { routeOf, shareOf, stepsOf } from "../src/admin/models/model/route";
import { addressOf, DISCOUNT, OWN, partIn, SETTINGS } from "../src/admin/models/prices/places";
import { amount, dearest, furtherOf } from "../src/admin/models/prices/shown";
import type { ModelPrice } from "../src/admin/models/prices/wire";
import { read, written } from "../src/admin/models/provider/credential";
import { kindOf } from "../src/admin/models/TroubleNote";

const step = fc.record({ deployment: fc.string({ minLength: 1 }), weight: fc.integer({ min: 1, max: 1_000_000 }) });

test("a route that was read and written is the same", () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      expect(stepsOf({ route: routeOf(steps) })).toEqual(steps);
    }),
  );
});

test("the shares of a route are all of the calls", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1 }), (steps) => {
      expect(steps.reduce((sum, each) => sum + shareOf(each, steps), 0)).toBeCloseTo(1, 9);
    }),
  );
});

test("a route without weights shares nothing, and breaks nothing", () => {
  expect(shareOf({ deployment: "a", weight: 0 }, [{ deployment: "a", weight: 0 }])).toBe(0);
});

test("where a credential is can be chosen from a list, whatever its name", () => {
  for (const credential of [{ stored: "a:b" }, { env: "KEY" }, { file: "/run/a:b" }]) {
    expect(read(written(credential))).toEqual(credential);
  }
  expect(read(written(null))).toBeNull();
});

test("the address of a price names it, whatever its name", () => {
  expect(partIn(addressOf(OWN, "a:b"))).toEqual({ kind: OWN, name: "a:b" });
  expect(partIn(addressOf(DISCOUNT))).toEqual({ kind: DISCOUNT, name: "" });
  expect(partIn(addressOf(SETTINGS))).toEqual({ kind: SETTINGS, name: "" });
});

const PRICE: ModelPrice = {
  model: "small",
  deployment: "one",
  provider: "lab",
  upstream_model: "echo",
  tier: "standard",
  origin: "list",
  price_id: "x",
  source: "",
  above_input_tokens: 0,
  per_million: { input: "2.5", output: "10", reasoning: "12" },
  per_request: null,
  per_unit: { image: "0.04" },
  unknown: null,
};

test("a model costs what its dearest deployment does, for short prompts in the usual tier", () => {
  const prices = [
    PRICE,
    { ...PRICE, deployment: "two", per_million: { input: "10", output: "9" } },
    { ...PRICE, deployment: "two", above_input_tokens: 200_000, per_million: { input: "99", output: "99" } },
    { ...PRICE, tier: "priority", per_million: { input: "77", output: "77" } },
  ];

  expect(dearest(prices, "small", "input")).toBe(10);
  expect(dearest(prices, "small", "output")).toBe(10);
  expect(dearest(prices, "another", "input")).toBeNull();
});

test("where the price of one deployment is not known, that of the model is not", () => {
  expect(dearest([PRICE, { ...PRICE, deployment: "two", per_million: {} }], "small", "input")).toBeNull();
});

test("small amounts keep their digits", () => {
  expect(amount("0.000125", "en")).toBe("$0.000125");
  expect(amount("2.5", "en")).toBe("$2.50");
  expect(amount(null, "en")).toBeNull();
});

test("what is charged beside input and output is told", () => {
  expect(furtherOf({ ...PRICE, per_request: "0.01" })).toEqual([
    ["reasoning", "12"],
    ["request", "0.01"],
    ["image", "0.04"],
  ]);
});

test("what a vendor forbids is told apart from what the own policy does", () => {
  expect(kindOf({ code: "forbidden", message: "", status: 403 })).toBe("forbidden");
  expect(kindOf({ code: "forbidden", message: "", status: null })).toBe("policy");
  expect(kindOf({ code: "quota", message: "", status: 429 })).toBe("billing");
  expect(kindOf({ code: "what is this", message: "", status: 500 })).toBe("vendor");
});
