const KILO = 1024;
const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
const FEW = 10;

/** Write a number of bytes in the largest unit of which there is one. */
export function sizeOf(bytes: number, language: string): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(KILO)));
  const value = bytes / KILO ** power;
  const unit = UNITS[power] ?? "byte";
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit,
    // The short form of a byte has no plural: 0 byte.
    unitDisplay: unit === "byte" ? "long" : "short",
    maximumFractionDigits: value < FEW ? 1 : 0,
  }).format(value);
}
