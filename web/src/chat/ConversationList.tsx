import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { Said } from "../ui/Said";
import { useConversations } from "./conversations";

/** The conversations in the navigation. */
export function ConversationList() {
  const { t } = useTranslation();
  const { conversations, error, hasNextPage, fetchNextPage, isFetchingNextPage, isSuccess } = useConversations();
  return (
    <nav aria-label={t("chat.conversations")} className="mt-4 min-h-0 flex-1 overflow-y-auto px-2 pb-2">
      <h2 className="px-2 pb-1 text-xs font-semibold text-muted-foreground">{t("chat.conversations")}</h2>
      <Said error={error} />
      {isSuccess && conversations.length === 0 ? (
        <p className="px-2 text-sm text-muted-foreground">{t("chat.none")}</p>
      ) : null}
      <ul>
        {conversations.map((each) => (
          <li key={each.id}>
            <Link
              to="/chat/$conversationId"
              params={{ conversationId: each.id }}
              preload={false}
              className="block min-h-9 truncate rounded-md px-2 py-2 text-sm hover:bg-accent"
              activeProps={{ className: "bg-accent" }}
            >
              {each.title || t("chat.untitled")}
            </Link>
          </li>
        ))}
      </ul>
      {hasNextPage ? (
        <Button look="quiet" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()} className="w-full">
          {t("more")}
        </Button>
      ) : null}
    </nav>
  );
}
