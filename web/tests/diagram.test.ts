import { expect, test } from "vitest";
import { isDraw, isDrawn } from "../src/diagram/messages";

test.each([[null], ["drawn"], [{}], [{ kind: "drawn" }], [{ kind: "drawn", heightPx: "9" }], [{ kind: "drawn", heightPx: Infinity }], [{ kind: "failed" }], [{ kind: "failed", why: {} }], [{ kind: "other", why: "" }]])(
  "what a frame was talked into saying is not gone by: %j",
  (said) => {
    expect(isDrawn(said)).toBe(false);
  },
);

test("what the frame and its page say to each other is understood", () => {
  expect(isDrawn({ kind: "drawn", heightPx: 120 })).toBe(true);
  expect(isDrawn({ kind: "failed", why: "" })).toBe(true);
  expect(isDraw({ kind: "draw", text: "", isDark: false, language: "en" })).toBe(true);
  expect(isDraw("axe.ping")).toBe(false);
});
