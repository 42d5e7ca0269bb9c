import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useDropped } from "./taking";

/** The frame around where one writes, which shows that files can be let go of. */
export function DropFrame({ onDrop, children }: { onDrop: (files: readonly File[]) => void; children: ReactNode }) {
  const { t } = useTranslation();
  const isOver = useDropped(onDrop);
  const line = isOver ? "border-primary" : "border-control";
  return (
    <div className={`relative rounded-xl border bg-card focus-within:border-primary ${line}`}>
      {isOver ? (
        <p className="absolute inset-0 z-10 grid place-items-center rounded-xl bg-card font-medium">{t("files.drop")}</p>
      ) : null}
      {children}
    </div>
  );
}
