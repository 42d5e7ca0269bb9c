import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, taken } from "../../api/client";
import type { components } from "../../api/schema";
import { type Exact, readExact } from "../exact";

type Schemas = components["schemas"];
export type BudgetWindow = Exact<Schemas["WindowBody"]>;
export type MoreRequest = Exact<Schemas["RequestBody"]>;
export type NewRequest = Schemas["NewRequestBody"];
export type Verdict = "approve" | "refuse";

const REQUESTS = 100;

/** How full a window is: what is spent and held, and what is left, add up to the limit unless more was spent. */
export interface Standing {
  spent: bigint;
  held: bigint;
  left: bigint;
  /** `over`: nothing is left; `near`: nine tenths are spent; `ahead`: it will be more than the limit, as it goes. */
  state: "good" | "ahead" | "near" | "over";
}

export function standing(window: BudgetWindow): Standing {
  const spent = window.posted_nanousd + window.overage_nanousd;
  const counted = window.limit_nanousd - spent;
  const left = window.headroom_nanousd ?? (counted > 0n ? counted : 0n);
  return { spent, held: window.held_nanousd, left, state: stateOf(window, spent, left) };
}

function stateOf(window: BudgetWindow, spent: bigint, left: bigint): Standing["state"] {
  if (left === 0n) {
    return "over";
  }
  if (spent * 10n >= window.limit_nanousd * 9n) {
    return "near";
  }
  return window.forecast_nanousd !== null && window.forecast_nanousd > window.limit_nanousd ? "ahead" : "good";
}

/** For whom a window is, as a request for more has to say it. */
export function holderOf(window: BudgetWindow): Pick<NewRequest, "key_id" | "project"> {
  const [kind, ...rest] = (window.holder ?? "").split(":");
  const name = rest.join(":");
  if (kind === "key") {
    return { key_id: name };
  }
  return kind === "project" ? { project: name } : {};
}

export function useOwnBudgets() {
  return useQuery({
    queryKey: ["budgets", "own"],
    queryFn: async () => {
      const reply = await api.GET("/api/me/budgets", { parseAs: "text" });
      return readExact<Schemas["OwnBudgetsBody"]>(reply.data ?? "").windows;
    },
  });
}

export function useOwnRequests() {
  return useQuery({
    queryKey: ["budgets", "requests", "own"],
    queryFn: async () => {
      const reply = await api.GET("/api/me/budget-requests", { params: { query: { limit: REQUESTS } }, parseAs: "text" });
      return readExact<Schemas["RequestPage"]>(reply.data ?? "").budget_requests;
    },
  });
}

export function useAskForMore() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (body: NewRequest) => taken(await api.POST("/api/me/budget-requests", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["budgets"] }),
  });
}
