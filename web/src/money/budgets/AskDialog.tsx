import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Modal } from "../../ui/Modal";
import { Said } from "../../ui/Said";
import { plainUsd, readUsd } from "../amounts";
import { type BudgetWindow, holderOf, useAskForMore } from "./windows";

const FIELD = "w-full rounded-md border border-control bg-background px-3 py-2";
const LONGEST_REASON = 1000;

/** Asks for more of a budget, with a reason for whoever decides. */
export function AskDialog({ window, onClose }: { window: BudgetWindow; onClose: () => void }) {
  const { t } = useTranslation();
  const ask = useAskForMore();
  const [usd, setUsd] = useState("");
  const [reason, setReason] = useState("");
  const [isSent, setIsSent] = useState(false);
  const wrong = useId();
  const amount = readUsd(usd);
  const isWrong = isSent && amount === null;
  return (
    <Modal label={t("budgets.askFor", { name: window.budget })} onClose={onClose}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setIsSent(true);
          if (amount !== null) {
            const body = { budget: window.budget, usd: plainUsd(amount), reason: reason.trim(), ...holderOf(window) };
            ask.mutate(body, { onSuccess: onClose });
          }
        }}
      >
        <h2 className="mb-1 text-lg font-semibold">{t("budgets.askFor", { name: window.budget })}</h2>
        <p className="mb-3 text-sm text-muted-foreground">{t("budgets.askAbout")}</p>
        <label className="mb-3 block">
          <span className="mb-1 block font-semibold">{t("budgets.howMuch")}</span>
          <input
            inputMode="decimal"
            autoComplete="off"
            value={usd}
            onChange={(event) => setUsd(event.target.value)}
            aria-invalid={isWrong}
            aria-describedby={isWrong ? wrong : undefined}
            className={FIELD}
          />
          {isWrong ? (
            <span id={wrong} role="alert" className="mt-1 block text-sm text-bad">
              {t("budgets.noAmount")}
            </span>
          ) : null}
        </label>
        <label className="mb-3 block">
          <span className="mb-1 block font-semibold">{t("budgets.why")}</span>
          <textarea rows={3} maxLength={LONGEST_REASON} value={reason} onChange={(event) => setReason(event.target.value)} className={FIELD} />
        </label>
        <Said error={ask.error} className="mb-3" />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button look="first" type="submit" disabled={ask.isPending}>
            {t("budgets.ask")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
