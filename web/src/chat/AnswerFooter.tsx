import { RefreshCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../ui/Button";
import { Chooser } from "../ui/Chooser";
import { CameTo } from "./answer/CameTo";
import { Feedback } from "./answer/Feedback";
import { LossReport } from "./answer/LossReport";
import { Branches } from "./Branches";
import { CopyButton } from "./CopyButton";
import { useModelChoices } from "./modelChoices";
import type { Talk } from "./talk";
import { textOf } from "./text";
import type { Message } from "./wire";

interface AnswerFooterProps {
  message: Message;
  talk: Talk;
}

/** What an answer came to, and what can be done with it. */
export function AnswerFooter({ message, talk }: AnswerFooterProps) {
  const { t } = useTranslation();
  const [asksModel, setAsksModel] = useState(false);
  const choices = useModelChoices(talk.models, (model) => void talk.again(message, model));
  return (
    <footer className="mt-2 flex flex-wrap items-center text-muted-foreground">
      <Branches message={message} onShow={talk.show} />
      <CopyButton text={textOf(message.parts)} />
      <IconButton label={t("message.again")} disabled={talk.runningId !== null} onClick={() => setAsksModel(true)}>
        <RefreshCw size={15} aria-hidden />
      </IconButton>
      <Feedback message={message} talk={talk} />
      <CameTo message={message} />
      <LossReport losses={message.losses} />
      {asksModel ? (
        <Chooser label={t("message.againWith")} choices={choices} onClose={() => setAsksModel(false)} />
      ) : null}
    </footer>
  );
}
