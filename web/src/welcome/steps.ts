/** What somebody has done of the first steps, as the server knows it. */
import { useQuery } from "@tanstack/react-query";
import { api, taken } from "../api/client";
import type { components } from "../api/schema";
import { useConversations } from "../chat/conversations";
import { useModels } from "../chat/models";
import { useKeys } from "../keys/keys";
import { useAbilities } from "../shell/abilities";
import { isReal } from "./firstModel";

export type StepId = "answerer" | "ask" | "key" | "call";
export type Call = components["schemas"]["UsageBody"];

const LOOK_EVERY_MS = 1500;

/** The last call that one made with a key, looked for until there is one. */
export function useFirstCall(isAsked = true) {
  return useQuery({
    queryKey: ["first-call"],
    enabled: isAsked,
    queryFn: async (): Promise<Call | null> => {
      const query = { product: "api", limit: 1 };
      const found = taken(await api.GET("/api/me/usage", { params: { query } }));
      // It answers with text only where a spreadsheet is asked for.
      return typeof found === "string" ? null : (found.usage[0] ?? null);
    },
    refetchInterval: (asked) => (asked.state.data ? false : LOOK_EVERY_MS),
  });
}

/** The steps that somebody may take: who looks after nothing here begins with a question. Null: not known yet. */
export function useSteps(): StepId[] | null {
  const abilities = useAbilities().data;
  if (!abilities) {
    return null;
  }
  return [
    ...(abilities.manage.includes("provider") ? (["answerer"] as const) : []),
    "ask",
    ...(abilities.own_keys ? (["key", "call"] as const) : []),
  ];
}

/** Which steps are done; null: not known yet. `isRehearsing`: the rehearsal model is enough for now. */
export function useDone(steps: readonly StepId[], isRehearsing: boolean): Record<StepId, boolean> | null {
  const conversations = useConversations();
  const models = useModels();
  const keys = useKeys("own", { state: "active", owner: null }, steps.includes("key"));
  const call = useFirstCall(steps.includes("call"));
  if ([conversations, models, keys, call].some((asked) => asked.isLoading)) {
    return null;
  }
  const hasAsked = conversations.conversations.length > 0;
  return {
    answerer: isRehearsing || hasAsked || Boolean(models.data?.some(isReal)),
    ask: hasAsked,
    // The admin key of the first start is nobody's doing.
    key: keys.keys.some((key) => !key.admin),
    call: Boolean(call.data),
  };
}
