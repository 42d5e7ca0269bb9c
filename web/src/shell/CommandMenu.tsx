import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { pagesFor } from "../admin/frame/pages";
import { useConversations } from "../chat/conversations";
import { chooseLanguage, LANGUAGES } from "../i18n";
import { type Choice, Chooser } from "../ui/Chooser";
import { useAbilities, useMayOwnKeys } from "./abilities";
import { signOut } from "./session";
import { chooseTheme, THEMES } from "./theme";

/** Everything that can be done from anywhere, by its name. */
export function CommandMenu({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { conversations } = useConversations();
  const mayOwnKeys = useMayOwnKeys();
  const pages = pagesFor(useAbilities().data).flatMap((area) => area.pages);
  const choices: Choice[] = [
    { id: "new", label: t("nav.newChat"), act: () => void navigate({ to: "/chat" }) },
    { id: "temporary", label: t("chat.newTemporary"), act: () => void navigate({ to: "/chat", search: { temporary: true } }) },
    { id: "search", label: t("nav.search"), act: () => void navigate({ to: "/search" }) },
    { id: "usage", label: t("usage.mine"), act: () => void navigate({ to: "/usage" }) },
    ...(mayOwnKeys ? [{ id: "keys", label: t("keys.mine"), act: () => void navigate({ to: "/keys" }) }] : []),
    ...pages.map((page) => ({
      id: `page-${page.id}`,
      label: page.title(t),
      hint: t("admin.title"),
      act: () => void navigate({ to: "/admin/$page", params: { page: page.id } }),
    })),
    ...conversations.map((each) => ({
      id: each.id,
      label: each.title || t("chat.untitled"),
      hint: t("nav.conversation"),
      act: () => void navigate({ to: "/chat/$conversationId", params: { conversationId: each.id } }),
    })),
    ...THEMES.map((theme) => ({
      id: `theme-${theme}`,
      label: t(`theme.${theme}`),
      hint: t("preferences.theme"),
      act: () => chooseTheme(theme),
    })),
    ...LANGUAGES.map((language) => ({
      id: `language-${language}`,
      label: t(`language.${language}`),
      hint: t("preferences.language"),
      act: () => void chooseLanguage(language),
    })),
    { id: "first-steps", label: t("firstSteps"), act: () => void navigate({ to: "/welcome" }) },
    { id: "account", label: t("nav.account"), act: () => location.assign("/account") },
    { id: "sign-out", label: t("nav.signOut"), act: () => void signOut() },
  ];
  return <Chooser label={t("nav.command")} choices={choices} onClose={onClose} />;
}
