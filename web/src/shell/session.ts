import { useQuery } from "@tanstack/react-query";
import { api, taken } from "../api/client";
import type { components } from "../api/schema";

export type Me = components["schemas"]["MeBody"];

/** Who is signed in. Where nobody is, the browser leaves for the sign-in page. */
export function useMe() {
  return useQuery({ queryKey: ["me"], queryFn: async (): Promise<Me> => taken(await api.GET("/api/me")) });
}

export async function signOut(): Promise<void> {
  await api.POST("/api/auth/sign-out");
  location.assign("/sign-in");
}
