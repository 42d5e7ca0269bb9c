import type { TFunction } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { components } from "../../../api/schema";
import type { AdminPageProps } from "../../frame/pages";
import type { Column } from "../../kit/DataTable";
import { ObjectPage } from "../../kit/ObjectPage";
import { ObjectsPage } from "../../kit/ObjectsPage";
import type { Entry, Sections } from "../../kit/sections";
import { ofText, ScopeFields } from "../fields/ScopeFields";
import { ConcurrencyField, RateField } from "./RateField";

type Limit = Sections["limits"];
type Rate = components["schemas"]["RateEntry"];

const BLANK: Entry<"limits"> = {};
const HOLDERS = ["principal", "key", "project", "team"] as const;

/** How fast who may use what. */
export function LimitsPage({ name }: AdminPageProps) {
  return name === null ? <Limits /> : <OneLimit name={name} />;
}

function Limits() {
  const { t, i18n } = useTranslation();
  const columns = useMemo<Column<Limit>[]>(
    () => [
      {
        id: "of",
        title: t("budgets.column.of"),
        value: ({ entry }) => [ofText(entry.of, t("money.everybody")), entry.each ? t(`money.forEach.${entry.each}`) : ""].filter(Boolean).join(", "),
      },
      {
        id: "models",
        title: t("money.models"),
        value: ({ entry }) => entry.models?.join(", ") ?? t("money.allModels"),
        isExtra: true,
      },
      {
        id: "requests",
        title: t("limits.requests"),
        isNumber: true,
        value: ({ entry }) => perDay(entry.requests),
        show: ({ entry }) => rateText(t, entry.requests, i18n.language),
      },
      {
        id: "tokens",
        title: t("limits.tokens"),
        isNumber: true,
        value: ({ entry }) => perDay(entry.tokens),
        show: ({ entry }) => rateText(t, entry.tokens, i18n.language),
      },
      {
        id: "concurrency",
        title: t("limits.concurrency"),
        isNumber: true,
        value: ({ entry }) => entry.concurrency ?? null,
        show: ({ entry }) => (entry.concurrency ? new Intl.NumberFormat(i18n.language).format(entry.concurrency) : "–"),
      },
    ],
    [t, i18n.language],
  );
  return (
    <ObjectsPage
      section="limits"
      kind="limit"
      page="limits"
      title={t("limits.title")}
      about={t("limits.about")}
      add={t("limits.add")}
      empty={t("limits.empty")}
      columns={columns}
    />
  );
}

function OneLimit({ name }: { name: string }) {
  const { t } = useTranslation();
  return (
    <ObjectPage
      section="limits"
      kind="limit"
      above={{ page: "limits", title: t("limits.title") }}
      name={name}
      newTitle={t("limits.add")}
      blank={BLANK}
      deleteHint={t("limits.deletion")}
      fields={({ entry, set }) => (
        <>
          <ScopeFields entry={entry} holders={HOLDERS} set={set} />
          <RateField
            label={t("limits.requests")}
            hint={t("limits.requestsHint")}
            path="requests"
            rate={entry.requests ?? null}
            onChange={(requests) => set({ requests })}
          />
          <RateField
            label={t("limits.tokens")}
            hint={t("limits.tokensHint")}
            path="tokens"
            rate={entry.tokens ?? null}
            onChange={(tokens) => set({ tokens })}
          />
          <ConcurrencyField value={entry.concurrency ?? null} onChange={(concurrency) => set({ concurrency })} />
        </>
      )}
    />
  );
}

const STEPS_A_DAY = { second: 86_400, minute: 1440, hour: 24, day: 1 } as const;

/** For sorting only: how much it comes to in a day. */
function perDay(rate: Rate | null | undefined): number | null {
  return rate ? rate.most * STEPS_A_DAY[rate.per ?? "minute"] : null;
}

function rateText(t: TFunction, rate: Rate | null | undefined, language: string): string {
  return rate ? t(`limits.rate.${rate.per ?? "minute"}`, { most: new Intl.NumberFormat(language).format(rate.most) }) : "–";
}
