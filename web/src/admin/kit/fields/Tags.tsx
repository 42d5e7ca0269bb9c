import { X } from "lucide-react";
import { useTranslation } from "react-i18next";

interface TagsProps {
  values: readonly string[];
  labelOf?: (value: string) => string;
  onRemove: (value: string) => void;
}

/** Values that stand in no order, each to be taken away. */
export function Tags({ values, labelOf = (value) => value, onRemove }: TagsProps) {
  const { t } = useTranslation();
  if (values.length === 0) {
    return null;
  }
  return (
    <ul className="mb-2 flex flex-wrap gap-2">
      {values.map((value) => (
        <li key={value} className="inline-flex max-w-full items-center rounded-md border border-border bg-sidebar pl-2 text-sm">
          <span className="min-w-0 py-1 break-words">{labelOf(value)}</span>
          <button
            type="button"
            aria-label={t("admin.tags.remove", { name: labelOf(value) })}
            title={t("admin.tags.remove", { name: labelOf(value) })}
            onClick={() => onRemove(value)}
            className="inline-flex size-8 shrink-0 items-center justify-center text-muted-foreground hover:text-foreground"
          >
            <X size={14} aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  );
}
