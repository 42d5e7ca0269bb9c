import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { count } from "../../../chat/format";
import { useMay } from "../../../shell/abilities";
import { Badge } from "../../kit/Badge";
import { type Column, DataTable } from "../../kit/DataTable";
import { PageLink } from "../../kit/PageLink";
import { addressOf, OWN } from "./places";
import { amount, furtherOf, isKind } from "./shown";
import type { ModelPrice } from "./wire";

interface PriceTableProps {
  label: string;
  prices: readonly ModelPrice[];
  /** Whether the models are named, since they are several. */
  hasModels: boolean;
  filters?: ReactNode;
}

/** What calls cost, and where each price is from. */
export function PriceTable({ label, prices, hasModels, filters }: PriceTableProps) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const columns = useMemo<Column<ModelPrice>[]>(() => {
    const perMillion = (kind: "input" | "output" | "cached_read"): Column<ModelPrice> => ({
      id: kind,
      title: t(`prices.short.${kind}`),
      value: (price) => (price.per_million[kind] === undefined ? null : Number(price.per_million[kind])),
      show: (price) => amount(price.per_million[kind], language),
      isNumber: true,
      isExtra: kind === "cached_read",
    });
    return [
      ...(hasModels
        ? [
            {
              id: "model",
              title: t("prices.model"),
              value: (price: ModelPrice) => price.model,
              show: (price: ModelPrice) => (
                <PageLink page="models" name={price.model}>
                  {price.model}
                </PageLink>
              ),
            },
          ]
        : []),
      {
        id: "deployment",
        title: t("prices.deployment"),
        value: (price) => `${price.deployment} ${price.upstream_model}`,
        show: (price) => <Where price={price} />,
      },
      perMillion("input"),
      perMillion("output"),
      perMillion("cached_read"),
      {
        id: "further",
        title: t("prices.further"),
        value: (price) => furtherOf(price).map(([kind]) => kind).join(" ") || null,
        show: (price) => <Further price={price} />,
        isExtra: true,
      },
      {
        id: "origin",
        title: t("prices.origin"),
        value: (price) => t(`prices.originKinds.${price.origin}`),
        show: (price) => <Origin price={price} />,
      },
    ];
  }, [t, language, hasModels]);
  return (
    <DataTable
      label={label}
      columns={columns}
      rows={prices}
      idOf={(price) => `${price.model} ${price.deployment} ${price.tier} ${price.above_input_tokens}`}
      empty={t("prices.empty")}
      isSearchable={hasModels}
      filters={filters}
    />
  );
}

function Where({ price }: { price: ModelPrice }) {
  const { t, i18n } = useTranslation();
  return (
    <>
      {price.deployment}
      {price.tier === "standard" ? null : <span className="block text-xs text-muted-foreground">{t("prices.inTier", { tier: price.tier })}</span>}
      {price.above_input_tokens === 0 ? null : (
        <span className="block text-xs text-muted-foreground">
          {t("prices.above", { tokens: count(price.above_input_tokens, i18n.language) })}
        </span>
      )}
    </>
  );
}

function Further({ price }: { price: ModelPrice }) {
  const { t, i18n } = useTranslation();
  return (
    <ul className="text-xs">
      {furtherOf(price).map(([kind, usd]) => (
        <li key={kind}>
          {isKind(kind) ? t(`prices.kind.${kind}`) : kind}: {amount(usd, i18n.language)}
        </li>
      ))}
    </ul>
  );
}

function Origin({ price }: { price: ModelPrice }) {
  const { t } = useTranslation();
  const mayManage = useMay("manage", "price");
  return (
    <>
      <Badge tone={price.origin === "unknown" ? "bad" : price.origin === "own" ? "good" : "plain"}>{t(`prices.originKinds.${price.origin}`)}</Badge>
      {price.unknown ? <span className="block text-xs text-muted-foreground">{t(`prices.unknownKinds.${price.unknown}`)}</span> : null}
      {price.unknown && mayManage ? (
        <span className="block text-xs">
          <PageLink page="prices" name={addressOf(OWN)} filters={{ provider: price.provider, model: price.upstream_model }}>
            {t("prices.state")}
          </PageLink>
        </span>
      ) : null}
      {price.source ? <span className="block text-xs break-words text-muted-foreground">{price.source}</span> : null}
    </>
  );
}
