import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { AnswerView } from "./AnswerView";
import { QuestionView } from "./QuestionView";
import { useScrolling } from "./scrolling";
import type { Talk } from "./talk";

interface ThreadProps {
  talk: Talk;
  /** The message to go to; null: the end. */
  target: string | null;
}

/** The messages of a branch. Only those near what one sees are there, so that a long one is as quick as a short one. */
export function Thread({ talk, target }: ThreadProps) {
  const { t } = useTranslation();
  const scrolled = useRef<HTMLDivElement>(null);
  const { virtual, onScroll } = useScrolling(talk, target, scrolled);
  return (
    <div
      ref={scrolled}
      role="log"
      aria-label={t("chat.messages")}
      aria-live="off"
      onScroll={onScroll}
      className="min-h-0 flex-1 overflow-y-auto [overflow-anchor:none]"
    >
      <div className="relative mx-auto max-w-3xl" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const message = talk.messages[item.index];
          const View = message?.role === "user" ? QuestionView : AnswerView;
          return message ? (
            <div
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              className={`absolute top-0 left-0 w-full px-4 py-3 ${message.id === target ? "rounded-md bg-muted" : ""}`}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <View message={message} talk={talk} />
            </div>
          ) : null;
        })}
      </div>
    </div>
  );
}
