/** Return the parts of a file that sections are, as they stand there; of one object alone where it is named. */
export function partOf(text: string, sections: readonly string[], name?: string): string {
  const parts = sections.map((section) => {
    const lines = block(text.split("\n"), (line) => line.startsWith(`${section}:`), 0);
    return name === undefined ? lines : withObject(lines, name);
  });
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

/** Return a line and what is indented below it. */
function block(lines: readonly string[], isFirst: (line: string) => boolean, indent: number): string[] {
  const start = lines.findIndex(isFirst);
  if (start < 0) {
    return [];
  }
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.trim() !== "" && line.search(/\S/) <= indent);
  const all = [lines[start] ?? "", ...(end < 0 ? rest : rest.slice(0, end))];
  while (all.at(-1)?.trim() === "") {
    all.pop();
  }
  return all;
}

function withObject([head = "", ...lines]: readonly string[], name: string): string[] {
  const keys = [name, `'${name}'`, `"${name}"`].map((key) => `  ${key}:`);
  const found = block(lines, (line) => keys.some((key) => line === key || line.startsWith(`${key} `)), 2);
  return found.length ? [head, ...found] : [];
}
