import type { Loss } from "../wire";

export const KINDS = ["temperature", "topP", "length", "thoughts", "effort", "setting", "attachment", "tools", "words", "other"] as const;
export type LossKind = (typeof KINDS)[number];

export interface Said {
  kind: LossKind;
  /** What it can change, the most that any of them can. */
  effect: "none" | "answer" | "price" | "answer_and_price";
  /** How many things of this kind: attachments, say. */
  count: number;
  /** Why, in the gateway's own words, each once. */
  reasons: readonly string[];
}

const SETTINGS: readonly (readonly [RegExp, LossKind])[] = [
  [/^settings\.temperature\b/, "temperature"],
  [/^settings\.top_p\b/, "topP"],
  [/^settings\.max_output_tokens\b/, "length"],
  [/^settings\.reasoning\.(?:shows|summary|keeps_sealed)\b/, "thoughts"],
  [/^settings\.reasoning\b/, "effort"],
  [/^settings\./, "setting"],
  [/^tools\b/, "tools"],
];
const PART = /^messages\[\d+\]\.parts\[\d+\]/;
const OF_MEDIUM = /\.(?:kind|data|url|media_type|file|blocks|name|title|detail)$/;

/**
 * Say losses as a person understands them: what stood at leaves of the same thing is one.
 */
export function inWords(losses: readonly Loss[]): Said[] {
  const attached = new Set(losses.filter(({ path }) => OF_MEDIUM.test(path)).map(({ path }) => PART.exec(path)?.[0]));
  const found = new Map<LossKind, { places: Set<string>; effects: Set<string>; reasons: Set<string> }>();
  for (const { path, reason, effect } of losses) {
    const kind = kindOf(path, attached);
    const said = found.get(kind) ?? { places: new Set(), effects: new Set(), reasons: new Set() };
    said.places.add(PART.exec(path)?.[0] ?? path);
    said.effects.add(effect);
    said.reasons.add(reason);
    found.set(kind, said);
  }
  return KINDS.flatMap((kind) => {
    const said = found.get(kind);
    return said ? [{ kind, effect: strongest(said.effects), count: said.places.size, reasons: [...said.reasons] }] : [];
  });
}

function kindOf(path: string, attached: ReadonlySet<string | undefined>): LossKind {
  const setting = SETTINGS.find(([pattern]) => pattern.test(path))?.[1];
  const part = PART.exec(path)?.[0];
  if (setting || !part) {
    return setting ?? "other";
  }
  return attached.has(part) ? "attachment" : "words";
}

function strongest(effects: ReadonlySet<string>): Said["effect"] {
  const isAnswer = effects.has("answer") || effects.has("answer_and_price");
  const isPrice = effects.has("price") || effects.has("answer_and_price");
  if (isAnswer) {
    return isPrice ? "answer_and_price" : "answer";
  }
  return isPrice ? "price" : "none";
}
