/**
 * Draws one diagram, in a document of its own that has no origin, no network and no script but this one. Mermaid writes
 * HTML and styles; what a model gets it to write stays in here.
 */
import mermaid from "mermaid";
import { type Draw, type Drawn, isDraw, LONGEST_CHARACTERS, MOST_EDGES } from "./messages";

const FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif";
const PADDING_PX = 8;

addEventListener("message", (event) => {
  const [port] = event.ports;
  if (event.source === parent && port && isDraw(event.data)) {
    void draw(event.data, port);
  }
});

async function draw(wanted: Draw, port: MessagePort): Promise<void> {
  const tell = (said: Drawn) => port.postMessage(said);
  document.documentElement.lang = wanted.language;
  document.body.style.cssText = `margin: 0; padding: ${PADDING_PX}px; overflow-x: auto; font-family: ${FONT}`;
  document.documentElement.style.colorScheme = wanted.isDark ? "dark" : "light";
  try {
    setUp(wanted.isDark);
    const { svg } = await mermaid.render("diagram", wanted.text);
    document.body.append(...new DOMParser().parseFromString(svg, "text/html").body.childNodes);
    unlink();
    new ResizeObserver(() => tell({ kind: "drawn", heightPx: height() })).observe(document.body);
  } catch (error) {
    tell({ kind: "failed", why: error instanceof Error ? error.message : "" });
  }
}

function setUp(isDark: boolean): void {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    suppressErrorRendering: true,
    htmlLabels: false,
    theme: isDark ? "dark" : "default",
    fontFamily: FONT,
    maxTextSize: LONGEST_CHARACTERS,
    maxEdges: MOST_EDGES,
    // What a diagram's own text cannot set.
    secure: ["secure", "securityLevel", "startOnLoad", "maxTextSize", "maxEdges", "suppressErrorRendering", "htmlLabels", "dompurifyConfig"],
  });
}

/** Nothing in a diagram leads anywhere: a click would load what it names into this frame. */
function unlink(): void {
  for (const link of document.querySelectorAll("a")) {
    link.replaceWith(...link.childNodes);
  }
}

function height(): number {
  const drawn = document.querySelector("svg")?.getBoundingClientRect().height ?? 0;
  return Math.ceil(drawn) + 2 * PADDING_PX;
}
