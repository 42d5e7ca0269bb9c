/** Keys of the API, and what is done with them. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
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

const KEYS = ["keys"] as const;
const PAGE = 100;
const DAY_MS = 86_400_000;

/** Keys in a state, null for all of them. */
export function useKeys(state: KeyState | null, isAsked = true) {
  const query = useInfiniteQuery({
    queryKey: [...KEYS, state],
    queryFn: async ({ pageParam }) => {
      const asked = { limit: PAGE, ...(state ? { state } : {}), ...(pageParam ? { cursor: pageParam } : {}) };
      return taken(await api.GET("/api/keys", { params: { query: asked } }));
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    enabled: isAsked,
  });
  const keys = useMemo(() => query.data?.pages.flatMap((page) => page.keys) ?? [], [query.data]);
  return { ...query, keys };
}

/** Whom a key can speak for, people first. */
export function useOwners() {
  return useQuery({
    queryKey: ["key-owners"],
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

export const useCreateKey = () =>
  useChange(async ({ days, ...wanted }: WantedKey): Promise<IssuedKey> => {
    const expires_at = days === null ? null : new Date(Date.now() + days * DAY_MS).toISOString();
    return taken(await api.POST("/api/keys", { body: { ...wanted, expires_at } }));
  });

const of = (id: string) => ({ params: { path: { key_id: id } } });

export const useRotateKey = () =>
  useChange(
    async ({ id, graceS }: { id: string; graceS: number }): Promise<IssuedKey> =>
      taken(await api.POST("/api/keys/{key_id}/rotate", { ...of(id), body: { grace_s: graceS } })),
  );

export const useRevokeKey = () =>
  useChange(async (id: string) => taken(await api.POST("/api/keys/{key_id}/revoke", of(id))));

export const useUnfreezeKey = () =>
  useChange(async (id: string) => taken(await api.POST("/api/keys/{key_id}/unfreeze", of(id))));
