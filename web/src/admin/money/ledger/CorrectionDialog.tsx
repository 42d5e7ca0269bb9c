import { useState } from "react";
import { useTranslation } from "react-i18next";
import { readCost } from "../../../money/amounts";
import { Button } from "../../../ui/Button";
import { Modal } from "../../../ui/Modal";
import { TextField } from "../../kit/fields/TextField";
import { Problems } from "../../kit/Problems";
import { ProblemsContext, problemsOf } from "../../kit/problems";
import { EnteredView } from "./EnteredView";
import { useCorrect } from "./ledger";

/** Enters what one call really cost. */
export function CorrectionDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const correct = useCorrect();
  const [attempt, setAttempt] = useState("");
  const [usd, setUsd] = useState("");
  const [source, setSource] = useState("");
  const [reason, setReason] = useState("");
  const cost = readCost(usd.trim().replace(",", "."));
  const isReady = attempt.trim() !== "" && source.trim() !== "" && cost !== null && cost >= 0n;
  return (
    <Modal label={t("ledger.correct")} onClose={onClose}>
      <ProblemsContext value={problemsOf(correct.error)}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (isReady) {
              correct.mutate({ attempt: attempt.trim(), cost, source: source.trim(), reason: reason.trim() });
            }
          }}
        >
          <h2 className="mb-1 text-lg font-semibold">{t("ledger.correct")}</h2>
          <p className="mb-3 text-sm text-muted-foreground">{t("ledger.correctAbout")}</p>
          <TextField label={t("ledger.attempt")} hint={t("ledger.attemptHint")} path="attempt_id" required autoComplete="off" value={attempt} onChange={setAttempt} />
          <TextField label={t("ledger.cost")} path="cost_nanousd" required inputMode="decimal" autoComplete="off" value={usd} onChange={setUsd} />
          <TextField label={t("ledger.source")} hint={t("ledger.sourceHint")} path="source" required maxLength={200} autoComplete="off" value={source} onChange={setSource} />
          <TextField label={t("ledger.reason")} path="reason" maxLength={500} autoComplete="off" value={reason} onChange={setReason} />
          <Problems error={correct.error} />
          {correct.data ? <EnteredView entered={correct.data} /> : null}
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>{correct.data ? t("usage.close") : t("cancel")}</Button>
            <Button look="first" type="submit" disabled={!isReady || correct.isPending}>
              {t("ledger.enter")}
            </Button>
          </div>
        </form>
      </ProblemsContext>
    </Modal>
  );
}
