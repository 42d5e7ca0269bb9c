import type { TFunction } from "i18next";
import { sizeOf } from "../../ui/sizes";
import { short } from "../format";

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
