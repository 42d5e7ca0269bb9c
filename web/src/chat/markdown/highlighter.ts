import type { HighlighterCore } from "shiki/core";
import type { CodeHighlighterPlugin, HighlightResult } from "streamdown";
import { GRAMMARS, nameOf } from "./grammars";

const THEMES = ["github-light", "github-dark"] as const;
const LONGEST_CHARACTERS = 50_000;

let core: Promise<HighlighterCore> | undefined;
let ready: HighlighterCore | undefined;
const loaded = new Set<string>();

async function start(): Promise<HighlighterCore> {
  const [{ createHighlighterCore }, { createJavaScriptRegexEngine }, light, dark] = await Promise.all([
    import("shiki/core"),
    import("shiki/engine/javascript"),
    import("shiki/themes/github-light.mjs"),
    import("shiki/themes/github-dark.mjs"),
  ]);
  // The engine that is WebAssembly would need a weaker content security policy.
  const engine = createJavaScriptRegexEngine({ forgiving: true });
  return createHighlighterCore({ engine, themes: [light.default, dark.default], langs: [] });
}

async function load(name: string): Promise<void> {
  core ??= start();
  const [highlighter, grammar] = await Promise.all([core, GRAMMARS[name]?.()]);
  if (grammar) {
    await highlighter.loadLanguage(grammar.default);
    loaded.add(name);
    ready = highlighter;
  }
}

function tokens(code: string, name: string): HighlightResult | null {
  if (!ready || !loaded.has(name)) {
    return null;
  }
  return ready.codeToTokens(code, { lang: name, themes: { light: THEMES[0], dark: THEMES[1] } }) as HighlightResult;
}

/** Colours code in the languages of GRAMMARS, each loaded when it is first seen. */
export const highlighter: CodeHighlighterPlugin = {
  name: "shiki",
  type: "code-highlighter",
  getThemes: () => [...THEMES],
  getSupportedLanguages: () => Object.keys(GRAMMARS),
  supportsLanguage: (language) => nameOf(language) !== null,
  highlight({ code, language }, callback) {
    const name = nameOf(language);
    if (name === null || code.length > LONGEST_CHARACTERS) {
      return null;
    }
    const known = tokens(code, name);
    if (!known && callback) {
      void load(name).then(() => {
        const late = tokens(code, name);
        if (late) {
          callback(late);
        }
      });
    }
    return known;
  },
};
