/** Who can answer: providers that are there, vendors whose key somebody has, and servers on the machine. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, taken } from "../api/client";
import { Refusal } from "../api/refusal";
import type { components } from "../api/schema";

type Bodies = components["schemas"];
type Preset = NonNullable<Bodies["ProviderEntry"]["preset"]>;

export type Provider = Bodies["ProviderObject"];
export type LocalServer = Bodies["FoundServerBody"];

export const REHEARSAL = "rehearsal";

/** The vendors for whom a key is all that is needed, the best known first. */
export const VENDORS = [
  { preset: "openai", title: "OpenAI" },
  { preset: "anthropic", title: "Anthropic" },
  { preset: "gemini", title: "Google Gemini" },
  { preset: "mistral", title: "Mistral" },
  { preset: "groq", title: "Groq" },
  { preset: "deepseek", title: "DeepSeek" },
  { preset: "xai", title: "xAI" },
  { preset: "openrouter", title: "OpenRouter" },
  { preset: "together", title: "Together AI" },
  { preset: "fireworks", title: "Fireworks AI" },
  { preset: "cerebras", title: "Cerebras" },
  { preset: "cohere", title: "Cohere" },
] as const satisfies readonly { preset: Preset; title: string }[];

export type Vendor = (typeof VENDORS)[number]["preset"];

const PAGE = 100;
const MOST_MODELS = 20;
const EXISTS = 412;
const IF_NEW = { header: { "If-None-Match": "*" } };

const modelsOf = (name: string) => ["provider-models", name] as const;

export function useProviders() {
  return useQuery({
    queryKey: ["providers"],
    queryFn: async () => taken(await api.GET("/api/providers", { params: { query: { limit: PAGE } } })).providers,
  });
}

/** What a provider says that it serves, or why it does not: its key may be wrong, or its address. */
export function useServed(name: string) {
  const queries = useQueryClient();
  return useQuery({
    queryKey: modelsOf(name),
    queryFn: async () => {
      const served = taken(await api.GET("/api/provider-models", { params: { query: { provider: name } } }));
      // It answers when a change has arrived where calls are decided: only now are its models there to choose from.
      void queries.invalidateQueries({ queryKey: ["models"] });
      return served;
    },
    retry: false,
  });
}

export function useLocalServers() {
  return useQuery({
    queryKey: ["local-servers"],
    queryFn: async () => taken(await api.GET("/api/local-servers")).servers,
  });
}

function useAdding<Wanted>(add: (wanted: Wanted) => Promise<string>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: add,
    // Also where it failed: the first of several objects may be there.
    onSettled: (name) => {
      if (name) {
        void queries.invalidateQueries({ queryKey: modelsOf(name) });
      }
      return queries.invalidateQueries({ queryKey: ["providers"] });
    },
  });
}

/** Store a vendor's key and use it, in the place of whatever the provider had; return the provider's name. */
export const useVendorKey = () =>
  useAdding(async ({ vendor, key }: { vendor: Vendor; key: string }) => {
    const stored = `${vendor}-key`;
    await api.PUT("/api/secrets/{name}", { params: { path: { name: stored } }, body: { value: key } });
    const body = { preset: vendor, credential: { stored }, models: "any" as const };
    await api.PUT("/api/providers/{name}", { params: { path: { name: vendor } }, body });
    return vendor;
  });

/** Use a server with the models that it has now; return the provider's name. */
export const useLocalServer = () =>
  useAdding(async ({ preset, base_url, models }: LocalServer) => {
    const body = { preset: preset as Preset, base_url };
    await api.PUT("/api/providers/{name}", { params: { path: { name: preset } }, body });
    for (const model of models.slice(0, MOST_MODELS)) {
      await addModel(preset, model);
    }
    return preset;
  });

/** Make a model callable by its own name, or with its provider's in front where that is somebody else's. */
async function addModel(provider: string, model: string): Promise<void> {
  const deployment = `${provider}/${model}`;
  const body = { provider, upstream_model: model };
  await api.PUT("/api/deployments/{name}", { params: { path: { name: deployment } }, body });
  try {
    await api.PUT("/api/models/{name}", { params: { path: { name: model }, ...IF_NEW }, body: { route: [deployment] } });
  } catch (error) {
    if (!(error instanceof Refusal && error.status === EXISTS)) {
      throw error;
    }
    await api.PUT("/api/models/{name}", { params: { path: { name: deployment } }, body: { route: [deployment] } });
  }
}
