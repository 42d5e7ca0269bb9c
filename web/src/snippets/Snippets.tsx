import { type KeyboardEvent, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ModelPicker } from "../chat/ModelPicker";
import { useChosenModel, useModels } from "../chat/models";
import { Said } from "../ui/Said";
import { Code } from "./Code";
import { snippetsFor } from "./snippets";

/** A model that nobody may use yet stands for one that is to come. */
const ANY_MODEL = "rehearsal";

/** How to use a key: a tab for each client, with the model that is chosen here. */
export function Snippets() {
  const { t } = useTranslation();
  const models = useModels();
  const [model, choose] = useChosenModel(models.data ?? [], null);
  const [chosen, setChosen] = useState(0);
  const id = useId();
  const tabs = useRef<HTMLDivElement>(null);
  const snippets = snippetsFor(location.origin, model ?? ANY_MODEL);

  function onKeyDown(event: KeyboardEvent) {
    const moves: Record<string, number> = { ArrowRight: chosen + 1, ArrowLeft: chosen - 1, Home: 0, End: snippets.length - 1 };
    const next = moves[event.key];
    if (next !== undefined) {
      event.preventDefault();
      const place = (next + snippets.length) % snippets.length;
      setChosen(place);
      (tabs.current?.children[place] as HTMLElement | undefined)?.focus();
    }
  }

  return (
    <div>
      <div className="mb-2 flex items-center gap-1 text-sm">
        <span className="text-muted-foreground">{t("snippets.model")}</span>
        <ModelPicker models={models.data ?? []} chosen={model} onChoose={choose} />
      </div>
      <Said error={models.error} className="mb-2" />
      <div ref={tabs} role="tablist" aria-label={t("snippets.label")} className="mb-3 flex flex-wrap gap-1 border-b border-border">
        {snippets.map((snippet, place) => (
          <button
            key={snippet.id}
            type="button"
            role="tab"
            id={`${id}-${snippet.id}`}
            aria-selected={place === chosen}
            aria-controls={`${id}-shown`}
            tabIndex={place === chosen ? 0 : -1}
            onClick={() => setChosen(place)}
            onKeyDown={onKeyDown}
            className={`-mb-px min-h-9 border-b-2 px-3 text-sm ${place === chosen ? "border-primary font-semibold" : "border-transparent text-muted-foreground hover:text-foreground"}`}
          >
            {snippet.title}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-shown`} aria-labelledby={`${id}-${snippets[chosen]?.id ?? ""}`}>
        {snippets[chosen]?.steps.map((step) => (
          <Code key={step.text} label={step.file ?? t("snippets.shell")} text={step.text} />
        ))}
      </div>
    </div>
  );
}
