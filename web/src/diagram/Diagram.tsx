import { Code, Workflow } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CustomRendererProps } from "streamdown";
import { CopyButton } from "../chat/CopyButton";
import { Button } from "../ui/Button";
import { Frame } from "./Frame";
import { LONGEST_CHARACTERS } from "./messages";

/** A diagram in Mermaid's words: drawn when all of it is there, and as the text that it is whenever one likes. */
export function Diagram({ code, isIncomplete }: CustomRendererProps) {
  const { t } = useTranslation();
  const [failed, setFailed] = useState<{ code: string; why: string } | null>(null);
  const [showsText, setShowsText] = useState(false);
  const isTooLong = code.length > LONGEST_CHARACTERS;
  // Of this text: the last of an answer can come behind its end.
  const failure = failed?.code === code ? failed.why : null;
  const mayBeDrawn = !isIncomplete && !isTooLong && failure === null;
  const isDrawn = mayBeDrawn && !showsText;
  return (
    <figure aria-label={t("diagram.label")} className="my-4 overflow-hidden rounded-xl border border-border">
      <div className="flex items-center gap-1 border-b border-border bg-sidebar px-2 py-1 text-muted-foreground">
        <span className="flex-1 px-1 text-xs">{t("diagram.label")}</span>
        {mayBeDrawn ? <Switch isDrawn={isDrawn} onSwitch={() => setShowsText(!showsText)} /> : null}
        <CopyButton text={code} />
      </div>
      {isDrawn ? <Frame key={code} text={code} onFailed={(why) => setFailed({ code, why })} /> : <Text code={code} />}
      {isTooLong ? <Why>{t("diagram.tooLong")}</Why> : null}
      {failure === null ? null : (
        <Why>
          {t("diagram.failed")} {failure}
        </Why>
      )}
    </figure>
  );
}

function Switch({ isDrawn, onSwitch }: { isDrawn: boolean; onSwitch: () => void }) {
  const { t } = useTranslation();
  return (
    <Button look="quiet" onClick={onSwitch}>
      {isDrawn ? <Code size={15} aria-hidden /> : <Workflow size={15} aria-hidden />}
      {isDrawn ? t("diagram.asText") : t("diagram.asDrawing")}
    </Button>
  );
}

/** Why it is not drawn. */
function Why({ children }: { children: ReactNode }) {
  return (
    <figcaption className="border-t border-border px-3 py-2 text-sm break-words text-muted-foreground">
      {children}
    </figcaption>
  );
}

function Text({ code }: { code: string }) {
  return (
    // It scrolls, so that whoever has no pointer must be able to get there.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre tabIndex={0} className="max-h-96 overflow-auto p-3 text-sm">
      <code>{code}</code>
    </pre>
  );
}
