import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Modal } from "../../ui/Modal";
import { Said } from "../../ui/Said";
import { Amount } from "../Amount";
import { useDecide } from "./states";
import type { MoreRequest, Verdict } from "./windows";

const LONGEST_ANSWER = 1000;

interface DecideDialogProps {
  request: MoreRequest;
  verdict: Verdict;
  onClose: () => void;
}

/** Asks once more before a request is decided, which cannot be taken back, and what is said with it. */
export function DecideDialog({ request, verdict, onClose }: DecideDialogProps) {
  const { t } = useTranslation();
  const decide = useDecide();
  const [answer, setAnswer] = useState("");
  const title = t(`budgets.${verdict}Title`);
  return (
    <Modal label={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          decide.mutate({ id: request.id, verdict, answer: answer.trim() }, { onSuccess: onClose });
        }}
      >
        <h2 className="mb-2 text-lg font-semibold">{title}</h2>
        <p className="mb-1 break-words">
          <span className="font-semibold">{request.asked_by}</span> {t("budgets.wants")} <Amount nanousd={request.amount_nanousd} />{" "}
          {t("budgets.moreOf", { name: request.budget })}
        </p>
        <p className="mb-3 text-sm text-muted-foreground">{t(`budgets.${verdict}About`)}</p>
        <label className="mb-3 block">
          <span className="mb-1 block font-semibold">{t("budgets.answer")}</span>
          <textarea
            rows={3}
            maxLength={LONGEST_ANSWER}
            value={answer}
            onChange={(event) => setAnswer(event.target.value)}
            className="w-full rounded-md border border-control bg-background px-3 py-2"
          />
        </label>
        <Said error={decide.error} className="mb-3" />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" look={verdict === "approve" ? "first" : "danger"} disabled={decide.isPending}>
            {t(`budgets.${verdict}`)}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
