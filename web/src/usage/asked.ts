import type { operations } from "../api/schema";
import { daysBetween, type Grain, grainOf, isDate, PRESETS, type Preset, presetSpan, type Span } from "./period";

export type Query = NonNullable<operations["list_totals"]["parameters"]["query"]>;

/** Whose usage: everybody's, for whoever may read it, or one's own. */
export type Scope = "all" | "own";

export const MEASURES = ["cost", "calls", "tokens"] as const;
export type Measure = (typeof MEASURES)[number];

export const FILTERS = ["model", "principal", "team", "project", "product", "provider", "deployment", "client", "outcome"] as const;
export type Filter = (typeof FILTERS)[number];
/** What usage can be divided by. Keys have no names to ask for, so they are no filter. */
export type Group = Filter | "key";

// Of one's own usage, all is of one person.
const OWN: readonly Filter[] = ["model", "project", "product", "provider", "client", "outcome"];

export function filtersOf(scope: Scope): readonly Filter[] {
  return scope === "all" ? FILTERS : OWN;
}

export function groupsOf(scope: Scope): readonly Group[] {
  return [...filtersOf(scope), "key"];
}

/** What the address says of what is to be seen. What it leaves out is as it usually is. */
export type UsageSearch = {
  period?: Preset;
  /** First and last day in place of a period. */
  from?: string;
  to?: string;
  measure?: Measure;
  by?: Group;
  view?: "calls";
} & { [Name in Filter]?: string };

export function readUsageSearch(search: Record<string, unknown>): UsageSearch {
  const { period, measure, by, from, to, view } = search;
  const read: UsageSearch = {
    ...one("period", PRESETS, period),
    ...one("measure", MEASURES, measure),
    ...one("by", groupsOf("all"), by),
    ...one("view", ["calls"] as const, view),
    ...(isDate(from) && isDate(to) ? { from, to } : {}),
  };
  for (const name of FILTERS) {
    // A name of digits is a number in the address.
    const value = search[name];
    if (typeof value === "string" || typeof value === "number") {
      read[name] = String(value);
    }
  }
  return read;
}

export interface Asked {
  scope: Scope;
  span: Span;
  grain: Grain;
  measure: Measure;
  by: Group;
  /** The filters alone. */
  only: { [Name in Filter]?: string };
  /** What every question to the API has in common. */
  query: Query;
}

export function asked(scope: Scope, search: UsageSearch, now: Date): Asked {
  const { from, to } = search;
  const span = from && to ? daysBetween(from, to) : presetSpan(search.period ?? "thirty", now);
  const only: Asked["only"] = {};
  for (const name of filtersOf(scope)) {
    if (search[name] !== undefined) {
      only[name] = search[name];
    }
  }
  const by = search.by && groupsOf(scope).includes(search.by) ? search.by : "model";
  const query = { since: span.since.toISOString(), until: span.until.toISOString(), ...only } as Query;
  return { scope, span, grain: grainOf(span), measure: search.measure ?? "cost", by, only, query };
}

/** The address of the API's own answer, to be kept as a file. */
export function exportPath(scope: Scope, what: "totals" | "calls", query: Query, form: "csv" | "json"): string {
  const path = `/api/${scope === "own" ? "me/" : ""}usage${what === "totals" ? "/totals" : ""}`;
  const asking = new URLSearchParams({ format: form });
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      asking.append(name, String(each));
    }
  }
  return `${path}?${asking}`;
}

function one<Name extends string, Value extends string>(name: Name, known: readonly Value[], value: unknown) {
  const found = known.find((each) => each === value);
  return (found === undefined ? {} : { [name]: found }) as { [K in Name]?: Value };
}
