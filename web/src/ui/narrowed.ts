/** Return what has every word of what was typed, in its label or its hint, in the order given. */
export function narrowed<T extends { label: string; hint?: string }>(choices: readonly T[], typed: string): T[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return choices.filter((choice) => {
    const text = `${choice.label} ${choice.hint ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
