import { sum } from "../money/amounts";
import type { Group, Measure } from "./asked";
import { type Grain, stepName } from "./period";
import type { Total } from "./totals";

/** As many as can be told apart; the rest is drawn as one. */
export const MOST_SERIES = 6;
const NANO = 1e9;

/** One bar: what each of the series, in their order, and all together came to in one step. */
export interface Step {
  step: string;
  whole: bigint;
  parts: bigint[];
}

export interface Divided {
  /** The names of the series, the greatest first; null is what has none. */
  names: (string | null)[];
  hasRest: boolean;
  steps: Step[];
}

/** What is measured of a total, as a whole number. */
export function measured(total: Total, measure: Measure): bigint {
  switch (measure) {
    case "cost":
      return total.cost_nanousd;
    case "calls":
      return BigInt(total.attempts);
    case "tokens":
      return BigInt(total.input_tokens) + BigInt(total.output_tokens);
  }
}

/** Return for geometry only what a measure is: a float, of dollars where it is a cost. */
export function height(value: bigint, measure: Measure): number {
  return measure === "cost" ? Number(value) / NANO : Number(value);
}

/** Divide time into bars. `divided` is by time and group, `all` by time alone: what no series has is the rest. */
export function divide(
  steps: readonly string[],
  grain: Grain,
  all: readonly Total[],
  divided: { totals: readonly Total[]; by: Group } | null,
  measure: Measure,
): Divided {
  const wholes = addUp(all, grain, measure, () => "");
  const parts = divided ? addUp(divided.totals, grain, measure, (total) => total.group[divided.by] ?? null) : new Map();
  const names = [...parts.keys()]
    .map((name) => ({ name, value: sum(parts.get(name)?.values() ?? []) }))
    .sort((one, other) => (one.value === other.value ? 0 : one.value > other.value ? -1 : 1))
    .slice(0, MOST_SERIES)
    .map(({ name }) => name);
  const bars = steps.map((step) => {
    const whole = wholes.get("")?.get(step) ?? 0n;
    const own = names.map((name) => parts.get(name)?.get(step) ?? 0n);
    return { step, whole, parts: [...own, whole - sum(own)] };
  });
  return { names, hasRest: bars.some((bar) => bar.parts.at(-1) !== 0n), steps: bars };
}

type Sums<Name> = Map<Name, Map<string, bigint>>;

function addUp<Name>(
  totals: readonly Total[],
  grain: Grain,
  measure: Measure,
  nameOf: (total: Total) => Name,
): Sums<Name> {
  const sums: Sums<Name> = new Map();
  for (const total of totals) {
    const of = sums.get(nameOf(total)) ?? new Map<string, bigint>();
    const step = stepName(total.group.day ?? total.group.hour ?? "", grain);
    of.set(step, (of.get(step) ?? 0n) + measured(total, measure));
    sums.set(nameOf(total), of);
  }
  return sums;
}
