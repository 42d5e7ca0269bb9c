import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api } from "../api/client";
import type { components } from "../api/schema";
import { type Exact, readExact } from "../money/exact";
import type { Group, Query, Scope } from "./asked";

type Schemas = components["schemas"];
type TotalsBody = Schemas["drawbridge__usage__http__TotalsBody"];
export type Totals = Exact<TotalsBody>;
export type Total = Totals["totals"][number];
export type Calls = Exact<Schemas["UsagePage"]>;
export type Call = Calls["usage"][number];
type Dimension = TotalsBody["by"][number];

export const MOST_ROWS = 1000;
/** Steps times groups: what is more is not drawn divided. */
export const MOST_POINTS = 20_000;
const CALLS_AT_ONCE = 50;

export function useTotals(scope: Scope, query: Query, by: Dimension[], limit = MOST_ROWS) {
  const wanted = { ...query, by, limit };
  return useQuery({
    queryKey: ["usage", scope, "totals", wanted],
    queryFn: async (): Promise<Totals> => readExact<TotalsBody>(await askTotals(scope, wanted)),
    placeholderData: keepPreviousData,
  });
}

export function useCalls(scope: Scope, query: Query) {
  return useInfiniteQuery({
    queryKey: ["usage", scope, "calls", query],
    queryFn: async ({ pageParam }): Promise<Calls> => {
      const place = pageParam ? { cursor: pageParam } : {};
      return readExact<Schemas["UsagePage"]>(await askCalls(scope, { ...query, ...place, limit: CALLS_AT_ONCE }));
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
  });
}

/** How groups are called, by their ids: of single calls, the API says the ids alone. */
export function useNames(scope: Scope, query: Query, group: Group): ReadonlyMap<string, string> {
  const { data } = useTotals(scope, query, [group]);
  return new Map(data?.totals.map((total) => [total.ids[group] ?? "", total.group[group] ?? ""]));
}

async function askTotals(scope: Scope, query: Query): Promise<string> {
  const options = { params: { query }, parseAs: "text" } as const;
  const reply = scope === "own" ? await api.GET("/api/me/usage/totals", options) : await api.GET("/api/usage/totals", options);
  return reply.data ?? "";
}

async function askCalls(scope: Scope, query: Omit<Query, "by"> & { cursor?: string }): Promise<string> {
  const options = { params: { query }, parseAs: "text" } as const;
  const reply = scope === "own" ? await api.GET("/api/me/usage", options) : await api.GET("/api/usage", options);
  return reply.data ?? "";
}
