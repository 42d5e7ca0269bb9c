import { ArrowDown, ArrowUp } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Amount } from "../money/Amount";
import { part, sum } from "../money/amounts";
import { Wide } from "../money/Wide";
import { Button } from "../ui/Button";
import type { Filter, Group } from "./asked";
import { groupName, percent } from "./show";
import type { Total } from "./totals";

const COLUMNS = ["name", "cost", "calls", "input", "output"] as const;
type Column = (typeof COLUMNS)[number];
const SHOWN_AT_FIRST = 25;

interface GroupTableProps {
  by: Group;
  totals: readonly Total[];
  isComplete: boolean;
  /** Show one of the groups alone; keys cannot be asked for. */
  onOnly: (filter: Filter, name: string) => void;
}

/** Usage by group: sorted as wished, with the part that each has of the cost. */
export function GroupTable({ by, totals, isComplete, onOnly }: GroupTableProps) {
  const { t, i18n } = useTranslation();
  const [sorted, setSorted] = useState<{ column: Column; isDown: boolean }>({ column: "cost", isDown: true });
  const [showsAll, setShowsAll] = useState(false);
  const cost = sum(totals.map((total) => total.cost_nanousd));
  const named = totals.map((total) => ({ total, name: groupName(t, by, total.group[by] ?? null) }));
  const rows = named.sort((one, other) => compare(one, other, sorted.column) * (sorted.isDown ? -1 : 1));
  const shown = showsAll ? rows : rows.slice(0, SHOWN_AT_FIRST);
  const written = (value: number) => new Intl.NumberFormat(i18n.language).format(value);
  const sortBy = (column: Column) =>
    setSorted((before) => ({ column, isDown: before.column === column ? !before.isDown : column !== "name" }));
  return (
    <>
      <Wide label={t("usage.byGroup")} className="rounded-lg border border-border">
        <table className="w-full border-collapse text-sm tabular-nums">
          <thead className="bg-sidebar">
            <tr>
              {COLUMNS.map((column) => (
                <th
                  key={column}
                  scope="col"
                  aria-sort={sorted.column === column ? (sorted.isDown ? "descending" : "ascending") : "none"}
                  className={`px-1 py-1 ${column === "name" ? "text-left" : "text-right"}`}
                >
                  <Button look="quiet" onClick={() => sortBy(column)} className="font-semibold text-foreground!">
                    {column === "name" ? t(`usage.group.${by}`) : t(`usage.column.${column}`)}
                    {sorted.column === column ? <Direction isDown={sorted.isDown} /> : null}
                  </Button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ total, name }) => (
              <tr key={total.ids[by] ?? total.group[by] ?? ""} className="border-t border-border">
                <th scope="row" className="max-w-64 px-3 py-2 text-left font-normal">
                  <Name by={by} total={total} name={name} onOnly={onOnly} />
                </th>
                <td className="px-3 py-2 text-right">
                  <Amount nanousd={total.cost_nanousd} inColumn />
                  <Share of={part(total.cost_nanousd, cost)} language={i18n.language} />
                </td>
                <td className="px-3 py-2 text-right align-top">{written(total.attempts)}</td>
                <td className="px-3 py-2 text-right align-top">{written(total.input_tokens)}</td>
                <td className="px-3 py-2 text-right align-top">{written(total.output_tokens)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot className="border-t-2 border-border font-semibold">
            <tr>
              <th scope="row" className="px-3 py-2 text-left">{t("usage.total")}</th>
              <td className="px-3 py-2 text-right"><Amount nanousd={cost} inColumn /></td>
              <td className="px-3 py-2 text-right">{written(totals.reduce((all, one) => all + one.attempts, 0))}</td>
              <td className="px-3 py-2 text-right">{written(totals.reduce((all, one) => all + one.input_tokens, 0))}</td>
              <td className="px-3 py-2 text-right">{written(totals.reduce((all, one) => all + one.output_tokens, 0))}</td>
            </tr>
          </tfoot>
        </table>
      </Wide>
      {rows.length > shown.length ? (
        <Button look="quiet" onClick={() => setShowsAll(true)} className="w-full">
          {t("usage.showAll", { count: rows.length })}
        </Button>
      ) : null}
      {isComplete ? null : <p className="text-sm text-muted-foreground">{t("usage.incomplete")}</p>}
    </>
  );
}

function Direction({ isDown }: { isDown: boolean }) {
  return isDown ? <ArrowDown size={14} aria-hidden /> : <ArrowUp size={14} aria-hidden />;
}

interface NameProps {
  by: Group;
  total: Total;
  name: string;
  onOnly: GroupTableProps["onOnly"];
}

function Name({ by, total, name, onOnly }: NameProps) {
  const { t } = useTranslation();
  const value = total.group[by];
  if (by === "key" || !value) {
    return <span className="break-words">{name}</span>;
  }
  return (
    <button
      type="button"
      title={t("usage.only", { name })}
      onClick={() => onOnly(by, value)}
      className="min-h-6 text-left break-words text-primary underline"
    >
      {name}
    </button>
  );
}

function Share({ of, language }: { of: number; language: string }) {
  return (
    <span className="mt-1 flex items-center justify-end gap-2 text-xs text-muted-foreground">
      <span aria-hidden className="h-1.5 w-24 overflow-hidden rounded-full bg-secondary">
        <span className="block h-full bg-primary" style={{ width: `${of * 100}%` }} />
      </span>
      <span className="w-12">{percent(of, language)}</span>
    </span>
  );
}

interface Named {
  total: Total;
  name: string;
}

function compare(one: Named, other: Named, column: Column): number {
  switch (column) {
    case "name":
      return one.name.localeCompare(other.name);
    case "cost":
      return Number(one.total.cost_nanousd > other.total.cost_nanousd) - Number(one.total.cost_nanousd < other.total.cost_nanousd);
    case "calls":
      return one.total.attempts - other.total.attempts;
    case "input":
      return one.total.input_tokens - other.total.input_tokens;
    case "output":
      return one.total.output_tokens - other.total.output_tokens;
  }
}
