import { ArrowDown, ArrowUp, ArrowUpDown } from "lucide-react";
import { useTranslation } from "react-i18next";

interface HeadColumn {
  id: string;
  title: string;
  isNumber?: boolean;
  isExtra?: boolean;
  isAction?: boolean;
}

interface SortedTable {
  getColumn: (id: string) => SortedColumn | undefined;
}

interface SortedColumn {
  getIsSorted: () => false | "asc" | "desc";
  toggleSorting: () => void;
}

const ORDERS = { asc: "ascending", desc: "descending" } as const;
const PICTURES = { asc: ArrowUp, desc: ArrowDown } as const;

/** The heads of the columns: each is a button that sorts. */
export function TableHead({ columns, table }: { columns: readonly HeadColumn[]; table: SortedTable }) {
  const { t } = useTranslation();
  return (
    <thead className="bg-sidebar text-xs text-muted-foreground">
      <tr>
        {columns.map((column) => {
          const sorted = table.getColumn(column.id)?.getIsSorted() || null;
          const Picture = sorted ? PICTURES[sorted] : ArrowUpDown;
          return (
            <th
              key={column.id}
              scope="col"
              aria-sort={sorted ? ORDERS[sorted] : undefined}
              className={`p-0 font-semibold whitespace-nowrap ${column.isNumber ? "text-right" : ""} ${column.isExtra ? "hidden md:table-cell" : ""}`}
            >
              {column.isAction ? (
                <span className="sr-only">{column.title}</span>
              ) : (
                <button
                  type="button"
                  title={t("admin.table.sort")}
                  onClick={() => table.getColumn(column.id)?.toggleSorting()}
                  className="group inline-flex min-h-9 items-center gap-1 px-3 py-2 hover:text-foreground"
                >
                  {column.title}
                  <Picture size={12} aria-hidden className={sorted ? "" : "opacity-0 group-hover:opacity-60 group-focus-visible:opacity-60"} />
                </button>
              )}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
