import { useTranslation } from "react-i18next";
import { count, money, when } from "../chat/format";
import { Said } from "../ui/Said";
import { type Call, useFirstCall } from "./steps";

/** Waits for the first call with a key, and shows what is booked of it. */
export function CallStep() {
  const { t } = useTranslation();
  const { data: call, error } = useFirstCall();
  return (
    <div role="status">
      <Said error={error} className="mb-2" />
      {call ? <Booked call={call} /> : <p className="text-sm text-muted-foreground">{t("welcome.waiting")}</p>}
    </div>
  );
}

function Booked({ call }: { call: Call }) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const cost = call.cost_nanousd === null ? t("models.noPrice") : money(call.cost_nanousd, language);
  return (
    <>
      <p className="mb-2 text-sm">{t("welcome.booked")}</p>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 rounded-lg border border-border p-3 text-sm">
        <dt className="text-muted-foreground">{t("welcome.call.model")}</dt>
        <dd className="break-words">{call.model}</dd>
        <dt className="text-muted-foreground">{t("welcome.call.tokens")}</dt>
        <dd>
          {t("message.tokens", { input: count(call.input_tokens, language), output: count(call.output_tokens, language) })}
        </dd>
        <dt className="text-muted-foreground">{t("welcome.call.cost")}</dt>
        <dd>{cost}</dd>
        <dt className="text-muted-foreground">{t("welcome.call.at")}</dt>
        <dd>{when(call.started_at, language)}</dd>
      </dl>
    </>
  );
}
