import { useTranslation } from "react-i18next";
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { Measure } from "./asked";
import { seriesColour } from "./colours";
import { type Grain, stepLabel } from "./period";
import { type Divided, height, type Step } from "./series";
import { axisText, measuredText } from "./show";

export interface BarsOverTimeProps {
  divided: Divided;
  /** How each of the series is called, and the rest as the last. */
  names: readonly string[];
  measure: Measure;
  grain: Grain;
}

const HEIGHT_PX = 260;
const TICKS = { fill: "var(--quiet)", fontSize: 12 };

/** Bars, one for each step, of parts that stand on each other. What can be read from them stands in a table, too. */
export default function BarsOverTime({ divided, names, measure, grain }: BarsOverTimeProps) {
  const { i18n } = useTranslation();
  const { language } = i18n;
  return (
    <ResponsiveContainer width="100%" height={HEIGHT_PX} minWidth={0}>
      <BarChart data={divided.steps} accessibilityLayer={false} margin={{ top: 8, right: 4, bottom: 0, left: 0 }}>
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="step"
          tickFormatter={(step: string) => stepLabel(step, grain, language)}
          tick={TICKS}
          tickLine={false}
          axisLine={{ stroke: "var(--control)" }}
          minTickGap={24}
        />
        <YAxis
          tickFormatter={(value: number) => axisText(value, measure, language)}
          tick={TICKS}
          tickLine={false}
          axisLine={false}
          width="auto"
          allowDecimals={measure === "cost"}
        />
        <Tooltip
          isAnimationActive={false}
          cursor={{ fill: "var(--hover)" }}
          content={({ active, payload }) => {
            const step = payload[0]?.payload as Step | undefined;
            return active && step ? <Told step={step} names={names} measure={measure} grain={grain} /> : null;
          }}
        />
        {names.map((name, index) => (
          <Bar
            key={name}
            name={name}
            stackId="all"
            dataKey={(step: Step) => height(step.parts[index] ?? 0n, measure)}
            fill={seriesColour(divided, index)}
            stroke="var(--ground)"
            strokeWidth={0.5}
            maxBarSize={48}
            isAnimationActive={false}
          />
        ))}
      </BarChart>
    </ResponsiveContainer>
  );
}

type ToldProps = Omit<BarsOverTimeProps, "divided"> & { step: Step };

/** What one bar says, to the last digit. */
function Told({ step, names, measure, grain }: ToldProps) {
  const { t, i18n } = useTranslation();
  return (
    <div className="rounded-md border border-border bg-popover px-3 py-2 text-sm shadow-md">
      <p className="mb-1 font-semibold">{stepLabel(step.step, grain, i18n.language)}</p>
      <table className="tabular-nums">
        <tbody>
          {names.map((name, index) =>
            step.parts[index] ? (
              <tr key={name}>
                <td className="max-w-48 truncate pr-4">{name}</td>
                <td className="text-right">{measuredText(step.parts[index], measure, i18n.language)}</td>
              </tr>
            ) : null,
          )}
          <tr className="font-semibold">
            <td className="pr-4">{t("usage.total")}</td>
            <td className="text-right">{measuredText(step.whole, measure, i18n.language)}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}
