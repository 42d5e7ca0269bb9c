import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { isDrawn } from "./messages";
import { useIsDark } from "./useIsDark";

const LONGEST_WAIT_MS = 15_000;
const FIRST_HEIGHT_PX = 160;
const LEAST_HEIGHT_PX = 32;
const MOST_HEIGHT_PX = 1200;
const LONGEST_REASON = 300;

interface FrameProps {
  text: string;
  onFailed: (why: string) => void;
}

/** The frame in which a diagram is drawn: of no origin and without the network, by its own document's policy too. */
export function Frame({ text, onFailed }: FrameProps) {
  const { t, i18n } = useTranslation();
  const isDark = useIsDark();
  const frame = useRef<HTMLIFrameElement>(null);
  const port = useRef<MessagePort>(null);
  const [heightPx, setHeightPx] = useState(FIRST_HEIGHT_PX);
  const [isThere, setThere] = useState(false);

  useEffect(() => {
    // What never answers is not waited for.
    const timer = isThere ? undefined : setTimeout(() => onFailed(""), LONGEST_WAIT_MS);
    return () => clearTimeout(timer);
    // Told to whoever shows it now: a new function for that must not begin the wait anew.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isThere]);
  useEffect(() => () => port.current?.close(), []);

  function hear(said: unknown) {
    if (!isDrawn(said)) {
      return;
    }
    if (said.kind === "failed") {
      onFailed(said.why.slice(0, LONGEST_REASON));
      return;
    }
    setThere(true);
    setHeightPx(Math.max(LEAST_HEIGHT_PX, Math.min(said.heightPx, MOST_HEIGHT_PX)));
  }

  function ask() {
    const channel = new MessageChannel();
    port.current?.close();
    port.current = channel.port1;
    channel.port1.onmessage = (event) => hear(event.data);
    // To any origin, since a frame in a sandbox has none; it is the only one that hears it.
    const wanted = { kind: "draw", text, isDark, language: i18n.language };
    frame.current?.contentWindow?.postMessage(wanted, "*", [channel.port2]);
  }

  return (
    <iframe
      key={`${isDark}`}
      ref={frame}
      title={t("diagram.label")}
      src="/frames/diagram.html"
      sandbox="allow-scripts"
      referrerPolicy="no-referrer"
      onLoad={ask}
      className="block w-full border-0"
      style={{ height: heightPx, colorScheme: isDark ? "dark" : "light" }}
    />
  );
}
