import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import de from "../src/i18n/de";
import en from "../src/i18n/en";

type Words = { [key: string]: string | Words };

function flat(words: Words, before = ""): Map<string, string> {
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(words)) {
    const inner = typeof value === "string" ? new Map([[`${before}${key}`, value]]) : flat(value, `${before}${key}.`);
    for (const [path, text] of inner) {
      all.set(path, text);
    }
  }
  return all;
}

const source = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".d.ts"))
  .map((name) => readFileSync(join("src", name), "utf8"))
  .join("\n");

const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

test("every language says everything that another says", () => {
  expect([...flat(de).keys()]).toEqual([...flat(en).keys()]);
});

test("every text names what is put into it, in every language", () => {
  const english = flat(en);
  for (const [key, text] of flat(de)) {
    expect([key, placeholders(text)]).toEqual([key, placeholders(english.get(key) ?? "")]);
  }
});

test("no text is empty, and none was forgotten to be translated", () => {
  const same = new Set([
    "language.en",
    "language.de",
    "chat.cameTo",
    // The same word in both languages.
    "admin.title",
    "admin.area.first",
    "admin.form.name",
    "access.team",
    "invitations.name",
    "teams.title",
    "deployments.title",
    "usage.group.team",
    "budgets.title",
    "organisation.title",
  ]);
  const english = flat(en);
  for (const [key, text] of flat(de)) {
    expect(text.trim(), key).not.toBe("");
    expect(same.has(key) || text !== english.get(key), key).toBe(true);
  }
});

test("every text is used", () => {
  const used = new Set([...source.matchAll(/\bt\(\s*["`]([\w.]+)/g)].map(([, key]) => key));
  const unused = [...flat(en).keys()].filter((key) => {
    const plain = key.replace(/_(?:one|other)$/, "");
    return !used.has(plain) && !used.has(`${plain.split(".").slice(0, -1).join(".")}.`);
  });

  expect(unused).toEqual([]);
});

test("no text stands in the pages themselves", () => {
  const bare = [...source.matchAll(/>\s*([A-Z][a-z]+(?: [a-z]+)+[.!?]?)\s*</g)].map(([, text]) => text);

  expect(bare).toEqual([]);
});
