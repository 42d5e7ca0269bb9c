import { useQuery } from "@tanstack/react-query";
import { api, taken } from "../api/client";
import type { components } from "../api/schema";

type Bodies = components["schemas"];

export type Health = Bodies["HealthBody"];
export type Problem = Bodies["ProblemBody"];
export type Installation = Bodies["InstallationBody"];
export type ProviderHealth = Bodies["ProviderHealthBody"];

const LOOK_EVERY_MS = 5000;

/** How things are, looked at anew every few seconds while the page is open. */
export function useHealth() {
  return useQuery({
    queryKey: ["health"],
    queryFn: async (): Promise<Health> => taken(await api.GET("/api/health")),
    refetchInterval: LOOK_EVERY_MS,
    retry: false,
  });
}
