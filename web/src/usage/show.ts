import type { TFunction } from "i18next";
import { roundUsd, wholeUsd } from "../money/amounts";
import type { Group, Measure } from "./asked";

const LARGE_USD = 1000;
const NO_KEY = "00000000-0000-0000-0000-000000000000";
export const OUTCOMES = [
  "ok",
  "refused_by_provider",
  "provider_failed",
  "cut_by_provider",
  "cut_by_caller",
  "cut_by_us",
  "lost",
] as const;
type Outcome = (typeof OUTCOMES)[number];

/** How a group is called on the page. Null is what has none, such as calls of no project. */
export function groupName(t: TFunction, group: Group, name: string | null): string {
  if (name === null || name === "") {
    return t("usage.without");
  }
  if (group === "key" && name === NO_KEY) {
    return t("usage.withoutKey");
  }
  return group === "outcome" && isOutcome(name) ? t(`usage.outcome.${name}`) : name;
}

/** Write what was measured, to its last digit. */
export function measuredText(value: bigint, measure: Measure, language: string): string {
  return measure === "cost" ? wholeUsd(value, language) : new Intl.NumberFormat(language).format(value);
}

/** Write what was measured as short as an axis needs it. */
export function axisText(value: number, measure: Measure, language: string): string {
  if (measure === "cost" && value < LARGE_USD) {
    return roundUsd(BigInt(Math.round(value * 1e9)), language);
  }
  const currency = measure === "cost" ? ({ style: "currency", currency: "USD", minimumFractionDigits: 0 } as const) : {};
  return new Intl.NumberFormat(language, { ...currency, notation: "compact", maximumFractionDigits: 1 }).format(value);
}

export function percent(part: number, language: string): string {
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }).format(part);
}

function isOutcome(name: string): name is Outcome {
  return OUTCOMES.some((each) => each === name);
}
