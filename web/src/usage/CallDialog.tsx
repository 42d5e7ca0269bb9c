import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { when } from "../chat/format";
import { wholeUsd } from "../money/amounts";
import { Button } from "../ui/Button";
import { Modal } from "../ui/Modal";
import { groupName } from "./show";
import type { Call } from "./totals";

interface CallDialogProps {
  call: Call;
  person: string | null;
  onClose: () => void;
}

/** Everything that is known of one call. What was asked and answered is kept nowhere. */
export function CallDialog({ call, person, onClose }: CallDialogProps) {
  const { t } = useTranslation();
  const facts = useFacts(call, person).filter(([, value]) => value !== null && value !== "");
  const lost = call.lost ? [...call.lost.request, ...call.lost.reply] : [];
  return (
    <Modal label={t("usage.call")} onClose={onClose} closedBy="any" className="max-w-2xl p-5">
      <h2 className="mb-3 text-lg font-semibold">{t("usage.call")}</h2>
      <dl className="mb-4 grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-4 gap-y-1.5 text-sm">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted-foreground">{name}</dt>
            <dd className="min-w-0 break-words tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
      {lost.length > 0 ? (
        <section className="mb-4 text-sm">
          <h3 className="mb-1 font-semibold">{t("usage.lost")}</h3>
          <ul className="list-disc space-y-1 pl-5">
            {lost.map((leaf, index) => (
              <li key={index}>
                <code>{leaf.path}</code>: {leaf.reason}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <div className="flex justify-end">
        <Button onClick={onClose}>{t("usage.close")}</Button>
      </div>
    </Modal>
  );
}

function useFacts(call: Call, person: string | null): [string, ReactNode][] {
  const { t, i18n } = useTranslation();
  const usd = (amount: bigint | null) => (amount === null ? t("usage.noPrice") : wholeUsd(amount, i18n.language));
  const number = (value: number) => (value > 0 ? new Intl.NumberFormat(i18n.language).format(value) : null);
  const seconds = (ms: number | null) => (ms === null ? null : t("usage.seconds", { number: new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 }).format(ms / 1000) }));
  const isCorrected = call.booked_cost_nanousd !== call.cost_nanousd;
  return [
    [t("usage.fact.when"), when(call.started_at, i18n.language)],
    [t("usage.fact.who"), person],
    [t("usage.fact.outcome"), groupName(t, "outcome", call.outcome)],
    [t("usage.fact.status"), call.status],
    [t("usage.fact.cost"), `${usd(call.cost_nanousd)}${call.estimated ? ` (${t("usage.isEstimated")})` : ""}`],
    [t("usage.fact.booked"), isCorrected ? usd(call.booked_cost_nanousd) : null],
    [t("usage.fact.price"), call.price_id],
    [t("usage.fact.input"), number(call.input_tokens)],
    [t("usage.fact.cached"), number(call.input_cached_tokens)],
    [t("usage.fact.written"), number(call.input_cache_write_5m_tokens + call.input_cache_write_1h_tokens)],
    [t("usage.fact.output"), number(call.output_tokens)],
    [t("usage.fact.reasoning"), number(call.output_reasoning_tokens)],
    [t("usage.fact.first"), seconds(call.time_to_first_byte_ms)],
    [t("usage.fact.duration"), seconds(call.duration_ms)],
    [t("usage.fact.model"), call.model === call.upstream_model ? call.model : `${call.model} (${call.upstream_model})`],
    [t("usage.fact.deployment"), `${call.deployment} · ${call.provider}`],
    [t("usage.fact.operation"), `${call.operation} · ${call.dialect}`],
    [t("usage.fact.product"), call.product],
    [t("usage.fact.client"), call.client],
    [t("usage.fact.session"), call.session_id],
    [t("usage.fact.call"), call.call_id],
    [t("usage.fact.attempt"), call.attempt_id],
    [t("usage.fact.request"), call.provider_request_id],
  ];
}
