import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, taken } from "../../api/client";
import { CopyButton } from "../../chat/CopyButton";
import { Said } from "../../ui/Said";
import { partOf } from "./yaml";

interface FilePartProps {
  /** The sections of drawbridge.yaml that the page is about. */
  sections: readonly string[];
  /** One object of them; left out, all. */
  name?: string | undefined;
}

/** This page's part of drawbridge.yaml, as an export writes it. It is asked for when it is opened: exports are recorded. */
export function FilePart({ sections, name }: FilePartProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const { data, error, isLoading } = useQuery({
    queryKey: ["export"],
    queryFn: async () => taken(await api.GET("/api/export", { params: { query: { all: true } } })),
    enabled: isOpen,
  });
  const part = partOf(data?.files[0]?.text ?? "", sections, name);
  return (
    <details className="mt-6 rounded-lg border border-border" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="min-h-9 px-3 py-2 text-sm font-semibold hover:bg-accent">{t("admin.file.title")}</summary>
      <div className="border-t border-border p-3">
        <p className="mb-2 text-sm text-muted-foreground">{t("admin.file.about")}</p>
        <Said error={error} />
        {isLoading ? <p role="status">{t("loading")}</p> : null}
        {data ? (
          <div className="relative">
            {/* It scrolls sideways where there is no room, by keys too. */}
            {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
            <pre tabIndex={0} className="max-h-96 overflow-auto rounded-md bg-sidebar p-3 pr-12 text-xs">
              <code>{part || t("admin.file.empty")}</code>
            </pre>
            {part ? (
              <div className="absolute top-1 right-1">
                <CopyButton text={part} />
              </div>
            ) : null}
          </div>
        ) : null}
      </div>
    </details>
  );
}
