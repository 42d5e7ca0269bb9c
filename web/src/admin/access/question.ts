/** A question about rights, as it stands in the address and as the API takes it. */
import type { operations } from "../../api/schema";
import type { Filters } from "../kit/filters";
import { DATA_CLASSES } from "./dataClasses";

type Query = NonNullable<operations["explain_decision"]["parameters"]["query"]>;
export type Asked = Omit<Query, "on" | "may">;

export const ACTIONS = ["use", "read", "manage", "approve"] as const;
export type Action = (typeof ACTIONS)[number];

const words = (text: string) => text.split(/[\s,]+/).filter(Boolean);

/** Read who asks, and under which circumstances; what is not said is left out. */
export function asked(filters: Filters): Asked {
  const { who, product, project, where, at, cost } = filters;
  const dataClass = DATA_CLASSES.find((each) => each === filters.class);
  return {
    ...(who ? { who: words(who) } : {}),
    ...(product ? { product } : {}),
    ...(project ? { project } : {}),
    ...(dataClass ? { data_class: dataClass } : {}),
    ...(where ? { where: words(where) } : {}),
    ...(at ? { at: new Date(at).toISOString() } : {}),
    ...(cost ? { cost_usd: cost } : {}),
  };
}
