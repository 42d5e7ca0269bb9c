import type { TFunction } from "i18next";
import { short } from "../format";

const KILO = 1024;
const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

interface Known {
  size: number;
  pages?: number | null | undefined;
  width?: number | null | undefined;
  height?: number | null | undefined;
  cut?: boolean | number | undefined;
  characters?: number | null | undefined;
}

/** Write how large a file is, and what is known of what is in it. */
export function describe(file: Known, t: TFunction, language: string): string {
  const { pages, width, height, cut, characters } = file;
  return [
    sizeOf(file.size, language),
    pages ? t("files.pages", { count: pages }) : "",
    width && height ? `${width} × ${height}` : "",
    cut && characters ? t("files.cut", { characters: short(characters, language) }) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

export function sizeOf(bytes: number, language: string): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(KILO)));
  const value = bytes / KILO ** power;
  const digits = { maximumFractionDigits: value < 10 ? 1 : 0 };
  return new Intl.NumberFormat(language, { style: "unit", unit: UNITS[power], ...digits }).format(value);
}
