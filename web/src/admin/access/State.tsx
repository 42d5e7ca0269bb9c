import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { Badge } from "../kit/Badge";
import type { Column } from "../kit/DataTable";

interface Principal {
  entry: { suspended?: boolean };
}

/** Whether somebody is let in. */
export function State({ isSuspended }: { isSuspended: boolean }) {
  const { t } = useTranslation();
  return isSuspended ? <Badge tone="bad">{t("standing.suspended")}</Badge> : <Badge tone="good">{t("standing.active")}</Badge>;
}

/** The column of a table that shows it. */
export function stateColumn(t: TFunction): Column<Principal> {
  return {
    id: "state",
    title: t("access.state"),
    value: ({ entry }) => (entry.suspended ? t("standing.suspended") : t("standing.active")),
    show: ({ entry }) => <State isSuspended={entry.suspended === true} />,
  };
}
