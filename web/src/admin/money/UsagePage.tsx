import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { readUsageSearch } from "../../usage/asked";
import { Explorer } from "../../usage/Explorer";
import { Page } from "../kit/Page";

/** What everybody's calls cost. */
export function UsagePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = readUsageSearch(useSearch({ strict: false }) as Record<string, unknown>);
  return (
    <Page title={t("usage.title")} about={t("usage.about")}>
      <Explorer
        scope="all"
        search={search}
        onSearch={(changed) =>
          void navigate({ to: "/admin/$page", params: { page: "usage" }, search: changed, replace: true })
        }
      />
    </Page>
  );
}
