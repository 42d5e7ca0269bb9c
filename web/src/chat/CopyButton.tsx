import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../ui/Button";

const SHOWN_MS = 1500;

export function CopyButton({ text }: { text: string }) {
  const { t } = useTranslation();
  const [said, setSaid] = useState("");
  async function copy() {
    // Browsers let only https and localhost write to the clipboard.
    const isDone = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    setSaid(isDone ? t("message.copied") : t("message.notCopied"));
    setTimeout(() => setSaid(""), SHOWN_MS);
  }
  return (
    <>
      <IconButton label={t("message.copy")} onClick={() => void copy()}>
        {said ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
      </IconButton>
      <span role="status" className="sr-only">
        {said}
      </span>
    </>
  );
}
