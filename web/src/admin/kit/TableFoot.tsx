import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";

interface PagedTable {
  getPageCount: () => number;
  getCanPreviousPage: () => boolean;
  getCanNextPage: () => boolean;
  previousPage: () => void;
  nextPage: () => void;
  state: { pagination: { pageIndex: number } };
}

/** Turns over the pages of a table that has several. */
export function TableFoot({ table, count }: { table: PagedTable; count: number }) {
  const { t } = useTranslation();
  const pages = table.getPageCount();
  if (pages < 2) {
    return null;
  }
  return (
    <div className="mt-2 flex flex-wrap items-center justify-between gap-2 text-sm text-muted-foreground">
      <span>{t("admin.table.page", { page: table.state.pagination.pageIndex + 1, pages, count })}</span>
      <span className="flex gap-2">
        <Button disabled={!table.getCanPreviousPage()} onClick={() => table.previousPage()}>
          {t("admin.table.previous")}
        </Button>
        <Button disabled={!table.getCanNextPage()} onClick={() => table.nextPage()}>
          {t("admin.table.next")}
        </Button>
      </span>
    </div>
  );
}
