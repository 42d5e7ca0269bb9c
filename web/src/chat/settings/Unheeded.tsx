import { useTranslation } from "react-i18next";
import { count } from "../format";
import type { Model } from "../wire";
import { type Heard, tokensOf, unheeded } from "./heeded";

interface UnheededNoteProps {
  model: Model | undefined;
  heard: Heard;
}

/** Says before a question is sent what the chosen model will not be told of the conversation. */
export function UnheededNote({ model, heard }: UnheededNoteProps) {
  const { t, i18n } = useTranslation();
  const found = unheeded(model, heard);
  if (!model || found.length === 0) {
    return null;
  }
  const about = {
    model: model.name,
    most: count(model.context_tokens ?? 0, i18n.language),
    tokens: count(tokensOf(heard.last), i18n.language),
  };
  return (
    <div role="status" className="mx-auto mb-2 w-full max-w-3xl px-4 text-sm text-muted-foreground">
      <ul>
        {found.map((each) => (
          <li key={each}>{t(`unheeded.${each}`, about)}</li>
        ))}
      </ul>
    </div>
  );
}
