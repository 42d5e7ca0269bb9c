import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

export type Filters = Readonly<Record<string, string>>;

/** Read what stands behind the question mark of an address, as texts. */
export function readFilters(search: Record<string, unknown>): Record<string, string> {
  const texts = Object.entries(search).filter(([, value]) => value !== "" && value !== null && typeof value !== "object");
  return Object.fromEntries(texts.map(([name, value]) => [name, String(value)]));
}

/** The filters that the address holds, so that a page as it is can be kept and passed on; an empty text takes one away. */
export function useFilters(): [Filters, (changes: Filters) => void] {
  const filters: Filters = readFilters(useSearch({ strict: false }) as Record<string, unknown>);
  const navigate = useNavigate();
  const change = useCallback(
    (changes: Filters) => {
      void navigate({
        to: ".",
        search: (before: Record<string, unknown>) => readFilters({ ...before, ...changes }),
        replace: true,
      });
    },
    [navigate],
  );
  return [filters, change];
}
