import { Plus } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "../../kit/DataTable";
import { PageLink } from "../../kit/PageLink";
import { addressOf, DISCOUNT, OWN } from "./places";
import type { Discount, PriceRow, Stated } from "./wire";

interface ListProps {
  stated: Stated;
  mayManage: boolean;
}

interface Row<Value> {
  name: string;
  value: Value;
}

const rowsOf = <Value,>(all: Record<string, Value> | undefined): Row<Value>[] =>
  Object.entries(all ?? {}).map(([name, value]) => ({ name, value }));

/** The prices that take the place of list prices. */
export function OwnPrices({ stated, mayManage }: ListProps) {
  const { t } = useTranslation();
  const columns = useMemo<Column<Row<PriceRow>>[]>(
    () => [
      ...frame<PriceRow>(OWN, t("admin.form.name")),
      { id: "for", title: t("prices.for"), value: ({ value }) => [value.provider, value.model, value.deployment].filter(Boolean).join(" · ") },
      { id: "input", title: t("prices.short.input"), value: ({ value }) => inCurrency(value, value.per_million?.input), isNumber: true },
      { id: "output", title: t("prices.short.output"), value: ({ value }) => inCurrency(value, value.per_million?.output), isNumber: true },
      { id: "validity", title: t("prices.validity"), value: ({ value }) => validity(value), isExtra: true },
    ],
    [t],
  );
  return (
    <List title={t("prices.own")} about={t("prices.ownAbout")} add={mayManage ? { label: t("prices.addOwn"), place: addressOf(OWN) } : null}>
      <DataTable label={t("prices.own")} columns={columns} rows={rowsOf(stated.entry.own)} idOf={(row) => row.name} empty={t("prices.noOwn")} isSearchable={false} />
    </List>
  );
}

/** What is taken off list prices. */
export function Discounts({ stated, mayManage }: ListProps) {
  const { t } = useTranslation();
  const columns = useMemo<Column<Row<Discount>>[]>(
    () => [
      ...frame<Discount>(DISCOUNT, t("admin.form.name")),
      { id: "for", title: t("prices.for"), value: ({ value }) => [value.provider, value.model].filter(Boolean).join(" · ") },
      { id: "percent", title: t("prices.percent"), value: ({ value }) => Number(value.percent), show: ({ value }) => `${value.percent} %`, isNumber: true },
      { id: "validity", title: t("prices.validity"), value: ({ value }) => validity(value), isExtra: true },
    ],
    [t],
  );
  return (
    <List
      title={t("prices.discounts")}
      about={t("prices.discountsAbout")}
      add={mayManage ? { label: t("prices.addDiscount"), place: addressOf(DISCOUNT) } : null}
    >
      <DataTable
        label={t("prices.discounts")}
        columns={columns}
        rows={rowsOf(stated.entry.discounts)}
        idOf={(row) => row.name}
        empty={t("prices.noDiscounts")}
        isSearchable={false}
      />
    </List>
  );
}

/** The column of names, which lead to the rows. */
function frame<Value>(kind: string, title: string): Column<Row<Value>>[] {
  return [
    {
      id: "name",
      title,
      value: ({ name }) => name,
      show: ({ name }) => (
        <PageLink page="prices" name={addressOf(kind, name)}>
          {name}
        </PageLink>
      ),
    },
  ];
}

function inCurrency(row: PriceRow, usd: string | undefined): string | null {
  return usd === undefined ? null : `${usd} ${row.currency ?? "USD"}`;
}

function validity({ valid_from, valid_until }: { valid_from?: string | null; valid_until?: string | null }): string | null {
  return valid_from || valid_until ? `${valid_from ?? ""} – ${valid_until ?? ""}`.trim() : null;
}

interface ListFrameProps {
  title: string;
  about: string;
  add: { label: string; place: string } | null;
  children: ReactNode;
}

export function List({ title, about, add, children }: ListFrameProps) {
  return (
    <section>
      <div className="mb-3 flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="font-semibold">{title}</h2>
          <p className="mt-1 max-w-2xl text-sm text-muted-foreground">{about}</p>
        </div>
        {add ? (
          <PageLink page="prices" name={add.place} className="inline-flex min-h-9 items-center gap-1.5 rounded-md border border-control px-3 py-2 text-sm hover:bg-accent">
            <Plus size={16} aria-hidden />
            {add.label}
          </PageLink>
        ) : null}
      </div>
      {children}
    </section>
  );
}
