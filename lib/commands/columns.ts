/** Rows of a table as lines whose columns stand below each other. Pure. */

/** Every row has a cell for each column. The last column is not padded. Names are counted by characters: good enough for a list. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => [...row[i]].length))) ?? [];
  return rows.map((row) =>
    row.map((cell, i) =>
      i === row.length - 1 ? cell : cell + " ".repeat(widths[i] - [...cell].length + 2)
    ).join("").trimEnd()
  );
}
