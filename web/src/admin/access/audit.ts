/** The audit record, as the API lists and exports it. */
import { api, taken } from "../../api/client";
import type { components, operations } from "../../api/schema";
import type { Filters } from "../kit/filters";

export type Event = components["schemas"]["EventBody"];
type Query = NonNullable<operations["list_audit"]["parameters"]["query"]>;

export const OUTCOMES = ["done", "denied", "failed"] as const;

/** Read the filters of an address. Days are those of who looks: `until` is the last one that is wanted. */
export function wantedEvents(filters: Filters): Query {
  const { actor, action, kind, name, since, until } = filters;
  const outcome = OUTCOMES.find((each) => each === filters.outcome);
  return {
    ...(actor ? { actor } : {}),
    ...(action ? { action } : {}),
    ...(kind ? { object_kind: kind } : {}),
    ...(name ? { object_name: name } : {}),
    ...(outcome ? { outcome } : {}),
    ...(since ? { since: new Date(`${since}T00:00`).toISOString() } : {}),
    ...(until ? { until: dayAfter(until).toISOString() } : {}),
  };
}

function dayAfter(day: string): Date {
  const date = new Date(`${day}T00:00`);
  date.setDate(date.getDate() + 1);
  return date;
}

export async function listEvents(filters: Filters, cursor: string) {
  const query = { ...wantedEvents(filters), ...(cursor ? { cursor } : {}) };
  const page = taken(await api.GET("/api/audit", { params: { query } }));
  return { rows: page.events, next: page.next_cursor };
}

export function exportPath(filters: Filters, format: "jsonl" | "ocsf"): string {
  const query = new URLSearchParams({ ...(wantedEvents(filters) as Record<string, string>), format });
  return `/api/audit/export?${query}`;
}
