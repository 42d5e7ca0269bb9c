// @vitest-environment jsdom
import fc from "fast-check";
import { expect, test } from "vitest";
import { balancesCsv } from "../src/admin/money/ledger/ledger";
import { readBill } from "../src/admin/money/ledger/bill";
import { halves, part, plainUsd, readCost, readUsd, roundUsd, wholeUsd } from "../src/money/amounts";
import { type BudgetWindow, holderOf, standing } from "../src/money/budgets/windows";
import { readExact } from "../src/money/exact";

const amounts = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

test("an amount of any size comes out of the API's JSON as it went in", () => {
  fc.assert(
    fc.property(amounts, fc.string(), (amount, name) => {
      const text = `{"name":${JSON.stringify(name)},"cost_nanousd":${amount},"rest":[{"cost_nanousd":null,"count":12}]}`;

      const read = readExact<{ name: string; cost_nanousd: number; rest: { cost_nanousd: number | null; count: number }[] }>(text);

      expect(read).toEqual({ name, cost_nanousd: amount, rest: [{ cost_nanousd: null, count: 12 }] });
    }),
  );
});

test("digits within a text of the API are left alone", () => {
  expect(readExact<{ reason: string; ratio: number }>('{"reason":"call 12345678901234567890, \\"9007199254740993\\"","ratio":0.1234567890123456}')).toEqual({
    reason: 'call 12345678901234567890, "9007199254740993"',
    ratio: 0.1234567890123456,
  });
});

test("what is written plainly is read again as the same amount", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), (amount) => {
      expect(readCost(plainUsd(amount))).toBe(amount);
    }),
  );
});

test.each([
  [1_234_567_890_123_456_789n, "en", "$1,234,567,890.123456789"],
  [1_234_567_890_123_456_789n, "de", "1.234.567.890,123456789\u00a0$"],
  [0n, "en", "$0.00"],
  [1n, "en", "$0.000000001"],
  [-1_500_000_000n, "en", "-$1.50"],
])("%s nano-dollars are written to the last digit in %s", (amount, language, expected) => {
  expect(wholeUsd(amount, language)).toBe(expected);
  const { upToCents, beyond, behind } = halves(amount, language);
  expect(upToCents + beyond + behind).toBe(expected);
});

test("an axis says cents, and below a cent two digits that count", () => {
  expect([12_345_678_901n, 1_234_567n, 0n].map((amount) => roundUsd(amount, "en"))).toEqual(["$12.35", "$0.0012", "$0.00"]);
});

test.each(["", "0", "-1", "1,2,3", "1e3", "ten", "0.0000000001", "12345678901"])("%j is nothing to ask for", (typed) => {
  expect(readUsd(typed)).toBeNull();
});

test("dollars are typed with a point or with a comma", () => {
  expect([readUsd("50"), readUsd(" 0.5 "), readUsd("0,50")]).toEqual([50_000_000_000n, 500_000_000n, 500_000_000n]);
});

test("a part is of the whole, and of nothing there is none", () => {
  expect([part(1n, 3n), part(2n, 2n), part(1n, 0n)]).toEqual([0.333, 1, 0]);
});

const window: BudgetWindow = {
  budget: "research",
  hard: true,
  holder: null,
  begins: "2026-11-01T00:00:00Z",
  ends: "2026-12-01T00:00:00Z",
  limit_nanousd: 100n,
  extra_nanousd: 0n,
  posted_nanousd: 40n,
  held_nanousd: 10n,
  overage_nanousd: 0n,
  suspense_nanousd: 0n,
  headroom_nanousd: 50n,
  forecast_nanousd: 80n,
};

test.each([
  ["good", {}],
  ["ahead", { forecast_nanousd: 101n }],
  ["near", { posted_nanousd: 90n, headroom_nanousd: 1n }],
  ["over", { headroom_nanousd: 0n }],
  ["over", { hard: false, headroom_nanousd: null, posted_nanousd: 120n }],
  ["good", { forecast_nanousd: null }],
])("a window is %s where %o", (state, changed) => {
  expect(standing({ ...window, ...changed }).state).toBe(state);
});

test("of a window that only counts, what is left is what was not spent", () => {
  expect(standing({ ...window, hard: false, headroom_nanousd: null, held_nanousd: 0n }).left).toBe(60n);
});

test("a request for more says for which key or project it is, where that must be said", () => {
  const holders = [null, "user:ana", "key:0192", "project:a:b"].map((holder) => holderOf({ ...window, holder }));

  expect(holders).toEqual([{}, {}, { key_id: "0192" }, { project: "a:b" }]);
});

const ATTEMPT = "01930000-0000-7000-8000-000000000001";

test("a bill is read by the names of its columns, in any order, with quotes and credits", () => {
  const text = `\uFEFFnote,cost_usd,provider_request_id,attempt_id\r\n"a, ""b""",0.0123,req-1,\r\n\r\n,-1,,${ATTEMPT}\r\n`;

  expect(readBill(text)).toEqual([
    { provider_request_id: "req-1", cost: 12_300_000n },
    { attempt_id: ATTEMPT, cost: -1_000_000_000n },
  ]);
});

test.each([
  ["", { fault: "columns" }],
  ["cost_usd\n1\n", { fault: "columns" }],
  ["attempt_id,cost_usd\n", { fault: "empty" }],
  [`attempt_id,cost_usd\n${ATTEMPT},1\nx,1\n`, { fault: "id", line: 3 }],
  [`attempt_id,provider_request_id,cost_usd\n${ATTEMPT},req,1\n`, { fault: "id", line: 2 }],
  ["provider_request_id,cost_usd\nreq,one\n", { fault: "cost", line: 2 }],
  [`provider_request_id,cost_usd\n${"req,1\n".repeat(5001)}`, { fault: "long", most: 5000 }],
])("a file that is no bill says why: %#", (text, fault) => {
  expect(readBill(text)).toEqual(fault);
});

test("balances as CSV have every digit, and no text that a spreadsheet would take for a formula", () => {
  const csv = balancesCsv([
    { month: "2026-10-01", account: "cost_centre", name: "=1+1", amount_nanousd: 9_007_199_254_740_993n },
    { month: "2026-10-01", account: "vendor_payable", name: 'a, "b"', amount_nanousd: -9_007_199_254_740_993n },
  ]);

  expect(csv.split("\r\n")).toEqual([
    "month,account,name,amount_nanousd,amount_usd",
    "2026-10,cost_centre,'=1+1,9007199254740993,9007199.254740993",
    '2026-10,vendor_payable,"a, ""b""",-9007199254740993,-9007199.254740993',
    "",
  ]);
});
