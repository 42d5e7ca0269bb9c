import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Requests } from "../../../money/budgets/Requests";
import { useRequests } from "../../../money/budgets/states";
import { Button } from "../../../ui/Button";
import { Loading } from "../../../ui/Loading";
import { Said } from "../../../ui/Said";
import { SelectField } from "../../kit/fields/SelectField";
import { Page } from "../../kit/Page";

const STATES = ["open", "approved", "refused", "all"] as const;
type State = (typeof STATES)[number];

/** What is asked for of budgets, to approve or to refuse, and what was decided. */
export function RequestsPage() {
  const { t } = useTranslation();
  const [state, setState] = useState<State>("open");
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage } = useRequests(state);
  const requests = data?.pages.flatMap((page) => page.budget_requests) ?? [];
  return (
    <Page title={t("budgets.requests")} about={t("budgets.requestsAbout")} above={{ page: "budgets", title: t("budgets.title") }}>
      <div className="max-w-xs">
        <SelectField
          label={t("budgets.whichRequests")}
          value={state}
          options={STATES.map((each) => ({ value: each, label: t(`budgets.request.${each}`) }))}
          onChange={setState}
        />
      </div>
      <Said error={error} />
      {isPending ? <Loading /> : null}
      {requests.length > 0 ? <Requests requests={requests} /> : null}
      {data && requests.length === 0 ? <p className="text-muted-foreground">{t("budgets.noRequests")}</p> : null}
      {hasNextPage ? (
        <Button look="quiet" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()} className="mt-2 w-full">
          {t("more")}
        </Button>
      ) : null}
    </Page>
  );
}
