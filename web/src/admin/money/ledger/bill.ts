import { readCost } from "../../../money/amounts";

/** One line of a vendor's bill, by one of the ids of its call. */
export interface BillLine {
  attempt_id?: string;
  provider_request_id?: string;
  cost: bigint;
}

export const COLUMNS = ["attempt_id", "provider_request_id", "cost_usd"] as const;
/** As many lines as the API takes at once: lines of one call have to come together. */
export const MOST_LINES = 5000;

/** Why a file is no bill, and in which of its lines. */
export type BillFault = { fault: "columns" } | { fault: "empty" } | { fault: "long"; most: number } | { fault: "id" | "cost"; line: number };

const ATTEMPT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Read a bill: CSV whose first line names the columns, as the command line takes it. */
export function readBill(text: string): BillLine[] | BillFault {
  const [head = [], ...rows] = readCsv(text.replace(/^\uFEFF/, ""));
  const [attempt, request, cost] = COLUMNS.map((name) => head.indexOf(name)) as [number, number, number];
  if (cost < 0 || (attempt < 0 && request < 0)) {
    return { fault: "columns" };
  }
  if (rows.length === 0 || rows.length > MOST_LINES) {
    return rows.length === 0 ? { fault: "empty" } : { fault: "long", most: MOST_LINES };
  }
  const lines: BillLine[] = [];
  for (const [index, row] of rows.entries()) {
    const line = readLine([attempt, request, cost].map((at) => row[at] ?? "") as [string, string, string]);
    if (typeof line === "string") {
      return { fault: line, line: index + 2 };
    }
    lines.push(line);
  }
  return lines;
}

function readLine([attempt, request, written]: [string, string, string]): BillLine | "id" | "cost" {
  const cost = readCost(written);
  if ((attempt === "") === (request === "") || (attempt && !ATTEMPT.test(attempt))) {
    return "id";
  }
  if (cost === null) {
    return "cost";
  }
  return attempt ? { attempt_id: attempt, cost } : { provider_request_id: request, cost };
}

/** Split CSV into its cells, after RFC 4180; lines without anything are left out. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain = "", end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|\r|$)/g)) {
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end !== ",") {
      if (row.some((cell) => cell !== "")) {
        rows.push(row);
      }
      row = [];
    }
  }
  return rows;
}
