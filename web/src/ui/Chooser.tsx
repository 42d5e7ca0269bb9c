import { type KeyboardEvent, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Modal } from "./Modal";
import { narrowed } from "./narrowed";

export interface Choice {
  id: string;
  label: string;
  hint?: string;
  act: () => void;
}

interface ChooserProps {
  label: string;
  choices: readonly Choice[];
  onClose: () => void;
}

/** A list to choose from by typing, arrows and Enter, or by pointing. */
export function Chooser({ label, choices, onClose }: ChooserProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [position, setPosition] = useState(0);
  const list = useId();
  const shown = useMemo(() => narrowed(choices, typed), [choices, typed]);
  const at = Math.min(position, shown.length - 1);

  function choose(choice: Choice | undefined) {
    if (choice) {
      onClose();
      choice.act();
    }
  }

  function onKeyDown(event: KeyboardEvent) {
    const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 8, PageUp: at - 8 };
    const next = moves[event.key];
    if (next !== undefined) {
      event.preventDefault();
      const bounded = Math.max(0, Math.min(next, shown.length - 1));
      setPosition(bounded);
      document.getElementById(`${list}-${bounded}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      choose(shown[at]);
    }
  }

  return (
    <Modal label={label} onClose={onClose} closedBy="any" className="max-w-xl overflow-hidden p-0">
      <input
        role="combobox"
        aria-label={label}
        aria-expanded="true"
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={at >= 0 ? `${list}-${at}` : undefined}
        placeholder={label}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setPosition(0);
        }}
        onKeyDown={onKeyDown}
        className="w-full border-b border-border bg-transparent px-4 py-3 outline-none"
      />
      <div id={list} role="listbox" aria-label={label} className="max-h-[min(24rem,60dvh)] overflow-y-auto p-1.5">
        {shown.map((choice, index) => (
          <div
            key={choice.id}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === at}
            tabIndex={-1}
            onPointerMove={() => setPosition(index)}
            onPointerUp={() => choose(choice)}
            className={`flex items-baseline gap-3 rounded-md px-3 py-2 ${index === at ? "bg-accent" : ""}`}
          >
            <span className="min-w-0 flex-1 break-words">{choice.label}</span>
            {choice.hint ? <span className="shrink-0 text-xs text-muted-foreground">{choice.hint}</span> : null}
          </div>
        ))}
      </div>
      <p role="status" className={shown.length ? "sr-only" : "px-4 pb-4 text-muted-foreground"}>
        {shown.length ? t("chooser.count", { count: shown.length }) : t("chooser.nothing")}
      </p>
    </Modal>
  );
}
