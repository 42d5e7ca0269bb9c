import {
  createPaginatedRowModel,
  createSortedRowModel,
  rowPaginationFeature,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { TableFoot } from "./TableFoot";
import { TableHead } from "./TableHead";
import { compare, type Value, withWords } from "./tableRows";

export interface Column<Row> {
  id: string;
  title: string;
  /** What it is sorted and found by; null stands last. */
  value: (row: Row) => Value;
  /** What is shown; left out, the value. */
  show?: (row: Row) => ReactNode;
  /** Numbers stand at the end, so that their digits are below each other. */
  isNumber?: boolean;
  /** Left out where there is little room. */
  isExtra?: boolean;
  /** It holds what can be done with a row: nothing to sort by. */
  isAction?: boolean;
}

interface DataTableProps<Row> {
  /** What the table is called, for who does not see it. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  idOf: (row: Row) => string;
  /** What is said instead of a table without rows. */
  empty: string;
  /** Whether it can be searched here. A list that the server searches has fields of its own for that. */
  isSearchable?: boolean;
  /** More fields beside the search. */
  filters?: ReactNode;
  /** Below the rows, such as a button for more of them. */
  foot?: ReactNode;
}

const ROWS = 50;

const features = tableFeatures({
  rowSortingFeature,
  rowPaginationFeature,
  sortedRowModel: createSortedRowModel(),
  paginatedRowModel: createPaginatedRowModel(),
});

/** Rows to be sorted by any column, searched by words, and turned over page by page. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, columns, rows, idOf, empty, isSearchable = true, filters, foot } = props;
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const data = useMemo(() => withWords(rows, columns, typed), [rows, columns, typed]);
  const definitions = useMemo(
    () =>
      columns.map((column) => ({
        id: column.id,
        accessorFn: (row: Row) => column.value(row) ?? undefined,
        sortUndefined: "last" as const,
        sortDescFirst: column.isNumber ?? false,
        sortFn: (one: { original: Row }, other: { original: Row }) => compare(column.value(one.original), column.value(other.original)),
      })),
    [columns],
  );
  const table = useTable({
    features,
    columns: definitions,
    data,
    getRowId: idOf,
    initialState: { pagination: { pageIndex: 0, pageSize: ROWS } },
  });
  const shown = table.getRowModel().rows;
  return (
    <div>
      {isSearchable || filters ? (
        <div className="mb-3 flex flex-wrap items-end gap-3 [&>div]:mb-0">
          {isSearchable ? (
            <input
              type="search"
              aria-label={t("admin.table.search")}
              placeholder={t("admin.table.search")}
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value);
                table.setPageIndex(0);
              }}
              className="min-h-9 w-full rounded-md border border-control bg-background px-3 py-1.5 text-sm sm:w-64"
            />
          ) : null}
          {filters}
        </div>
      ) : null}
      <p role="status" className="sr-only">
        {t("admin.table.count", { count: data.length })}
      </p>
      {data.length === 0 ? (
        <p className="rounded-lg border border-border p-4 text-sm text-muted-foreground">{typed ? t("admin.table.nothing") : empty}</p>
      ) : (
        // It scrolls sideways where there is no room, by keys too.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div role="region" aria-label={label} tabIndex={0} className="relative overflow-x-auto rounded-lg border border-border">
          <table className="w-full border-collapse text-left text-sm">
            <TableHead columns={columns} table={table} />
            <tbody>
              {shown.map((row) => (
                <tr key={row.id} className="border-t border-border hover:bg-accent/50">
                  {columns.map((column, place) => (
                    <Cell key={column.id} column={column} row={row.original} isFirst={place === 0} />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <TableFoot table={table} count={data.length} />
      {foot}
    </div>
  );
}

function Cell<Row>({ column, row, isFirst }: { column: Column<Row>; row: Row; isFirst: boolean }) {
  const place = `px-3 py-2 align-top break-words ${column.isNumber ? "text-right tabular-nums" : ""} ${column.isExtra ? "hidden md:table-cell" : ""}`;
  const shown = column.show ? column.show(row) : column.value(row);
  return isFirst ? (
    <th scope="row" className={`${place} font-medium`}>
      {shown}
    </th>
  ) : (
    <td className={place}>{shown}</td>
  );
}
