import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../../api/client";
import type { components } from "../../../api/schema";
import { plainUsd } from "../../../money/amounts";
import { type Exact, readExact } from "../../../money/exact";
import type { BillLine } from "./bill";

type Schemas = components["schemas"];
export type Ledger = Exact<Schemas["LedgerBody"]>;
export type Balance = Ledger["balances"][number];
export type Period = Ledger["periods"][number];
export type Entered = Exact<Schemas["EnteredBody"]>;

const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

export function useLedger() {
  return useQuery({
    queryKey: ["ledger"],
    queryFn: async (): Promise<Ledger> => readExact<Schemas["LedgerBody"]>((await api.GET("/api/ledger", { parseAs: "text" })).data ?? ""),
  });
}

/** A month as the API names it in its address: 2026-10. */
export function monthOf(written: string): string {
  return written.slice(0, 7);
}

export function useChangePeriod() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ month, state }: Period) => {
      await api.PUT("/api/ledger/periods/{month}", { params: { path: { month: monthOf(month) } }, body: { state } });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["ledger"] }),
  });
}

/** What was entered changes what calls cost, so all that shows it is asked for anew. */
function useEntering<Asked>(enter: (asked: Asked) => Promise<string>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (asked: Asked): Promise<Entered> => readExact<Schemas["EnteredBody"]>(await enter(asked)),
    onSettled: async () => {
      void queries.invalidateQueries({ queryKey: ["usage"] });
      void queries.invalidateQueries({ queryKey: ["budgets"] });
      await queries.invalidateQueries({ queryKey: ["ledger"] });
    },
  });
}

export interface Bill {
  provider: string;
  source: string;
  reason: string;
  lines: readonly BillLine[];
}

export function useEnterBill() {
  return useEntering(async ({ lines, ...bill }: Bill) => {
    const body = { ...bill, lines: lines.map(({ cost, ...line }) => ({ ...line, cost_nanousd: Number(cost) })) };
    return (await api.POST("/api/ledger/bills", { body, parseAs: "text" })).data ?? "";
  });
}

export interface Correction {
  attempt: string;
  cost: bigint;
  source: string;
  reason: string;
}

export function useCorrect() {
  return useEntering(async ({ attempt, cost, source, reason }: Correction) => {
    const body = { attempt_id: attempt, cost_nanousd: Number(cost), source, reason };
    return (await api.POST("/api/ledger/corrections", { body, parseAs: "text" })).data ?? "";
  });
}

/** Write balances as CSV, with amounts to the last digit and nothing that a spreadsheet takes for a formula. */
export function balancesCsv(balances: readonly Balance[]): string {
  const rows = balances.map((each) => [monthOf(each.month), each.account, each.name, String(each.amount_nanousd), plainUsd(each.amount_nanousd)]);
  return [["month", "account", "name", "amount_nanousd", "amount_usd"], ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function cell(value: string, column: number): string {
  const isText = column < 3;
  const safe = isText && FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
