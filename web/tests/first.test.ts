import { expect, test } from "vitest";
import { milliseconds, since } from "../src/health/measures";
import { sizeOf } from "../src/ui/sizes";
import { exportLine, snippetsFor } from "../src/snippets/snippets";

test("snippets name the address and the model, and leave nothing to be filled in", () => {
  const texts = snippetsFor("https://ai.example.com", "$&-odd").flatMap((snippet) => snippet.steps.map((step) => step.text));
  const all = texts.join("\n");

  expect(all).not.toMatch(/\{(url|model)\}/);
  expect(all).toContain("curl https://ai.example.com/v1/chat/completions");
  expect(all).toContain('model = "$&-odd"');
});

test("no snippet holds a key: all of them take it from the same variable", () => {
  for (const snippet of snippetsFor("http://localhost:8080", "m")) {
    const text = snippet.steps.map((step) => step.text).join("\n");
    expect([snippet.id, text.includes("DRAWBRIDGE_KEY")]).toEqual([snippet.id, true]);
    expect(text).not.toContain("dbk_");
  }
  expect(exportLine("dbk_x")).toBe("export DRAWBRIDGE_KEY=dbk_x");
});

test("sizes are written in the largest unit of which there is one", () => {
  expect(sizeOf(0, "en")).toBe("0 bytes");
  expect(sizeOf(1536, "en")).toBe("1.5 kB");
  expect(sizeOf(3 * 1024 ** 3, "en")).toBe("3 GB");
  expect(sizeOf(5000 * 1024 ** 4, "en")).toBe("5,000 TB");
});

test("lengths of time are written in what one can tell apart", () => {
  expect(milliseconds(0.42, "en")).toBe("0.4 ms");
  expect(milliseconds(123.4, "de")).toBe("123 ms");
  expect(since(90, "en")).toBe("90 seconds");
  expect(since(600, "de")).toBe("10 Minuten");
});
