import { SendHorizontal, Square } from "lucide-react";
import { type ClipboardEvent, type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../ui/Button";
import { AttachButton } from "./files/AttachButton";
import { AttachmentList } from "./files/AttachmentList";
import { type Attachment, MOST_FILES, useAttachments } from "./files/attachments";
import { DropFrame } from "./files/DropFrame";
import { pastedFiles } from "./files/taking";
import type { StoredFile } from "./files/wire";
import { count } from "./format";

interface ComposerProps {
  /** Under which name what is typed is kept until it is sent. */
  draft: string;
  canSend: boolean;
  isAnswering: boolean;
  /** Sends what was typed, and the files with these ids; tells whether that went well. */
  onSend: (text: string, files: readonly string[]) => Promise<boolean>;
  onStop: () => void;
  /** What is to be said before the question is sent, which may be of the files with it. */
  note: (attached: readonly StoredFile[]) => ReactNode;
  children?: ReactNode;
}

/** Less than what the API takes of a request, so that whoever pastes a book is told before it is sent. */
export const LONGEST_BYTES = 900_000;

const bytes = (text: string) => (text.length * 3 < LONGEST_BYTES ? 0 : new Blob([text]).size);

/** Where one writes. Enter sends, with Shift it begins a line. */
export function Composer({ draft, canSend, isAnswering, onSend, onStop, note, children }: ComposerProps) {
  const { t } = useTranslation();
  const kept = `draft/${draft}`;
  const [text, setText] = useState(() => sessionStorage.getItem(kept) ?? "");
  const field = useRef<HTMLTextAreaElement>(null);
  const hint = useId();
  const files = useAttachments(draft);
  const problem = useProblem(text, files.all);
  const isEmpty = text.trim() === "" && files.ready.length === 0;
  const mayNow = canSend && !isAnswering && !problem && !files.isBusy && !isEmpty;

  useEffect(() => {
    if (text && text.length < LONGEST_BYTES) {
      sessionStorage.setItem(kept, text);
    } else {
      sessionStorage.removeItem(kept);
    }
  }, [kept, text]);

  async function send() {
    if (!mayNow) {
      return;
    }
    const sent = text;
    const sentFiles = files.ready;
    setText("");
    files.clear();
    field.current?.focus();
    if (!(await onSend(sent, sentFiles.map(({ id }) => id)))) {
      setText((typed) => typed || sent);
      files.restore(sentFiles);
    }
  }

  function onPaste(event: ClipboardEvent) {
    const pasted = pastedFiles(event);
    if (pasted.length) {
      event.preventDefault();
      files.add(pasted);
    }
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      void send();
    }
  }

  return (
    <form
      className="mx-auto w-full max-w-3xl px-3 pb-3"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {note(files.ready)}
      <DropFrame onDrop={files.add}>
        <AttachmentList all={files.all} onRemove={files.remove} />
        <textarea
          ref={field}
          rows={1}
          value={text}
          aria-label={t("composer.label")}
          aria-describedby={hint}
          aria-invalid={problem !== ""}
          placeholder={t("composer.label")}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          className="block max-h-[40dvh] min-h-12 w-full resize-none bg-transparent px-4 py-3 outline-none field-sizing-content"
        />
        <div className="flex items-center gap-1 px-2 pb-2">
          <AttachButton onChoose={files.add} />
          <div className="flex min-w-0 flex-1 items-center gap-1">{children}</div>
          {isAnswering ? (
            <IconButton look="second" label={t("composer.stop")} onClick={onStop}>
              <Square size={16} aria-hidden />
            </IconButton>
          ) : (
            <IconButton look="first" type="submit" label={t("composer.send")} disabled={!mayNow}>
              <SendHorizontal size={16} aria-hidden />
            </IconButton>
          )}
        </div>
      </DropFrame>
      <Note id={hint} problem={problem} readyFiles={files.ready.length} />
    </form>
  );
}

function Note({ id, problem, readyFiles }: { id: string; problem: string; readyFiles: number }) {
  const { t } = useTranslation();
  return (
    <>
      <p id={id} role={problem ? "alert" : undefined} className={problem ? "mt-1 text-sm text-bad" : "sr-only"}>
        {problem || t("composer.hint")}
      </p>
      <p role="status" className="sr-only">
        {readyFiles ? t("files.ready", { count: readyFiles }) : ""}
      </p>
    </>
  );
}

/** Return why what is there cannot be sent; empty where it can. */
function useProblem(text: string, files: readonly Attachment[]): string {
  const { t, i18n } = useTranslation();
  if (bytes(text) > LONGEST_BYTES) {
    return t("composer.tooLong", { most: count(LONGEST_BYTES, i18n.language) });
  }
  if (files.length > MOST_FILES) {
    return t("files.tooMany", { most: MOST_FILES });
  }
  return files.some(({ state }) => state === "failed") ? t("files.failed") : "";
}
