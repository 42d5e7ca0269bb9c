/** What a grant says, in forms that can be shown and changed. */
import type { components } from "../../api/schema";
import type { Entry } from "../kit/sections";

export type Grant = Entry<"grants">;
export type Conditions = components["schemas"]["ConditionsEntry"];

export function subjectsOf({ to }: Grant): string[] {
  return typeof to === "string" ? [to] : to;
}

/** What it is about, in a line: a role, or actions and resources. */
export function rightsOf(grant: Grant): string {
  return grant.role ?? `${(grant.may ?? []).join(", ")} → ${(grant.on ?? []).join(", ")}`;
}

export function isConditional({ when = {}, within }: Grant): boolean {
  return Boolean(within) || Object.values(when).some((value) => value !== null && Object.keys(value).length > 0);
}

/** Write attributes as `region=eu` one by one, as they are typed. */
export function attributesIn(where: Record<string, string[]> | undefined): string[] {
  return Object.entries(where ?? {}).flatMap(([name, values]) => values.map((value) => `${name}=${value}`));
}

/** Read them again. What has no `=` is an attribute with an empty value, which the API complains of. */
export function attributesFrom(words: readonly string[]): Record<string, string[]> {
  const where: Record<string, string[]> = {};
  for (const word of words) {
    const [name = "", ...rest] = word.split("=");
    where[name.trim()] = [...(where[name.trim()] ?? []), rest.join("=").trim()];
  }
  return where;
}

/** Leave out the conditions that say nothing, so that an entry says what a person would write. */
export function withoutEmpty(conditions: Conditions): Conditions {
  const said = Object.entries(conditions).filter(
    ([, value]) => value !== null && value !== "" && (typeof value === "string" || Object.keys(value).length > 0),
  );
  return Object.fromEntries(said);
}
