const CODE = /(```[\s\S]*?(?:```|$)|~~~[\s\S]*?(?:~~~|$)|`[^`\n]*`)/;

/** Whether there may be mathematics in a text: what reads it is large, and most answers have none. */
export const mayHaveMaths = (text: string) => /\$\$|\\\(|\\\[/.test(text);

/** Write \( \) and \[ \] as the $$ that the reader of Markdown knows, but for those in code. */
export function withDollars(text: string): string {
  return text
    .split(CODE)
    .map((piece, index) => (index % 2 ? piece : piece.replace(/\\\[([\s\S]+?)\\\]/g, "$$$$$1$$$$").replace(/\\\((.+?)\\\)/g, "$$$$$1$$$$")))
    .join("");
}
