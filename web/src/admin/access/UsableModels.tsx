import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, taken } from "../../api/client";
import { Loading } from "../../ui/Loading";
import { Said } from "../../ui/Said";
import type { Asked } from "./question";

/** As long as nothing certain is asked about: the models that somebody may use. */
export function UsableModels({ question }: { question: Asked }) {
  const { t } = useTranslation();
  const { data, error, isPending } = useQuery({
    queryKey: ["usable-models", question],
    queryFn: async () => taken(await api.GET("/api/explain/models", { params: { query: question } })),
    staleTime: 0,
  });
  return (
    <section className="text-sm">
      <h2 className="mb-2 font-semibold">{t("explain.models")}</h2>
      <Said error={error} />
      {isPending ? <Loading /> : null}
      {data && data.models.length === 0 ? <p className="text-muted-foreground">{t("explain.noModels")}</p> : null}
      <ul className="columns-1 gap-4 sm:columns-2 lg:columns-3">
        {data?.models.map((model) => (
          <li key={model} className="py-0.5 break-words">
            <code>{model}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}
