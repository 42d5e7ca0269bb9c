import type { TFunction } from "i18next";
import { CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { count, money } from "../../../chat/format";
import { Badge } from "../../kit/Badge";
import { TroubleNote } from "../TroubleNote";
import type { Probe } from "../wire";

/** What a test found out: the answer, how long it took, and what it came to; or why there is none. */
export function ProbeResult({ probe }: { probe: Probe }) {
  return (
    <>
      {probe.trouble ? <TroubleNote trouble={probe.trouble} /> : <Works probe={probe} />}
      {probe.call_id === null ? null : <Figures probe={probe} />}
    </>
  );
}

/** The same in a word, for a row of a table. */
export function ProbeShort({ probe }: { probe: Probe }) {
  const { t, i18n } = useTranslation();
  if (probe.trouble) {
    return (
      <>
        <Badge tone="bad">{t("probe.fails")}</Badge>
        <span className="mt-1 block max-w-xs text-xs break-words text-bad">{probe.trouble.message}</span>
      </>
    );
  }
  return <Badge tone="good">{t("probe.worksIn", { time: milliseconds(probe.duration_ms ?? 0, i18n.language) })}</Badge>;
}

function Works({ probe }: { probe: Probe }) {
  const { t } = useTranslation();
  return (
    <div className="mb-3 flex max-w-2xl gap-2 rounded-lg border border-good p-3 text-sm">
      <CircleCheck size={16} aria-hidden className="mt-0.5 shrink-0 text-good" />
      <div className="min-w-0">
        <p className="font-semibold text-good">{t("probe.works")}</p>
        <p className="mt-1 break-words">{said(probe, t)}</p>
      </div>
    </div>
  );
}

function said(probe: Probe, t: TFunction): string {
  if (probe.task === "vectors") {
    return t("probe.vector", { length: probe.answer });
  }
  return probe.answer ? t("probe.said", { answer: probe.answer }) : t("probe.silent");
}

function Figures({ probe }: { probe: Probe }) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const time = (value: number | null) => (value === null ? t("probe.unknown") : milliseconds(value, language));
  const tokens = { input: count(probe.input_tokens, language), output: count(probe.output_tokens, language) };
  const figures = [
    [t("probe.first"), time(probe.time_to_first_byte_ms)],
    [t("probe.duration"), time(probe.duration_ms)],
    [t("probe.tokens"), t("probe.inAndOut", tokens)],
    [t("probe.cost"), probe.cost_nanousd === null ? t("probe.unpriced") : money(probe.cost_nanousd, language)],
  ] as const;
  return (
    <>
      <dl className="grid max-w-2xl grid-cols-2 gap-3 sm:grid-cols-4">
        {figures.map(([name, value]) => (
          <div key={name} className="rounded-lg border border-border p-2">
            <dt className="text-xs text-muted-foreground">{name}</dt>
            <dd className="text-sm font-semibold break-words">{value}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-2 text-xs break-all text-muted-foreground">
        {probe.estimated ? `${t("probe.estimated")} ` : ""}
        {t("probe.booked", { id: probe.call_id ?? "" })}
      </p>
    </>
  );
}

function milliseconds(value: number, language: string): string {
  return new Intl.NumberFormat(language, { style: "unit", unit: "millisecond" }).format(value);
}
