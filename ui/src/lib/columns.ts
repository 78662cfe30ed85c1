// Widths of a table's columns, once somebody resized one.

/** The table is as wide as its columns; null: nobody resized one, and the table decides. */
export function tableWidth(widths: Record<string, number>): string | null {
  const all = Object.values(widths);
  return all.length === 0 ? null : `${String(all.reduce((sum, width) => sum + width, 0))}px`;
}
