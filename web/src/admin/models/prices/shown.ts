import type { ModelPrice } from "./wire";

/** Write an amount of dollars, which the API tells as text; null where there is none. */
export function amount(usd: string | number | null | undefined, language: string): string | null {
  if (usd === null || usd === undefined || usd === "") {
    return null;
  }
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 6 };
  return new Intl.NumberFormat(language, { style: "currency", currency: "USD", ...digits }).format(Number(usd));
}

/** The dearest price of a model's deployments, for short prompts in the usual tier; null where one of them is not known. */
export function dearest(prices: readonly ModelPrice[], model: string, kind: "input" | "output"): number | null {
  const usual = prices.filter((price) => price.model === model && price.tier === "standard" && price.above_input_tokens === 0);
  const amounts = usual.map((price) => price.per_million[kind]);
  return amounts.length > 0 && amounts.every((each) => each !== undefined) ? Math.max(...amounts.map(Number)) : null;
}

const PLAIN = ["input", "output", "cached_read"];

/** The prices of a row beside those of input, output and cached input: kinds with dollars. */
export function furtherOf(price: ModelPrice): [string, string][] {
  const tokens = Object.entries(price.per_million).filter(([kind]) => !PLAIN.includes(kind));
  const request: [string, string][] = price.per_request === null ? [] : [["request", price.per_request]];
  return [...tokens, ...request, ...Object.entries(price.per_unit)];
}

/** The parts of a price that are stated for a million tokens, in the order in which they are asked for. */
export const TOKEN_KINDS = [
  "input",
  "output",
  "cached_read",
  "cache_write_5m",
  "cache_write_1h",
  "reasoning",
  "audio_input",
  "audio_output",
  "image_input",
  "image_output",
] as const;

export const UNITS = ["web_search", "image", "audio_minute", "page", "cached_million_token_hour"] as const;

export type TokenKind = (typeof TOKEN_KINDS)[number];
export type Unit = (typeof UNITS)[number];
export type Kind = TokenKind | Unit | "request" | "hour";

export function isKind(name: string): name is Kind {
  return [...TOKEN_KINDS, ...UNITS, "request", "hour"].some((known) => known === name);
}
