import { useState } from "react";
import { useTranslation } from "react-i18next";
import { when } from "../chat/format";
import { Amount } from "../money/Amount";
import { Wide } from "../money/Wide";
import { Button } from "../ui/Button";
import { Loading } from "../ui/Loading";
import { Said } from "../ui/Said";
import type { Asked } from "./asked";
import { CallDialog } from "./CallDialog";
import { groupName } from "./show";
import { type Call, useCalls, useNames } from "./totals";

const COLUMNS = ["when", "who", "model", "outcome", "input", "output", "cost"] as const;

/** Every single call, the newest first. */
export function CallsTable({ asked }: { asked: Asked }) {
  const { t, i18n } = useTranslation();
  const { scope, query } = asked;
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useCalls(scope, query);
  const people = useNames(scope, query, "principal");
  const [shown, setShown] = useState<Call | null>(null);
  const columns = COLUMNS.filter((column) => scope === "all" || column !== "who");
  const written = (value: number) => new Intl.NumberFormat(i18n.language).format(value);
  if (!data) {
    return error ? <Said error={error} /> : <Loading />;
  }
  const calls = data.pages.flatMap((page) => page.usage);
  return (
    <>
      <Wide label={t("usage.calls")} className="rounded-lg border border-border">
        <table className="w-full border-collapse text-sm tabular-nums">
          <thead className="bg-sidebar text-left">
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col" className={`px-3 py-2 ${isNumber(column) ? "text-right" : ""}`}>
                  {t(`usage.column.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {calls.map((call) => (
              <tr key={call.attempt_id} className="border-t border-border">
                <th scope="row" className="px-3 py-2 text-left font-normal whitespace-nowrap">
                  <button type="button" onClick={() => setShown(call)} className="min-h-6 text-primary underline">
                    {when(call.started_at, i18n.language)}
                  </button>
                </th>
                {scope === "all" ? <td className="px-3 py-2">{people.get(call.principal_id) ?? call.principal_id}</td> : null}
                <td className="px-3 py-2">{call.model}</td>
                <td className="px-3 py-2">{groupName(t, "outcome", call.outcome)}</td>
                <td className="px-3 py-2 text-right">{written(call.input_tokens)}</td>
                <td className="px-3 py-2 text-right">{written(call.output_tokens)}</td>
                <td className="px-3 py-2 text-right">
                  <Cost call={call} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      {calls.length === 0 ? <p className="text-muted-foreground">{t("usage.nothing")}</p> : null}
      {hasNextPage ? (
        <Button look="quiet" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()} className="w-full">
          {t("more")}
        </Button>
      ) : null}
      {shown ? <CallDialog call={shown} person={people.get(shown.principal_id) ?? null} onClose={() => setShown(null)} /> : null}
    </>
  );
}

function isNumber(column: (typeof COLUMNS)[number]): boolean {
  return column === "input" || column === "output" || column === "cost";
}

function Cost({ call }: { call: Call }) {
  const { t } = useTranslation();
  if (call.cost_nanousd === null) {
    return t("usage.noPrice");
  }
  return (
    <>
      {call.estimated ? <abbr title={t("usage.isEstimated")}>~</abbr> : null}
      <Amount nanousd={call.cost_nanousd} inColumn />
    </>
  );
}
