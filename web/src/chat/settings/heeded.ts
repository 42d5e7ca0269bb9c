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

const UNHEEDED = ["images", "temperature", "effort", "context"] as const;
export type Unheeded = (typeof UNHEEDED)[number];

/** What there is for a model to heed. */
export interface Heard {
  parameters: Parameters;
  /** The last message that is shown. */
  last: Message | undefined;
  /** Whether there are images in what is shown, or with the question that is being written. */
  hasImages: boolean;
}

/** What of a conversation the model that is asked next will not get, as far as that is known before it is asked. */
export function unheeded(model: Model | undefined, { parameters, last, hasImages }: Heard): Unheeded[] {
  if (!model) {
    return [];
  }
  const { temperature = null, reasoning_effort: effort = null } = parameters;
  const is: Record<Unheeded, boolean> = {
    images: hasImages && model.images === false,
    temperature: temperature !== null && model.takes_temperature === false,
    effort: effort !== null && model.efforts?.includes(effort) === false,
    context: model.context_tokens !== null && tokensOf(last) > model.context_tokens,
  };
  return UNHEEDED.filter((each) => is[each]);
}

/** About how much there is to read by now: what the last answer was made from, and the answer. */
export function tokensOf(last: Message | undefined): number {
  return (last?.input_tokens ?? 0) + (last?.output_tokens ?? 0);
}
