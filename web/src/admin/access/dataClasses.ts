import type { TFunction } from "i18next";

export const DATA_CLASSES = ["public", "internal", "confidential", "restricted"] as const;
export type DataClass = (typeof DATA_CLASSES)[number];

export function dataClassLabel(value: DataClass, t: TFunction): string {
  return t(`dataClass.${value}`);
}
