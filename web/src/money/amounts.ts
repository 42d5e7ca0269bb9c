const NANO = 1_000_000_000n;
const WRITTEN = /^(-?)(\d{1,10})(?:\.(\d{1,9}))?$/;
const WHOLE = 1000n;

/** Write an amount in dollars as files and forms have it: every digit that matters, a point, and no sign of a currency. */
export function plainUsd(nanousd: bigint): Intl.StringNumericLiteral {
  const size = nanousd < 0n ? -nanousd : nanousd;
  const fraction = String(size % NANO).padStart(9, "0").replace(/0+$/, "");
  const written = `${nanousd < 0n ? "-" : ""}${size / NANO}${fraction ? `.${fraction}` : ""}`;
  return written as Intl.StringNumericLiteral;
}

/** Write an amount with every digit that matters, at least two behind the point. */
export function wholeUsd(nanousd: bigint, language: string): string {
  return formatter(language, 9).format(plainUsd(nanousd));
}

/** Write an amount in cents, for where there is no room: axes and notes. What is below a cent keeps two digits that count. */
export function roundUsd(nanousd: bigint, language: string): string {
  const size = nanousd < 0n ? -nanousd : nanousd;
  const isSmall = size !== 0n && size < NANO / 100n;
  const digits = isSmall ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 };
  return new Intl.NumberFormat(language, { style: "currency", currency: "USD", ...digits }).format(plainUsd(nanousd));
}

/** The two halves of an amount: up to the cents, and the digits behind them. What stands behind both is the currency. */
export interface Halves {
  upToCents: string;
  beyond: string;
  behind: string;
}

export function halves(nanousd: bigint, language: string): Halves {
  const parts = formatter(language, 9).formatToParts(plainUsd(nanousd));
  const at = parts.findIndex((part) => part.type === "fraction");
  const text = (from: number, to?: number) => parts.slice(from, to).map((part) => part.value).join("");
  const fraction = parts[at]?.value ?? "";
  return { upToCents: text(0, at) + fraction.slice(0, 2), beyond: fraction.slice(2), behind: text(at + 1) };
}

/** Read what somebody typed as dollars, with a point or a comma; null where it is no amount above nothing. */
export function readUsd(typed: string): bigint | null {
  const nanousd = readCost(typed.trim().replace(",", "."));
  return nanousd !== null && nanousd > 0n ? nanousd : null;
}

/** Read dollars as files have them, which may be below nothing; null where it is no amount. */
export function readCost(written: string): bigint | null {
  const found = WRITTEN.exec(written);
  if (!found) {
    return null;
  }
  const [, sign, dollars = "0", fraction = ""] = found;
  const size = BigInt(dollars) * NANO + BigInt(fraction.padEnd(9, "0"));
  return sign ? -size : size;
}

export function sum(amounts: Iterable<bigint>): bigint {
  let total = 0n;
  for (const amount of amounts) {
    total += amount;
  }
  return total;
}

/** Return which part of a whole something is, from 0 to 1, cut to thousandths; 0 where there is no whole. */
export function part(amount: bigint, whole: bigint): number {
  return whole > 0n ? Number((amount * WHOLE) / whole) / Number(WHOLE) : 0;
}

function formatter(language: string, most: number): Intl.NumberFormat {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: most };
  return new Intl.NumberFormat(language, { style: "currency", currency: "USD", ...digits });
}
