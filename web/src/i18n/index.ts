import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type en from "./en";

export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

const KEPT = "language";
const WORDS: Record<Language, () => Promise<{ default: typeof en }>> = {
  en: () => import("./en"),
  de: () => import("./de"),
};

export function chosenLanguage(): Language {
  const wanted = localStorage.getItem(KEPT) ?? navigator.language;
  return LANGUAGES.find((language) => wanted.toLowerCase().startsWith(language)) ?? "en";
}

/** Load the words of the chosen language: the page is not shown without. */
export async function startWords(): Promise<void> {
  await i18next.use(initReactI18next).init({ resources: {}, fallbackLng: false, showSupportNotice: false, interpolation: { escapeValue: false } });
  await speak(chosenLanguage());
}

export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(KEPT, language);
  await speak(language);
}

async function speak(language: Language): Promise<void> {
  const words = await WORDS[language]();
  i18next.addResourceBundle(language, "translation", words.default);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
    strictKeyChecks: true;
  }
}
