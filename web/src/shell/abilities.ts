import { useQuery } from "@tanstack/react-query";
import { api, taken } from "../api/client";
import type { components } from "../api/schema";

export type Abilities = components["schemas"]["AbilitiesBody"];
export type Action = Exclude<keyof Abilities, "own_keys">;
export type Kind = Abilities["read"][number];

/** With what kinds of objects one may do something, be it with some of them only. */
export function useAbilities() {
  return useQuery({
    queryKey: ["abilities"],
    queryFn: async (): Promise<Abilities> => taken(await api.GET("/api/me/abilities")),
  });
}

/** Whether one may do something with objects of a kind; false as long as it is not known. */
export function useMay(action: Action, kind: Kind): boolean {
  return useAbilities().data?.[action].includes(kind) ?? false;
}

/** Whether somebody may make and look after keys of their own; false as long as it is not known. */
export function useMayOwnKeys(): boolean {
  return useAbilities().data?.own_keys ?? false;
}
