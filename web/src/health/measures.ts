const STEP = 1024;
const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
const MINUTE_S = 60;

/** Write a size in the largest unit of which there is one. */
export function bytes(value: number, language: string): string {
  const power = value < 1 ? 0 : Math.min(Math.floor(Math.log(value) / Math.log(STEP)), UNITS.length - 1);
  const unit = UNITS[power] ?? "byte";
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(
    value / STEP ** power,
  );
}

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
