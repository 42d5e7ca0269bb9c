import { useTranslation } from "react-i18next";
import type { Loss } from "../wire";
import { inWords } from "./losses";

/** What of the conversation the model that answered could not be told, in words; folded. */
export function LossReport({ losses }: { losses: readonly Loss[] }) {
  const { t } = useTranslation();
  const said = inWords(losses);
  // What changes nothing is in the answer's record, and would only worry here.
  const matters = said.filter(({ effect }) => effect !== "none");
  if (matters.length === 0) {
    return null;
  }
  return (
    <details className="w-full text-xs">
      <summary className="py-1">{t("message.lost", { count: matters.length })}</summary>
      <ul className="list-disc space-y-1 pl-5">
        {matters.map(({ kind, effect, count, reasons }) => (
          <li key={kind} className="break-words">
            {t(`loss.${kind}`, { count })} {t(`lossEffect.${effect}`)}{" "}
            <span lang="en">({reasons.join("; ")})</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
