import { useTranslation } from "react-i18next";
import { useWindows } from "../../../money/budgets/states";
import { WindowCard } from "../../../money/budgets/WindowCard";
import { Button } from "../../../ui/Button";
import { Loading } from "../../../ui/Loading";
import { Said } from "../../../ui/Said";

/** How a budget stands now; of a budget for each, of everyone who has used it. */
export function Windows({ name }: { name: string }) {
  const { t } = useTranslation();
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage } = useWindows(name);
  const windows = data?.pages.flatMap((page) => page.windows) ?? [];
  return (
    <section className="mb-6" aria-labelledby="windows">
      <h2 id="windows" className="mb-3 text-lg font-semibold">
        {t("budgets.stands")}
      </h2>
      <Said error={error} />
      {isPending ? <Loading /> : null}
      {data && windows.length === 0 ? <p className="text-muted-foreground">{t("budgets.unused")}</p> : null}
      <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
        {windows.map((window) => {
          const label = window.holder ?? t("budgets.shared");
          return <WindowCard key={label} window={window} label={label} title={label} />;
        })}
      </div>
      {hasNextPage ? (
        <Button look="quiet" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()} className="mt-2 w-full">
          {t("more")}
        </Button>
      ) : null}
    </section>
  );
}
