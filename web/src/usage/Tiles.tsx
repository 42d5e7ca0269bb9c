import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Amount } from "../money/Amount";
import { sum } from "../money/amounts";
import type { Asked } from "./asked";
import { before } from "./period";
import { percent } from "./show";
import { type Totals, useTotals } from "./totals";

/** From so many times on, a percentage says nothing to anybody. */
const MANY = 10n;

/** What all of it came to, and what is to be known of these figures. */
export function Tiles({ asked, all }: { asked: Asked; all: Totals }) {
  const { t, i18n } = useTranslation();
  const { totals } = all;
  const added = (of: (total: Totals["totals"][number]) => number) => totals.reduce((whole, total) => whole + of(total), 0);
  const written = (value: number) => new Intl.NumberFormat(i18n.language).format(value);
  const input = added((total) => total.input_tokens);
  const output = added((total) => total.output_tokens);
  const cached = added((total) => total.input_cached_tokens);
  const cost = sum(totals.map((total) => total.cost_nanousd));
  const overage = sum(totals.map((total) => total.overage_nanousd));
  const unpriced = added((total) => total.unpriced);
  const estimated = added((total) => total.estimated);
  return (
    <>
      <dl className="grid grid-cols-1 gap-3 lg:grid-cols-[1.3fr_1fr_1fr]">
        <Tile name={t("usage.measure.cost")} note={<Compared asked={asked} cost={cost} />}>
          <Amount nanousd={cost} />
        </Tile>
        <Tile
          name={t("usage.measure.calls")}
          note={estimated > 0 ? t("usage.estimated", { count: estimated, number: written(estimated) }) : t("usage.allExact")}
        >
          {written(added((total) => total.attempts))}
        </Tile>
        <Tile
          name={t("usage.measure.tokens")}
          note={t("usage.inAndOut", { input: written(input), output: written(output), cached: written(cached) })}
        >
          {written(input + output)}
        </Tile>
      </dl>
      {unpriced > 0 ? (
        <p className="rounded-md bg-bad-ground px-3 py-2 text-sm text-bad">
          {t("usage.unpriced", { count: unpriced, number: written(unpriced) })}
        </p>
      ) : null}
      {overage > 0n ? (
        <p className="rounded-md bg-bad-ground px-3 py-2 text-sm text-bad">
          {t("usage.overage")} <Amount nanousd={overage} />
        </p>
      ) : null}
    </>
  );
}

function Tile({ name, note, children }: { name: string; note: ReactNode; children: ReactNode }) {
  return (
    <div className="min-w-0 rounded-lg border border-border p-4">
      <dt className="text-sm text-muted-foreground">{name}</dt>
      <dd className="mt-1 text-xl font-semibold tabular-nums sm:text-2xl">{children}</dd>
      <dd className="mt-1 text-sm text-muted-foreground">{note}</dd>
    </div>
  );
}

/** Says how the cost is beside that of as many days before. */
function Compared({ asked, cost }: { asked: Asked; cost: bigint }) {
  const { t, i18n } = useTranslation();
  const { since, until } = before(asked.span);
  const query = { ...asked.query, since: since.toISOString(), until: until.toISOString() };
  const { data } = useTotals(asked.scope, query, ["outcome"]);
  if (!data) {
    return null;
  }
  const earlier = sum(data.totals.map((total) => total.cost_nanousd));
  if (earlier === 0n) {
    return t("usage.nothingBefore");
  }
  if (cost >= MANY * earlier) {
    return t("usage.manyTimes", { times: new Intl.NumberFormat(i18n.language).format(cost / earlier) });
  }
  const change = Number(((cost - earlier) * 1000n) / earlier) / 1000;
  const signed = `${change > 0 ? "+" : ""}${percent(change, i18n.language)}`;
  return t("usage.compared", { change: signed });
}
