import { useState } from "react";
import { useTranslation } from "react-i18next";
import { chooseLanguage, chosenLanguage, LANGUAGES, type Language } from "../i18n";
import { Button } from "../ui/Button";
import { type Me, signOut } from "./session";
import { chooseTheme, chosenTheme, THEMES, type Theme } from "./theme";

const SELECT = "w-full rounded-md border border-control bg-background px-2 py-1.5";

/** Whose session this is, and how the pages look to them. */
export function Preferences({ me }: { me: Me }) {
  const { t, i18n } = useTranslation();
  const [theme, setTheme] = useState(chosenTheme);
  return (
    <details className="border-t border-border text-sm">
      <summary className="truncate px-4 py-3 hover:bg-accent">{me.display_name || me.email}</summary>
      <div className="space-y-3 px-4 pb-4">
        <label className="block">
          <span className="mb-1 block">{t("preferences.theme")}</span>
          <select
            className={SELECT}
            value={theme}
            onChange={(event) => {
              const chosen = event.target.value as Theme;
              chooseTheme(chosen);
              setTheme(chosen);
            }}
          >
            {THEMES.map((each) => (
              <option key={each} value={each}>
                {t(`theme.${each}`)}
              </option>
            ))}
          </select>
        </label>
        <label className="block">
          <span className="mb-1 block">{t("preferences.language")}</span>
          <select
            className={SELECT}
            value={i18n.language || chosenLanguage()}
            onChange={(event) => void chooseLanguage(event.target.value as Language)}
          >
            {LANGUAGES.map((each) => (
              <option key={each} value={each} lang={each}>
                {t(`language.${each}`)}
              </option>
            ))}
          </select>
        </label>
        <div className="flex items-center justify-between gap-2">
          <a href="/account" className="py-2 text-primary underline">
            {t("nav.account")}
          </a>
          <Button onClick={() => void signOut()}>{t("nav.signOut")}</Button>
        </div>
      </div>
    </details>
  );
}
