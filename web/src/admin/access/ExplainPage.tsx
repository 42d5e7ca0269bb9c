import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, taken } from "../../api/client";
import { Loading } from "../../ui/Loading";
import { Said } from "../../ui/Said";
import { type Filters, useFilters } from "../kit/filters";
import { Page } from "../kit/Page";
import { ExplainForm } from "./ExplainForm";
import { Explained } from "./Explained";
import { UsableModels } from "./UsableModels";
import { type Action, type Asked, ACTIONS, asked } from "./question";

/** Who may do what, and by which rule. The question stands in the address, so that it can be passed on. */
export function ExplainPage() {
  const { t } = useTranslation();
  const [filters, change] = useFilters();
  return (
    <Page title={t("explain.title")} about={t("explain.about")}>
      <ExplainForm key={JSON.stringify(filters)} filters={filters} onAsk={change} />
      {filters.on ? <Answer on={filters.on} filters={filters} /> : <UsableModels question={asked(filters)} />}
    </Page>
  );
}

function Answer({ on, filters }: { on: string; filters: Filters }) {
  const may: Action = ACTIONS.find((action) => action === filters.may) ?? "use";
  const question: Asked = asked(filters);
  const { data, error, isFetching } = useQuery({
    queryKey: ["explain", on, may, question],
    queryFn: async () => taken(await api.GET("/api/explain", { params: { query: { on, may, ...question } } })),
    // Grants change: an old answer would be a wrong one.
    staleTime: 0,
  });
  if (error) {
    return <Said error={error} />;
  }
  return isFetching || !data ? <Loading /> : <Explained answer={data} />;
}
