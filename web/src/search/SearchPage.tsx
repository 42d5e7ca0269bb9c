import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue } from "react";
import { useTranslation } from "react-i18next";
import { when } from "../chat/format";
import { chat, type Piece } from "../chat/wire";
import { usePageTitle } from "../shell/pageTitle";
import { Button } from "../ui/Button";
import { Said } from "../ui/Said";

/** Finds conversations by their words. What is searched for stands in the address, so that it can be kept. */
export function SearchPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { q = "" } = useSearch({ from: "/search" });
  const wanted = useDeferredValue(q.trim());
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ["search", wanted],
    queryFn: ({ pageParam }) => chat.search(wanted, pageParam),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    enabled: wanted !== "",
    placeholderData: (before) => before,
  });
  usePageTitle(t("nav.search"));
  const pages = wanted ? (data?.pages ?? []) : [];
  const titles = pages.flatMap((page) => page.titles);
  const messages = pages.flatMap((page) => page.messages);
  const found = titles.length + messages.length;
  return (
    <div className="mx-auto min-h-0 w-full max-w-3xl flex-1 overflow-y-auto p-4">
      <h1 className="mb-3 text-xl font-semibold">{t("nav.search")}</h1>
      <input
        type="search"
        aria-label={t("search.label")}
        placeholder={t("search.label")}
        value={q}
        onChange={(event) => {
          const typed = event.target.value;
          void navigate({ to: "/search", search: typed ? { q: typed } : {}, replace: true });
        }}
        className="mb-3 w-full rounded-md border border-control bg-background px-3 py-2"
      />
      <Said error={error} />
      <p role="status" className="mb-2 text-sm text-muted-foreground">
        {wanted && data ? t("search.count", { count: found }) : ""}
      </p>
      <ol className="space-y-2">
        {titles.map((each) => (
          <FoundView
            key={each.conversation_id}
            conversationId={each.conversation_id}
            messageId={null}
            title={each.title}
            at={each.updated_at}
            pieces={each.pieces}
          />
        ))}
        {messages.map((each) => (
          <FoundView
            key={each.message_id}
            conversationId={each.conversation_id}
            messageId={each.message_id}
            title={each.file === null ? each.conversation_title : `${each.conversation_title} · ${t("files.found", { name: each.file })}`}
            at={each.created_at}
            pieces={each.pieces}
          />
        ))}
      </ol>
      {hasNextPage ? (
        <Button look="quiet" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()} className="mt-2 w-full">
          {t("more")}
        </Button>
      ) : null}
    </div>
  );
}

interface FoundViewProps {
  conversationId: string;
  messageId: string | null;
  title: string;
  at: string;
  pieces: readonly Piece[];
}

function FoundView({ conversationId, messageId, title, at, pieces }: FoundViewProps) {
  const { t, i18n } = useTranslation();
  return (
    <li>
      <Link
        to="/chat/$conversationId"
        params={{ conversationId }}
        search={messageId === null ? {} : { message: messageId }}
        preload={false}
        className="block rounded-md border border-border p-3 hover:bg-accent"
      >
        <span className="flex items-baseline justify-between gap-3">
          <span className="min-w-0 truncate font-semibold">{title || t("chat.untitled")}</span>
          <span className="shrink-0 text-xs text-muted-foreground">{when(at, i18n.language)}</span>
        </span>
        <span className="block text-sm break-words">
          {pieces.map((piece, index) =>
            piece.is_match ? <mark key={index}>{piece.text}</mark> : <span key={index}>{piece.text}</span>,
          )}
        </span>
      </Link>
    </li>
  );
}
