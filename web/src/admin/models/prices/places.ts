/** The addresses of what is stated of prices, below the page of prices: such as `own:gpu-box`, or `own:` for a new one. */
export const OWN = "own";
export const DISCOUNT = "discount";
export const SETTINGS = "settings";

export interface Part {
  kind: string;
  /** Empty for one that is to be made. */
  name: string;
}

export function partIn(address: string): Part {
  const [kind = "", ...rest] = address.split(":");
  return { kind, name: rest.join(":") };
}

export function addressOf(kind: string, name = ""): string {
  return kind === SETTINGS ? SETTINGS : `${kind}:${name}`;
}
