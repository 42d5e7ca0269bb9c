import { useTranslation } from "react-i18next";
import { Refusal } from "../api/refusal";

/** Says what went wrong, in the words of the API where it said something. */
export function Said({ error, className = "" }: { error: unknown; className?: string }) {
  const { t } = useTranslation();
  if (!error) {
    return null;
  }
  const isAway = error instanceof Refusal && error.status === 0;
  const text = isAway ? t("error.unreachable") : error instanceof Error && error.message ? error.message : t("error.unknown");
  return (
    <p role="alert" className={`rounded-md bg-bad-ground px-3 py-2 text-sm break-words text-bad ${className}`}>
      {text}
    </p>
  );
}
