import { useTranslation } from "react-i18next";
import { Code } from "../snippets/Code";
import { exportLine } from "../snippets/snippets";
import { Snippets } from "../snippets/Snippets";
import { Button } from "../ui/Button";
import type { IssuedKey } from "./keys";

interface ShownOnceProps {
  issued: IssuedKey;
  /** Ends the dialog that it is shown in, if it is. */
  onKept?: () => void;
}

/** A key's text, which nobody can show again, and how to use it at once. */
export function ShownOnce({ issued, onKept }: ShownOnceProps) {
  const { t } = useTranslation();
  return (
    <>
      <p role="status" className="mb-3 rounded-lg border border-good p-3 text-sm">
        <strong className="block">{t("keys.made", { name: issued.name })}</strong>
        {issued.key === null ? t("keys.notAgain") : t("keys.once")}
      </p>
      {issued.key === null ? null : <Code label={t("keys.text")} text={exportLine(issued.key)} isWrapped />}
      <Snippets />
      {onKept ? (
        <div className="flex justify-end">
          <Button look="first" onClick={onKept}>
            {t("keys.kept")}
          </Button>
        </div>
      ) : null}
    </>
  );
}
