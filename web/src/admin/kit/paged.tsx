import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";

interface PageOf<Row> {
  rows: readonly Row[];
  next: string | null;
}

/** A long list, the newest first: its first page, and more when it is asked for. `key` says of what with which filters. */
export function usePaged<Row>(key: readonly unknown[], fetchPage: (cursor: string) => Promise<PageOf<Row>>) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => fetchPage(pageParam),
    initialPageParam: "",
    getNextPageParam: (last) => last.next,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.rows) ?? [], [query.data]);
  const more = { hasMore: query.hasNextPage, isLoading: query.isFetchingNextPage, load: () => void query.fetchNextPage() };
  return { rows, error: query.error, isPending: query.isPending, more };
}

interface MoreProps {
  hasMore: boolean;
  isLoading: boolean;
  load: () => void;
}

export function More({ hasMore, isLoading, load }: MoreProps) {
  const { t } = useTranslation();
  return hasMore ? (
    <Button look="quiet" disabled={isLoading} onClick={load} className="mt-2 w-full">
      {t("more")}
    </Button>
  ) : null;
}
