import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Trouble } from "./wire";

const KNOWN = [
  "bad_request",
  "billing",
  "broken_reply",
  "credential",
  "forbidden",
  "not_configured",
  "not_found",
  "over_budget",
  "overloaded",
  "policy",
  "provider_unreachable",
  "rate_limited",
  "timeout",
  "unsupported_operation",
  "vendor",
] as const;

type Known = (typeof KNOWN)[number];

const SAME: Readonly<Record<string, Known>> = {
  quota: "billing",
  provider_timed_out: "timeout",
  provider_broke_off: "broken_reply",
  unbounded_cost: "not_configured",
  unknown_model: "not_found",
};

/** Which words say what a trouble is: of what a vendor forbids others than of what the own policy does. */
export function kindOf({ code, status }: Trouble): Known {
  if (code === "forbidden" && status === null) {
    return "policy";
  }
  return SAME[code] ?? KNOWN.find((known) => known === code) ?? "vendor";
}

/** Why something does not work: what it means, and what the vendor said itself. */
export function TroubleNote({ trouble }: { trouble: Trouble }) {
  const { t } = useTranslation();
  return (
    <div role="alert" className="mb-3 flex max-w-2xl gap-2 rounded-lg bg-bad-ground p-3 text-sm text-bad">
      <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
      <div className="min-w-0">
        <p className="font-semibold">{t(`probe.trouble.${kindOf(trouble)}`)}</p>
        <p className="mt-1 break-words">{trouble.message}</p>
        {trouble.status === null ? null : <p className="mt-1 text-xs">{t("probe.status", { status: trouble.status })}</p>}
      </div>
    </div>
  );
}
