import type { Model } from "../chat/wire";

const REHEARSAL = "rehearsal";

/** Models that answer well and quickly for little money, as vendors name them: one of these is asked first. */
const GOOD_FIRST = [/claude-.*(?:sonnet|haiku)/, /gpt-[5-9].*mini$/, /gemini-.*flash$/, /mistral-(?:small|medium)/, /llama|qwen|gemma/];

/** Whether a model is one that thinks up its answers: the rehearsal only repeats its own. */
export function isReal(model: Model): boolean {
  return model.vendors.some((vendor) => vendor !== REHEARSAL);
}

/** The same models, the one to ask first in front. */
export function bestFirst(models: readonly Model[]): Model[] {
  const rank = (model: Model) => {
    const place = GOOD_FIRST.findIndex((pattern) => pattern.test(model.name));
    return isReal(model) ? (place < 0 ? GOOD_FIRST.length : place) : GOOD_FIRST.length + 1;
  };
  return [...models].sort((one, other) => rank(one) - rank(other));
}
