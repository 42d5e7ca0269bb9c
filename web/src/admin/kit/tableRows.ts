/** What a cell is sorted and found by. */
export type Value = string | number | boolean | null;

interface Valued<Row> {
  value: (row: Row) => Value;
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Compare two values of a column: numbers by size, all else as texts, digits in them by size. */
export function compare(one: Value, other: Value): number {
  return typeof one === "number" && typeof other === "number" ? one - other : collator.compare(String(one), String(other));
}

/** Return the rows that have every word of what was typed in some column. */
export function withWords<Row>(rows: readonly Row[], columns: readonly Valued<Row>[], typed: string): Row[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const text = columns.map((column) => String(column.value(row) ?? "").toLowerCase()).join("\n");
    return words.every((word) => text.includes(word));
  });
}
