/** What the API says of prices: what holds, and what an organisation states of its own. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, taken } from "../../../api/client";
import type { components } from "../../../api/schema";

type Bodies = components["schemas"];

export type ModelPrice = Bodies["ModelPriceBody"];
export type Prices = Bodies["PricesEntry"];
export type PriceRow = Bodies["PriceEntry"];
export type Discount = Bodies["DiscountEntry"];
export type ExchangeRate = Bodies["ExchangeRateEntry"];
export type TokenPrices = Bodies["TokenPrices"];
export type Stated = Bodies["PriceObject"];

const STATED = ["prices"];

/** What models cost: all or one, now or at the beginning of a day. */
export function useModelPrices(model: string | null, isWanted: boolean, day = "") {
  const query = { ...(model === null ? {} : { model }), ...(day ? { at: `${day}T00:00:00Z` } : {}) };
  return useQuery({
    queryKey: [...STATED, "models", model, day],
    queryFn: async () => taken(await api.GET("/api/prices/models", { params: { query } })),
    enabled: isWanted,
  });
}

/** What is stated under `prices` in drawbridge.yaml. */
export function useStated() {
  return useQuery({
    queryKey: STATED,
    queryFn: async () => taken(await api.GET("/api/prices")),
    refetchOnWindowFocus: false,
  });
}

/** Write all that is stated, over the version that was read. */
export function usePutStated() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ entry, etag }: { entry: Prices; etag: string }) =>
      taken(await api.PUT("/api/prices", { params: { header: { "If-Match": etag } }, body: entry })),
    onSuccess: async (now) => {
      queries.setQueryData(STATED, now);
      void queries.invalidateQueries({ queryKey: ["export"] });
      await queries.invalidateQueries({ queryKey: STATED });
    },
    // Somebody else may have been faster: what they wrote is read before the next try.
    onError: () => queries.invalidateQueries({ queryKey: STATED, exact: true }),
  });
}
