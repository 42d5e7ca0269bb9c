const NANO = 1e9;
const SMALL_USD = 0.01;

/** Write money. Answers cost fractions of a cent, so small sums keep three digits that count. */
export function money(nanousd: number, language: string): string {
  const usd = nanousd / NANO;
  const digits = usd !== 0 && Math.abs(usd) < SMALL_USD ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 2 };
  return new Intl.NumberFormat(language, { style: "currency", currency: "USD", ...digits }).format(usd);
}

export function count(value: number, language: string): string {
  return new Intl.NumberFormat(language).format(value);
}

export function short(value: number, language: string): string {
  return new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 }).format(value);
}

export function when(iso: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}
