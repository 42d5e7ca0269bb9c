import { FileText } from "lucide-react";
import type { ReactNode } from "react";

interface FileCardProps {
  name: ReactNode;
  detail: ReactNode;
  /** The address of a picture of it; null: it has none. */
  picture: string | null;
  children?: ReactNode;
}

/** A file in a few words, with a small picture where it is one. */
export function FileCard({ name, detail, picture, children }: FileCardProps) {
  return (
    <div className="flex max-w-full items-center gap-2 rounded-lg border border-border bg-background p-1.5 text-sm">
      {picture === null ? (
        <FileText size={20} aria-hidden className="mx-2 shrink-0 text-muted-foreground" />
      ) : (
        <img src={picture} alt="" className="size-10 shrink-0 rounded-md object-cover" />
      )}
      <div className="min-w-0">
        <p className="max-w-60 truncate font-medium">{name}</p>
        <p className="max-w-72 text-xs wrap-anywhere text-muted-foreground">{detail}</p>
      </div>
      {children}
    </div>
  );
}
