import { useTranslation } from "react-i18next";
import { Wide } from "../money/Wide";
import type { Measure } from "./asked";
import { type Grain, stepLabel } from "./period";
import type { Divided } from "./series";
import { measuredText } from "./show";

interface TimeTableProps {
  divided: Divided;
  names: readonly string[];
  measure: Measure;
  grain: Grain;
}

/** What the bars say, for whoever does not see them, or wants to know exactly. */
export function TimeTable({ divided, names, measure, grain }: TimeTableProps) {
  const { t, i18n } = useTranslation();
  const written = (value: bigint) => (value === 0n ? "–" : measuredText(value, measure, i18n.language));
  const shown = divided.steps.filter((step) => step.whole !== 0n || step.parts.some((part) => part !== 0n));
  const columns = divided.names.length > 0 ? names : [];
  return (
    <details className="mt-3 text-sm">
      <summary className="w-fit rounded-md py-1.5 text-primary underline">{t("usage.asTable")}</summary>
      <Wide label={t("usage.asTable")} className="mt-2 max-h-96">
        <table className="w-full border-collapse tabular-nums">
          <thead className="sticky top-0 bg-background">
            <tr className="border-b border-border text-left">
              <th scope="col" className="py-1.5 pr-4">{t(`usage.grain.${grain}`)}</th>
              {columns.map((name) => (
                <th key={name} scope="col" className="py-1.5 pr-4 text-right">{name}</th>
              ))}
              <th scope="col" className="py-1.5 text-right">{t("usage.total")}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((step) => (
              <tr key={step.step} className="border-b border-border">
                <th scope="row" className="py-1.5 pr-4 text-left font-normal whitespace-nowrap">
                  {stepLabel(step.step, grain, i18n.language)}
                </th>
                {columns.map((name, index) => (
                  <td key={name} className="py-1.5 pr-4 text-right whitespace-nowrap">{written(step.parts[index] ?? 0n)}</td>
                ))}
                <td className="py-1.5 text-right whitespace-nowrap">{written(step.whole)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </details>
  );
}
