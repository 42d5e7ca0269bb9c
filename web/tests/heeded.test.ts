import { expect, test } from "vitest";
import { effortsOf, isSet, unheeded, UNSET } from "../src/chat/settings/heeded";
import type { Message, Model } from "../src/chat/wire";

const MODEL = { name: "m", takes_temperature: true, efforts: ["low"], context_tokens: 100 } as unknown as Model;
const asked = (tokens: number) => ({ input_tokens: tokens, output_tokens: 1 }) as Message;
const NOTHING = { parameters: {}, last: undefined, hasImages: false };

test.each([
  [{}, {}, []],
  [{ takes_temperature: false }, { temperature: 0 }, ["temperature"]],
  [{ takes_temperature: null }, { temperature: 0 }, []],
  [{ takes_temperature: false }, { temperature: null }, []],
  [{ efforts: [] }, { reasoning_effort: "low" as const }, ["effort"]],
  [{ efforts: null }, { reasoning_effort: "low" as const }, []],
  [{}, { reasoning_effort: "high" as const }, ["effort"]],
])("of a model %j and parameters %j, what is not heeded is %j", (model, parameters, found) => {
  expect(unheeded({ ...MODEL, ...model } as Model, { ...NOTHING, parameters })).toEqual(found);
});

test.each([
  [false, true, ["images"]],
  [false, false, []],
  [true, true, []],
  [null, true, []],
])("of a model with images: %j, where there are some: %j, what is not seen is %j", (images, hasImages, found) => {
  expect(unheeded({ ...MODEL, images } as Model, { ...NOTHING, hasImages })).toEqual(found);
});

test("a conversation that is longer than what a model reads is told of", () => {
  expect(unheeded(MODEL, { ...NOTHING, last: asked(99) })).toEqual([]);
  expect(unheeded(MODEL, { ...NOTHING, last: asked(100) })).toEqual(["context"]);
  expect(unheeded(undefined, { ...NOTHING, last: asked(100) })).toEqual([]);
});

test("where nobody knows what a model takes, the usual is offered", () => {
  expect(effortsOf({ ...MODEL, efforts: null })).toEqual(["low", "medium", "high"]);
  expect(effortsOf({ ...MODEL, efforts: [] })).toEqual([]);
});

test("nothing is set where all is empty", () => {
  expect(isSet(UNSET)).toBe(false);
  expect(isSet({ system_prompt: "", parameters: { temperature: null } })).toBe(false);
  expect(isSet({ system_prompt: "", parameters: { temperature: 0 } })).toBe(true);
  expect(isSet({ system_prompt: "x", parameters: {} })).toBe(true);
});
