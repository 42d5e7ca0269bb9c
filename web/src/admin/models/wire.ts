/** What the API says of vendors, of what was tried out, and of secrets. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, taken } from "../../api/client";
import type { components } from "../../api/schema";

type Bodies = components["schemas"];

export type Preset = Bodies["PresetBody"];
export type Probe = Bodies["ProbeBody"];
export type Secret = Bodies["SecretBody"];
export type Served = Bodies["ServedBody"];
export type Trouble = Bodies["TroubleBody"];

const PAGE = 500;
const SECRETS = ["secrets"];

/** The vendors that are known. */
export function usePresets(): readonly Preset[] {
  const { data } = useQuery({
    queryKey: ["provider-presets"],
    queryFn: async () => taken(await api.GET("/api/provider-presets")),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data?.presets ?? [];
}

/** The models that a provider says it serves. The provider is asked anew each time it is asked for. */
export function useServed(provider: string, isWanted: boolean) {
  return useQuery({
    queryKey: ["provider-models", provider],
    queryFn: async () => taken(await api.GET("/api/provider-models", { params: { query: { provider } } })),
    enabled: isWanted && provider !== "",
    staleTime: 60_000,
    retry: false,
  });
}

/** Make one small call to a deployment. */
export function useProbe() {
  return useMutation({
    mutationFn: async (name: string) => taken(await api.POST("/api/deployments/{name}/test", { params: { path: { name } } })),
  });
}

async function allSecrets(): Promise<Secret[]> {
  const found: Secret[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = cursor === null ? { limit: PAGE } : { limit: PAGE, cursor };
    const page: Bodies["SecretPage"] = taken(await api.GET("/api/secrets", { params: { query } }));
    found.push(...page.secrets);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return found;
}

/** The names of the stored secrets; nobody gets to see their values. */
export function useSecrets() {
  return useQuery({ queryKey: SECRETS, queryFn: allSecrets });
}

export function useStoreSecret() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, value }: { name: string; value: string }) => {
      await api.PUT("/api/secrets/{name}", { params: { path: { name } }, body: { value } });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: SECRETS }),
  });
}

export function useDeleteSecret() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (name: string) => {
      await api.DELETE("/api/secrets/{name}", { params: { path: { name } } });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: SECRETS }),
  });
}
