import { useTranslation } from "react-i18next";
import { Snippets } from "../snippets/Snippets";

/** How any key is used, for whoever has one already. */
export function UseKeys() {
  const { t } = useTranslation();
  return (
    <section className="mt-8">
      <h2 className="mb-1 font-semibold">{t("keys.use")}</h2>
      <p className="mb-3 text-sm text-muted-foreground">{t("keys.useText")}</p>
      <Snippets />
    </section>
  );
}
