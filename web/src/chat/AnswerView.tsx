import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Sources } from "./answer/Sources";
import { AnswerFooter } from "./AnswerFooter";
import { Reply } from "./Reply";
import { type Live, useLive } from "./stream/live";
import type { Part } from "./stream/fold";
import type { Talk } from "./talk";
import type { Message } from "./wire";

interface AnswerViewProps {
  message: Message;
  talk: Talk;
}

/** What a model answered, or is answering. */
export function AnswerView({ message, talk }: AnswerViewProps) {
  const { t } = useTranslation();
  const live = useLive(message.state === "running" ? message.run_id : null);
  const shown = message.state === "running" ? whileRunning(message, live) : asItEnded(message);
  return (
    <article aria-label={t("message.model", { model: message.model ?? "" })} aria-busy={shown.state === "running"}>
      <Parts parts={shown.parts} isGrowing={shown.state === "running"} />
      <Sources parts={message.parts} />
      <State shown={shown} isAway={live.isAway} />
      {message.state === "running" ? null : <AnswerFooter message={message} talk={talk} />}
    </article>
  );
}

interface Shown {
  parts: readonly Part[];
  state: Message["state"];
  error: string;
}

function whileRunning(message: Message, { answer }: Live): Shown {
  return { parts: answer.parts.length ? answer.parts : message.parts, state: answer.state, error: answer.error };
}

function asItEnded(message: Message): Shown {
  return { parts: message.parts, state: message.state, error: message.failure?.message ?? "" };
}

function State({ shown: { parts, state, error }, isAway }: { shown: Shown; isAway: boolean }) {
  const { t } = useTranslation();
  if (state === "failed") {
    return (
      <p role="alert" className="mt-2 rounded-md bg-bad-ground px-3 py-2 text-sm break-words text-bad">
        {error || t("error.unknown")}
      </p>
    );
  }
  if (state === "cancelled") {
    return <p className="mt-2 text-sm text-muted-foreground">{t("message.cancelled")}</p>;
  }
  if (isAway) {
    return <p className="mt-2 text-sm text-muted-foreground">{t("chat.away")}</p>;
  }
  const isWaiting = state === "running" && parts.length === 0;
  return isWaiting ? <p className="animate-pulse text-muted-foreground">{t("chat.answering")}</p> : null;
}

const Parts = memo(function Parts({ parts, isGrowing }: { parts: readonly Part[]; isGrowing: boolean }) {
  const { t } = useTranslation();
  return parts.map((part, index) => {
    const isLast = index === parts.length - 1;
    // Parts are only ever added at the end.
    if (part.type === "text") {
      return <Reply key={index} text={part.text} isGrowing={isGrowing && isLast} />;
    }
    return part.type === "reasoning" ? (
      <details key={index} className="mb-3 rounded-md border border-border text-sm">
        <summary className="px-3 py-2 text-muted-foreground">
          {isGrowing && isLast ? t("message.thinking") : t("message.thought")}
        </summary>
        <p className="px-3 pb-3 break-words whitespace-pre-wrap text-muted-foreground">{part.text}</p>
      </details>
    ) : null;
  });
});
