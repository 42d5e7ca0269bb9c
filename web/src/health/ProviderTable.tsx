import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "../admin/kit/Badge";
import { type Column, DataTable } from "../admin/kit/DataTable";
import { count } from "../chat/format";
import type { ProviderHealth } from "./health";

/** The vendors and servers that answer calls, and how that went lately. */
export function ProviderTable({ providers }: { providers: readonly ProviderHealth[] }) {
  const { t, i18n } = useTranslation();
  const columns = useMemo(
    (): Column<ProviderHealth>[] => [
      { id: "name", title: t("health.provider"), value: (each) => each.name },
      {
        id: "credential",
        title: t("health.credential"),
        value: (each) => each.credential_problem,
        show: (each) =>
          each.credential_problem ? (
            <Badge tone="bad">{t("health.missing")}</Badge>
          ) : (
            <Badge tone="good">{t("health.there")}</Badge>
          ),
      },
      {
        id: "attempts",
        title: t("health.attempts"),
        value: (each) => each.attempts,
        show: (each) => count(each.attempts, i18n.language),
        isNumber: true,
      },
      {
        id: "failed",
        title: t("health.failed"),
        value: (each) => each.failed,
        show: (each) => count(each.failed, i18n.language),
        isNumber: true,
      },
    ],
    [t, i18n.language],
  );
  return (
    <section className="mb-6">
      <h2 className="mb-2 font-semibold">{t("health.providers")}</h2>
      <DataTable
        label={t("health.providers")}
        columns={columns}
        rows={providers}
        idOf={(each) => each.name}
        empty={t("health.noProviders")}
        isSearchable={false}
      />
    </section>
  );
}
