import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { count, money } from "../format";
import type { Message } from "../wire";

/** Who answered, and what it came to. */
export function CameTo({ message }: { message: Message }) {
  const { t, i18n } = useTranslation();
  const { input_tokens: input, output_tokens: output } = message;
  const told = [
    message.model,
    isInstead(message) ? t("message.instead", { model: message.answered_by }) : null,
    cost(message, t, i18n.language),
    input === null || output === null
      ? null
      : t("message.tokens", { input: count(input, i18n.language), output: count(output, i18n.language) }),
    message.stop_reason === "length" ? t("message.atLimit") : null,
  ];
  return (
    <span className="ml-2 text-xs break-words" title={message.estimated ? t("message.estimated") : undefined}>
      {told.filter(Boolean).join(" · ")}
      {message.estimated ? <span className="sr-only">. {t("message.estimated")}</span> : null}
    </span>
  );
}

function cost(message: Message, t: TFunction, language: string): string | null {
  if (message.cost_nanousd === null) {
    return wasMade(message) ? t("message.unpriced") : null;
  }
  return `${message.estimated ? "≈ " : ""}${money(message.cost_nanousd, language)}`;
}

/** Whether a model was called: somebody answered, or the server that asked died meanwhile. */
function wasMade({ deployment, failure }: Message): boolean {
  return deployment !== null || failure?.code === "interrupted";
}

/** A budget had no room for the model that was asked. */
function isInstead({ model, answered_by: by }: Message): boolean {
  return by !== null && by !== model;
}
