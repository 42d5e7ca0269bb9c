import { Pencil } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../ui/Button";
import { Branches } from "./Branches";
import { CopyButton } from "./CopyButton";
import { QuestionFiles } from "./files/QuestionFiles";
import { filesOf } from "./files/wire";
import type { Talk } from "./talk";
import { textOf } from "./text";
import type { Message } from "./wire";

interface MessageViewProps {
  message: Message;
  talk: Talk;
}

/** What a person asked, letter by letter as it was written. */
export function QuestionView({ message, talk }: MessageViewProps) {
  const { t } = useTranslation();
  const [edited, setEdited] = useState<string | null>(null);
  const text = textOf(message.parts);
  const files = filesOf(message.parts);

  async function save() {
    if (edited !== null && edited.trim() && (await talk.edit(message, edited))) {
      setEdited(null);
    }
  }

  if (edited !== null) {
    return (
      <form
        aria-label={t("message.edit")}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <QuestionFiles files={files} />
        <textarea
          aria-label={t("message.edited")}
          value={edited}
          onChange={(event) => setEdited(event.target.value)}
          onKeyDown={(event) => event.key === "Escape" && setEdited(null)}
          className="field-sizing-content max-h-[50dvh] w-full rounded-xl border border-control bg-card p-3"
        />
        <div className="mt-2 flex justify-end gap-2">
          <Button onClick={() => setEdited(null)}>{t("cancel")}</Button>
          <Button look="first" type="submit" disabled={!edited.trim()}>
            {t("composer.send")}
          </Button>
        </div>
      </form>
    );
  }
  return (
    <article aria-label={t("message.you")} className="flex flex-col items-end">
      <QuestionFiles files={files} />
      {text ? (
        <p className="max-w-[85%] rounded-2xl bg-accent px-4 py-2 break-words whitespace-pre-wrap">{text}</p>
      ) : null}
      <div className="mt-1 flex items-center text-muted-foreground">
        <Branches message={message} onShow={talk.show} />
        <CopyButton text={text} />
        <IconButton label={t("message.edit")} disabled={talk.runningId !== null} onClick={() => setEdited(text)}>
          <Pencil size={15} aria-hidden />
        </IconButton>
      </div>
    </article>
  );
}
