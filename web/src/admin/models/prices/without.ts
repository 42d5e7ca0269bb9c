/** Return a mapping without one name. */
export function without<Value>(all: Record<string, Value> | undefined, name: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(all ?? {}).filter(([each]) => each !== name));
}
