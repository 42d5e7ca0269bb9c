type Amount<T> = T extends number ? bigint : T;

/** What the API says, with every amount as the whole number of nano-dollars that it is. */
export type Exact<T> = T extends readonly (infer Item)[]
  ? Exact<Item>[]
  : T extends object
    ? { [K in keyof T]: K extends `${string}_nanousd` | "difference" ? Amount<T[K]> : Exact<T[K]> }
    : T;

const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
// Numbers of JavaScript are exact up to 2^53, which is nine million dollars in nano-dollars.
const MANY_DIGITS = /^-?\d{16,}$/;

/** Read JSON without losing a digit of an amount. */
export function readExact<T>(text: string): Exact<T> {
  const quoted = text.replace(TOKENS, (token) => (MANY_DIGITS.test(token) ? `"${token}"` : token));
  return JSON.parse(quoted, (key, value: unknown) => (isAmount(key, value) ? BigInt(value) : value)) as Exact<T>;
}

function isAmount(key: string, value: unknown): value is number | string {
  return (key.endsWith("_nanousd") || key === "difference") && value !== null;
}
