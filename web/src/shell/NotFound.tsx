import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { usePageTitle } from "./pageTitle";

export function NotFound() {
  const { t } = useTranslation();
  usePageTitle(t("notFound.title"));
  return (
    <div className="m-auto max-w-md p-6">
      <h1 className="mb-2 text-xl font-semibold">{t("notFound.title")}</h1>
      <p className="mb-4 text-muted-foreground">{t("notFound.text")}</p>
      <Link to="/chat" className="text-primary underline">
        {t("nav.newChat")}
      </Link>
    </div>
  );
}
