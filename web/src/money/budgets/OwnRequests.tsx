import { useTranslation } from "react-i18next";
import { Said } from "../../ui/Said";
import { Amount } from "../Amount";
import { Decided } from "./Requests";
import { type MoreRequest, useOwnRequests } from "./windows";

/** What one has asked for, and what became of it. */
export function OwnRequests() {
  const { t } = useTranslation();
  const { data = [], error } = useOwnRequests();
  if (data.length === 0) {
    return <Said error={error} />;
  }
  return (
    <section aria-labelledby="own-requests">
      <h2 id="own-requests" className="mb-3 text-lg font-semibold">
        {t("budgets.ownRequests")}
      </h2>
      <ul className="divide-y divide-border rounded-lg border border-border">
        {data.map((request) => (
          <OwnRequest key={request.id} request={request} />
        ))}
      </ul>
    </section>
  );
}

function OwnRequest({ request }: { request: MoreRequest }) {
  const { t } = useTranslation();
  return (
    <li className="flex flex-wrap items-start justify-between gap-3 p-3 text-sm">
      <div className="min-w-0 break-words">
        <p>
          <span className="font-semibold">
            <Amount nanousd={request.amount_nanousd} />
          </span>{" "}
          {t("budgets.moreOf", { name: request.budget })}
        </p>
        {request.reason ? <p className="text-muted-foreground">{request.reason}</p> : null}
      </div>
      <Decided request={request} />
    </li>
  );
}
