import written from "./snippets.json";

export interface Step {
  /** The file that the text is for; null for a shell. */
  file: string | null;
  text: string;
}

export interface Snippet {
  id: string;
  title: string;
  steps: readonly Step[];
}

/** How each client is pointed at an address. What is written here is run by tests, as it stands. */
export function snippetsFor(url: string, model: string): Snippet[] {
  return written.map(({ id, title, steps }) => ({
    id,
    title,
    steps: steps.map(({ file, lines }) => ({ file, text: filled(lines.join("\n"), url, model) })),
  }));
}

/** The line that all of them need before. */
export function exportLine(key: string): string {
  return `export DRAWBRIDGE_KEY=${key}`;
}

function filled(text: string, url: string, model: string): string {
  return text.replaceAll("{url}", () => url).replaceAll("{model}", () => model);
}
