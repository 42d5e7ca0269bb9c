import { useTranslation } from "react-i18next";
import { Code } from "../snippets/Code";
import { exportLine } from "../snippets/snippets";
import { Snippets } from "../snippets/Snippets";
import type { IssuedKey } from "./keys";

/** A key's text, which nobody can show again, and how to use it at once. */
export function ShownOnce({ issued }: { issued: IssuedKey }) {
  const { t } = useTranslation();
  return (
    <>
      <p role="status" className="mb-3 rounded-lg border border-good p-3 text-sm">
        <strong className="block">{t("keys.made", { name: issued.name })}</strong>
        {issued.key === null ? t("keys.notAgain") : t("keys.once")}
      </p>
      {issued.key === null ? null : <Code label={t("keys.text")} text={exportLine(issued.key)} isWrapped />}
      <Snippets />
    </>
  );
}
