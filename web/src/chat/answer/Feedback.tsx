import { MessageSquareText, ThumbsDown, ThumbsUp } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../../ui/Button";
import { Modal } from "../../ui/Modal";
import type { Talk } from "../talk";
import type { Message } from "../wire";

const LONGEST_NOTE = 2000;

interface FeedbackProps {
  message: Message;
  talk: Talk;
}

/** What its reader thinks of an answer, and why. */
export function Feedback({ message, talk }: FeedbackProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const rating = (value: "good" | "bad") => ({
    "aria-pressed": message.rating === value,
    className: message.rating === value ? "text-primary!" : "",
    onClick: () => void talk.rate(message, message.rating === value ? null : value),
  });
  return (
    <>
      <IconButton label={t("message.good")} {...rating("good")}>
        <ThumbsUp size={15} aria-hidden />
      </IconButton>
      <IconButton label={t("message.bad")} {...rating("bad")}>
        <ThumbsDown size={15} aria-hidden />
      </IconButton>
      {message.rating ? (
        <IconButton
          label={t("feedback.why")}
          aria-haspopup="dialog"
          className={message.note ? "text-primary!" : ""}
          onClick={() => setOpen(true)}
        >
          <MessageSquareText size={15} aria-hidden />
        </IconButton>
      ) : null}
      {isOpen ? <Why message={message} talk={talk} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function Why({ message, talk, onClose }: FeedbackProps & { onClose: () => void }) {
  const { t } = useTranslation();
  const [note, setNote] = useState(message.note);

  async function save(event: FormEvent) {
    event.preventDefault();
    if (await talk.rate(message, message.rating, note)) {
      onClose();
    }
  }

  return (
    <Modal label={t("feedback.why")} onClose={onClose}>
      <form onSubmit={(event) => void save(event)}>
        <label className="block">
          <span className="mb-1 block font-semibold">{t("feedback.why")}</span>
          <textarea
            rows={4}
            value={note}
            maxLength={LONGEST_NOTE}
            onChange={(event) => setNote(event.target.value)}
            className="mb-3 w-full rounded-md border border-control bg-background px-3 py-2"
          />
        </label>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button look="first" type="submit">
            {t("save")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
