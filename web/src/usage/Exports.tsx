import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Asked, exportPath } from "./asked";
import { dateOf } from "./period";

const MOST_EXPORTED = 100_000;

/** The same figures as files: they come from the API as they are asked for there. */
export function Exports({ asked }: { asked: Asked }) {
  const { t } = useTranslation();
  const { scope, query, by, span } = asked;
  const days = `${dateOf(span.since)}-${dateOf(new Date(span.until.getTime() - 1))}`;
  const grouped = { ...query, by: [by], limit: MOST_EXPORTED };
  const files = [
    { name: `usage-by-${by}-${days}.csv`, path: exportPath(scope, "totals", grouped, "csv"), label: t("usage.tableCsv") },
    { name: `usage-by-${by}-${days}.json`, path: exportPath(scope, "totals", grouped, "json"), label: t("usage.tableJson") },
    { name: `usage-calls-${days}.csv`, path: exportPath(scope, "calls", query, "csv"), label: t("usage.callsCsv") },
  ];
  return (
    <ul aria-label={t("usage.export")} className="flex flex-wrap gap-2">
      {files.map((file) => (
        <li key={file.name}>
          <a
            href={file.path}
            download={file.name}
            className="inline-flex min-h-9 items-center gap-1.5 rounded-md border border-control px-3 py-1.5 text-sm hover:bg-accent"
          >
            <Download size={16} aria-hidden />
            {file.label}
          </a>
        </li>
      ))}
    </ul>
  );
}
