/** Keys of the API, and what is done with them. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, taken } from "../api/client";
import type { components } from "../api/schema";

type Bodies = components["schemas"];

export type Key = Bodies["KeyBody"];
export type IssuedKey = Bodies["IssuedKeyBody"];
export type KeyState = Key["state"];

export interface WantedKey {
  owner: string;
  name: string;
  admin: boolean;
  strict: boolean;
  project: string | null;
  /** In days from now; null: never. */
  days: number | null;
}

/** Which keys are meant: one's own, or all that one may look after. */
export type Whose = "own" | "all";

const KEYS = ["keys"] as const;
const PAGE = 100;
const DAY_MS = 86_400_000;

export interface KeyFilter {
  /** Null: in any. */
  state: KeyState | null;
  /** The name of one owner, where all keys are asked for; null: of anybody. */
  owner: string | null;
}

/** Keys that pass a filter. */
export function useKeys(whose: Whose, { state, owner }: KeyFilter, isAsked = true) {
  const query = useInfiniteQuery({
    queryKey: [...KEYS, whose, state, owner],
    queryFn: async ({ pageParam }) => {
      const query = { limit: PAGE, ...(state ? { state } : {}), ...(pageParam ? { cursor: pageParam } : {}) };
      return whose === "own"
        ? taken(await api.GET("/api/me/keys", { params: { query } }))
        : taken(await api.GET("/api/keys", { params: { query: { ...query, ...(owner ? { owner } : {}) } } }));
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData, // What the filters stand in stays, and the focus with it.
    enabled: isAsked,
  });
  const keys = useMemo(() => query.data?.pages.flatMap((page) => page.keys) ?? [], [query.data]);
  return { ...query, keys };
}

/** Whom a key can speak for, people first. */
export function useOwners(isAsked: boolean) {
  return useQuery({
    queryKey: ["key-owners"],
    enabled: isAsked,
    queryFn: async () => {
      const kinds = ["user", "service_account"] as const;
      const pages = kinds.map((kind) => api.GET("/api/principals", { params: { query: { kind, limit: PAGE } } }));
      const found = (await Promise.all(pages)).flatMap((page) => taken(page).principals);
      return found.filter((principal) => principal.suspended_at === null).map((principal) => principal.name);
    },
  });
}

function useChange<Wanted, Result>(act: (wanted: Wanted) => Promise<Result>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: act, onSuccess: () => queries.invalidateQueries({ queryKey: KEYS }) });
}

/** Of one's own keys, the owner and what makes an admin key are not asked. */
export const useCreateKey = (whose: Whose) =>
  useChange(async ({ days, owner, admin, ...own }: WantedKey): Promise<IssuedKey> => {
    const expires_at = days === null ? null : new Date(Date.now() + days * DAY_MS).toISOString();
    const body = { ...own, expires_at };
    return whose === "own"
      ? taken(await api.POST("/api/me/keys", { body }))
      : taken(await api.POST("/api/keys", { body: { ...body, owner, admin } }));
  });

const of = (id: string) => ({ params: { path: { key_id: id } } });

export const useRotateKey = (whose: Whose) =>
  useChange(async ({ id, graceS }: { id: string; graceS: number }): Promise<IssuedKey> => {
    const path = whose === "own" ? "/api/me/keys/{key_id}/rotate" : "/api/keys/{key_id}/rotate";
    return taken(await api.POST(path, { ...of(id), body: { grace_s: graceS } }));
  });

export const useRevokeKey = (whose: Whose) =>
  useChange(async (id: string) => {
    const path = whose === "own" ? "/api/me/keys/{key_id}/revoke" : "/api/keys/{key_id}/revoke";
    return taken(await api.POST(path, of(id)));
  });

export const useUnfreezeKey = () =>
  useChange(async (id: string) => taken(await api.POST("/api/keys/{key_id}/unfreeze", of(id))));
