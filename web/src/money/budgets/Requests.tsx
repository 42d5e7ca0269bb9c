import { useState } from "react";
import { useTranslation } from "react-i18next";
import { when } from "../../chat/format";
import { Button } from "../../ui/Button";
import { Amount } from "../Amount";
import { DecideDialog } from "./DecideDialog";
import type { MoreRequest, Verdict } from "./windows";

interface Deciding {
  request: MoreRequest;
  verdict: Verdict;
}

/** Requests for more of budgets: those that are open can be decided here. */
export function Requests({ requests }: { requests: readonly MoreRequest[] }) {
  const { t, i18n } = useTranslation();
  const [deciding, setDeciding] = useState<Deciding | null>(null);
  return (
    <>
      <ul className="divide-y divide-border rounded-lg border border-border">
        {requests.map((request) => (
          <li key={request.id} className="flex flex-wrap items-start justify-between gap-3 p-3 text-sm">
            <div className="min-w-0 flex-1 basis-64 break-words">
              <p>
                <span className="font-semibold">{request.asked_by}</span> {t("budgets.wants")}{" "}
                <span className="font-semibold">
                  <Amount nanousd={request.amount_nanousd} />
                </span>{" "}
                {t("budgets.moreOf", { name: request.budget })}
              </p>
              {request.reason ? <p className="mt-1">{request.reason}</p> : null}
              <p className="mt-1 text-muted-foreground">{when(request.created_at, i18n.language)}</p>
            </div>
            {request.state === "open" ? (
              <div className="flex flex-wrap gap-2">
                <Button onClick={() => setDeciding({ request, verdict: "refuse" })}>{t("budgets.refuse")}</Button>
                <Button look="first" onClick={() => setDeciding({ request, verdict: "approve" })}>
                  {t("budgets.approve")}
                </Button>
              </div>
            ) : (
              <Decided request={request} />
            )}
          </li>
        ))}
      </ul>
      {deciding ? <DecideDialog {...deciding} onClose={() => setDeciding(null)} /> : null}
    </>
  );
}

/** What became of a request, who said so, and with which words. */
export function Decided({ request }: { request: MoreRequest }) {
  const { t, i18n } = useTranslation();
  const tone = { open: "", approved: "text-good", refused: "text-bad" }[request.state];
  return (
    <div className="min-w-0 text-right break-words">
      <p className={`font-semibold ${tone}`}>{t(`budgets.request.${request.state}`)}</p>
      <p className="text-muted-foreground">
        {request.decided_at === null
          ? when(request.created_at, i18n.language)
          : t("budgets.decided", { who: request.decided_by ?? "", when: when(request.decided_at, i18n.language) })}
      </p>
      {request.answer ? <p>{request.answer}</p> : null}
    </div>
  );
}
