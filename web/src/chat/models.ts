import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { chat, type Model } from "./wire";

const KEPT = "model";

/** The models that policy lets one use. */
export function useModels() {
  return useQuery({ queryKey: ["models"], queryFn: chat.models, select: (answer) => answer.models });
}

/** The model to ask next: what was chosen here, else the conversation's, else what was chosen last, else the first. */
export function useChosenModel(models: readonly Model[], ofConversation: string | null) {
  const [chosen, setChosen] = useState<string | null>(null);
  const wanted = [chosen, ofConversation, localStorage.getItem(KEPT)];
  const name = wanted.find((each) => models.some((model) => model.name === each)) ?? models[0]?.name ?? null;
  function choose(model: string) {
    localStorage.setItem(KEPT, model);
    setChosen(model);
  }
  return [name, choose] as const;
}
