import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, taken } from "../../api/client";
import type { components } from "../../api/schema";
import { type Exact, readExact } from "../exact";
import type { Verdict } from "./windows";

type Schemas = components["schemas"];
export type BudgetOverview = Exact<Schemas["OverviewBody"]>;

const AT_ONCE = 500;
const WINDOWS = 50;
const REQUESTS = 50;

/** How every budget that one may read stands on the whole, by its name. */
export function useBudgetStates() {
  return useQuery({
    queryKey: ["budgets", "states"],
    queryFn: async () => {
      const found = new Map<string, BudgetOverview>();
      let cursor: string | null = "";
      while (cursor !== null) {
        const query = cursor ? { limit: AT_ONCE, cursor } : { limit: AT_ONCE };
        const reply: { data?: string } = await api.GET("/api/budget-states", { params: { query }, parseAs: "text" });
        const page = readExact<Schemas["OverviewPage"]>(reply.data ?? "");
        page.budgets.forEach((each) => found.set(each.budget, each));
        cursor = page.next_cursor;
      }
      return found;
    },
  });
}

/** How the windows of one budget stand: one, or of a budget for each that of everyone who has used it. */
export function useWindows(name: string) {
  return useInfiniteQuery({
    queryKey: ["budgets", "state", name],
    queryFn: async ({ pageParam }) => {
      const query = pageParam ? { limit: WINDOWS, cursor: pageParam } : { limit: WINDOWS };
      const options = { params: { path: { name }, query }, parseAs: "text" } as const;
      const reply = await api.GET("/api/budgets/{name}/state", options);
      return readExact<Schemas["StateBody"]>(reply.data ?? "");
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
  });
}

/** Requests for more that one may see, the newest first; of a state, or all. */
export function useRequests(state: Schemas["RequestBody"]["state"] | "all") {
  return useInfiniteQuery({
    queryKey: ["budgets", "requests", "seen", state],
    queryFn: async ({ pageParam }) => {
      const place = pageParam ? { cursor: pageParam } : {};
      const query = { limit: REQUESTS, ...(state === "all" ? {} : { state }), ...place };
      const reply = await api.GET("/api/budget-requests", { params: { query }, parseAs: "text" });
      return readExact<Schemas["RequestPage"]>(reply.data ?? "");
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
  });
}

interface Decision {
  id: string;
  verdict: Verdict;
  answer: string;
}

export function useDecide() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, verdict, answer }: Decision) => {
      const options = { params: { path: { request_id: id } }, body: { answer } };
      return taken(
        verdict === "approve"
          ? await api.POST("/api/budget-requests/{request_id}/approve", options)
          : await api.POST("/api/budget-requests/{request_id}/refuse", options),
      );
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["budgets"] }),
  });
}
