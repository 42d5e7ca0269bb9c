import fc from "fast-check";
import { expect, test } from "vitest";
import { attributesFrom, attributesIn, isConditional, withoutEmpty } from "../src/admin/access/grants";
import { readFilters } from "../src/admin/kit/filters";
import { compare, withWords } from "../src/admin/kit/tableRows";
import { partOf } from "../src/admin/kit/yaml";

const FILE = `version: 1
teams:
  lab: {}
  research:
    display_name: Research
    parent: lab
users:
  ana: {email: ana@example.com}
  'no': {}
`;

test("a section's part of a file is what stands below its name, and ends where the next begins", () => {
  expect(partOf(FILE, ["teams"])).toBe("teams:\n  lab: {}\n  research:\n    display_name: Research\n    parent: lab\n");
  expect(partOf(FILE, ["users", "teams"]).split("\n")[0]).toBe("users:");
  expect(partOf(FILE, ["grants"])).toBe("");
});

test("one object's part stands below the section's name, whether its own is quoted or not", () => {
  expect(partOf(FILE, ["teams"], "research")).toBe("teams:\n  research:\n    display_name: Research\n    parent: lab\n");
  expect(partOf(FILE, ["users"], "ana")).toBe("users:\n  ana: {email: ana@example.com}\n");
  expect(partOf(FILE, ["users"], "no")).toBe("users:\n  'no': {}\n");
  expect(partOf(FILE, ["users"], "an")).toBe("");
});

test("rows are found by words in any column, and ordered with their numbers by size", () => {
  const columns = [{ value: (row: { name: string; team: string }) => row.name }, { value: (row: { name: string; team: string }) => row.team }];
  const rows = [
    { name: "Ana", team: "research" },
    { name: "Bob", team: "sales" },
  ];

  expect(withWords(rows, columns, "RESEARCH an").map((row) => row.name)).toEqual(["Ana"]);
  expect(withWords(rows, columns, "  ")).toEqual(rows);
  expect(["bot-10", "bot-9", "Bot-1"].sort(compare)).toEqual(["Bot-1", "bot-9", "bot-10"]);
  expect(compare(10, 9)).toBeGreaterThan(0);
});

test("filters are read from an address as texts, whatever it made of them, and empty ones are none", () => {
  expect(readFilters({ actor: "ana", number: 5, flag: true, empty: "", gone: null, odd: { a: 1 } })).toEqual({
    actor: "ana",
    number: "5",
    flag: "true",
  });
});

test("attributes written as words say the same when they are read", () => {
  const name = fc.stringMatching(/^[a-z_]{1,8}$/).filter((text) => text !== "__proto__");
  const value = fc.stringMatching(/^[a-z0-9=-]{1,8}$/);
  fc.assert(
    fc.property(fc.dictionary(name, fc.uniqueArray(value, { minLength: 1, maxLength: 3 })), (where) => {
      expect({ ...attributesFrom(attributesIn(where)) }).toEqual({ ...where });
    }),
  );
});

test("conditions that say nothing are left out, and do not make a grant conditional", () => {
  expect(withoutEmpty({ products: [], where: {}, not_before: null, not_after: "", cost_at_most_usd: "0.50" })).toEqual({
    cost_at_most_usd: "0.50",
  });
  expect(isConditional({ to: "everyone", when: {} })).toBe(false);
  expect(isConditional({ to: "everyone", when: { products: ["chat"] } })).toBe(true);
  expect(isConditional({ to: "everyone", within: "team:lab" })).toBe(true);
});
