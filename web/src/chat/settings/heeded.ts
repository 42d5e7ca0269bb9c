import type { Message, Model, Parameters, Settings } from "../wire";

export const UNSET: Settings = { system_prompt: "", parameters: {} };

const EFFORTS_UNKNOWN = ["low", "medium", "high"] as const;

export type Effort = NonNullable<Parameters["reasoning_effort"]>;

/** How much a model can be told to think; what is usual where nobody knows that of it. */
export function effortsOf(model: Model | undefined): readonly Effort[] {
  return (model?.efforts as readonly Effort[] | null | undefined) ?? EFFORTS_UNKNOWN;
}

export function isSet({ system_prompt: prompt, parameters }: Settings): boolean {
  return prompt !== "" || Object.values(parameters).some((value) => value !== null && value !== undefined);
}

export type Unheeded = "temperature" | "effort" | "context";

/** What of a conversation the model that is asked next will not get, as far as that is known before it is asked. */
export function unheeded(model: Model | undefined, parameters: Parameters, last: Message | undefined): Unheeded[] {
  if (!model) {
    return [];
  }
  const { temperature, reasoning_effort: effort } = parameters;
  const isHot = temperature !== null && temperature !== undefined;
  const found: Unheeded[] = [];
  if (isHot && model.takes_temperature === false) {
    found.push("temperature");
  }
  if (effort && model.efforts !== null && !model.efforts.includes(effort)) {
    found.push("effort");
  }
  if (model.context_tokens !== null && tokensOf(last) > model.context_tokens) {
    found.push("context");
  }
  return found;
}

/** About how much there is to read by now: what the last answer was made from, and the answer. */
export function tokensOf(last: Message | undefined): number {
  return (last?.input_tokens ?? 0) + (last?.output_tokens ?? 0);
}
