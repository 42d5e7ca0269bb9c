import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Choice } from "../ui/Chooser";
import { money, short } from "./format";
import type { Model } from "./wire";

const NANOUSD = 1e9;

/** Models as choices, each with what a million tokens of it cost and what it can do, as far as that is known. */
export function useModelChoices(models: readonly Model[], onChoose: (model: string) => void): Choice[] {
  const { t, i18n } = useTranslation();
  return models.map((model) => ({
    id: model.name,
    label: model.name,
    hint: [price(model, t, i18n.language), ...abilities(model, t, i18n.language), ...model.vendors].join(" · "),
    act: () => onChoose(model.name),
  }));
}

function price(model: Model, t: TFunction, language: string): string {
  const written = (usd: string | null) => (usd === null ? "?" : money(Number(usd) * NANOUSD, language));
  const { input_usd_per_million: input, output_usd_per_million: output } = model;
  return input === null && output === null
    ? t("models.noPrice")
    : t("models.price", { input: written(input), output: written(output) });
}

function abilities(model: Model, t: TFunction, language: string): string[] {
  const { context_tokens: context, images, documents, audio, video, thinks } = model;
  return [
    context === null ? "" : t("models.context", { tokens: short(context, language) }),
    images ? t("models.images") : "",
    documents ? t("models.documents") : "",
    audio ? t("models.audio") : "",
    video ? t("models.video") : "",
    thinks ? t("models.thinks") : "",
  ].filter(Boolean);
}
