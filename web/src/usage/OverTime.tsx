import type { TFunction } from "i18next";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Boundary } from "../ui/Boundary";
import { Loading } from "../ui/Loading";
import { seriesColour } from "./colours";
import { type Asked, type Group, MEASURES, type Measure } from "./asked";
import { stepsOf } from "./period";
import { type Divided, divide } from "./series";
import { groupName } from "./show";
import { TimeTable } from "./TimeTable";
import { MOST_POINTS, type Totals, useTotals } from "./totals";
import "./series.css";

const BarsOverTime = lazy(() => import("./BarsOverTime"));

interface OverTimeProps {
  asked: Asked;
  /** Usage by the steps of time alone. */
  all: Totals;
  onMeasure: (measure: Measure) => void;
}

/** How usage went on, divided as the table below it is. */
export function OverTime({ asked, all, onMeasure }: OverTimeProps) {
  const { t } = useTranslation();
  const { scope, query, span, grain, measure, by } = asked;
  const time = grain === "hour" ? "hour" : "day";
  const parts = useTotals(scope, query, [time, by], MOST_POINTS);
  const found = parts.isPlaceholderData || !parts.data?.is_complete ? null : { totals: parts.data.totals, by };
  const divided = divide(stepsOf(span, grain), grain, all.totals, found, measure);
  const names = seriesNames(t, by, divided);
  return (
    <figure className="min-w-0 rounded-lg border border-border p-4" aria-label={t("usage.overTime")}>
      <figcaption className="mb-3 flex flex-wrap items-center justify-between gap-2">
        <h2 className="font-semibold">{t("usage.overTime")}</h2>
        <fieldset className="flex flex-wrap gap-1">
          <legend className="sr-only">{t("usage.measured")}</legend>
          {MEASURES.map((each) => (
            <label
              key={each}
              className="inline-flex min-h-9 items-center rounded-md px-3 text-sm hover:bg-accent has-checked:bg-accent has-checked:font-semibold has-focus-visible:outline-2"
            >
              <input
                type="radio"
                name="measure"
                className="sr-only"
                checked={each === measure}
                onChange={() => onMeasure(each)}
              />
              {t(`usage.measure.${each}`)}
            </label>
          ))}
        </fieldset>
      </figcaption>
      {parts.data && !parts.data.is_complete ? <p className="mb-2 text-sm text-muted-foreground">{t("usage.tooMany")}</p> : null}
      <div aria-hidden className="min-w-0">
        <Boundary otherwise={null}>
          <Suspense fallback={<Loading />}>
            <BarsOverTime divided={divided} names={names} measure={measure} grain={grain} />
          </Suspense>
        </Boundary>
      </div>
      {divided.names.length > 0 ? <Legend divided={divided} names={names} /> : null}
      <TimeTable divided={divided} names={names} measure={measure} grain={grain} />
      <p className="mt-2 text-xs text-muted-foreground">{t("usage.inUtc")}</p>
    </figure>
  );
}

function seriesNames(t: TFunction, by: Group, divided: Divided): string[] {
  if (divided.names.length === 0) {
    return [t("usage.total")];
  }
  const names = divided.names.map((name) => groupName(t, by, name));
  return divided.hasRest ? [...names, t("usage.rest")] : names;
}

interface NamedProps {
  divided: Divided;
  names: readonly string[];
}

function Legend({ divided, names }: NamedProps) {
  return (
    <ul aria-hidden className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-sm">
      {names.map((name, index) => (
        <li key={name} className="flex min-w-0 items-center gap-1.5">
          <span className="size-3 shrink-0 rounded-sm" style={{ background: seriesColour(divided, index) }} />
          <span className="max-w-56 truncate">{name}</span>
        </li>
      ))}
    </ul>
  );
}
