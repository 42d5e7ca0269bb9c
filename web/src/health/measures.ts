const MINUTE_S = 60;

export function milliseconds(value: number, language: string): string {
  const digits = value < 10 ? 1 : 0;
  return new Intl.NumberFormat(language, { style: "unit", unit: "millisecond", maximumFractionDigits: digits }).format(value);
}

/** Write a length of time in whole seconds or minutes. */
export function since(seconds: number, language: string): string {
  const isShort = seconds < 2 * MINUTE_S;
  const unit = isShort ? "second" : "minute";
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 }).format(
    isShort ? seconds : seconds / MINUTE_S,
  );
}
