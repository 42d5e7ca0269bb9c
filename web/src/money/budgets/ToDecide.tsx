import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Requests } from "./Requests";
import { useRequests } from "./states";
import { useOwnRequests } from "./windows";

/** What others ask for of budgets that one looks after; nothing at all where nobody asks. */
export function ToDecide() {
  const { t } = useTranslation();
  const { data, hasNextPage, fetchNextPage } = useRequests("open");
  const own = useOwnRequests();
  const mine = new Set(own.data?.map((request) => request.id));
  const others = data?.pages.flatMap((page) => page.budget_requests).filter((request) => !mine.has(request.id)) ?? [];
  if (!own.data || others.length === 0) {
    return null;
  }
  return (
    <section aria-labelledby="to-decide">
      <h2 id="to-decide" className="mb-3 text-lg font-semibold">
        {t("budgets.toDecide")}
      </h2>
      <Requests requests={others} />
      {hasNextPage ? (
        <Button look="quiet" onClick={() => void fetchNextPage()} className="mt-2 w-full">
          {t("more")}
        </Button>
      ) : null}
    </section>
  );
}
