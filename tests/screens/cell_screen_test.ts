import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  type CellArea,
  CellGrid,
  cellStyle,
  DEFAULT_STYLE,
  isInside,
  NO_AREA,
} from "../../lib/terminal/cells/cell_grid.ts";
import { CellScreen } from "../../lib/terminal/cells/cell_screen.ts";
import { safeText } from "../../lib/base/safe_text.ts";
import { ShownTerminal } from "../kit/cells.ts";

const COLUMNS = 20;
const ROWS = 5;
const WHOLE: CellArea = { column: 0, row: 0, widthCells: COLUMNS, heightCells: ROWS };
const RED = cellStyle({ foreground: 1, bold: true });

function gridOf(...rows: readonly string[]): CellGrid {
  const grid = new CellGrid(COLUMNS, ROWS);
  rows.forEach((text, row) =>
    grid.write(WHOLE, row, [{ text: safeText(text), style: DEFAULT_STYLE }])
  );
  return grid;
}

function rowsOf(shown: ShownTerminal, columns = COLUMNS, rows = ROWS): string[] {
  return Array.from({ length: rows }, (_, row) => {
    let text = "";
    for (let column = 0; column < columns; column++) text += shown.cell(column, row).text;
    return text.trimEnd();
  });
}

const NOWHERE = { cursor: undefined, pictures: [] };

Deno.test("cell screen writes one changed cell in a few bytes", () => {
  const screen = new CellScreen({ synchronized: false });
  screen.paint(gridOf("hello", "world"), { cursor: { column: 5, row: 1 }, pictures: [] });
  const bytes = screen.paint(gridOf("hello", "worlds"), {
    cursor: { column: 6, row: 1 },
    pictures: [],
  });
  equal(new TextDecoder().decode(bytes), "\x1b[2;6Hs\x1b[2;7H");
});

Deno.test("cell screen writes nothing when nothing changed", () => {
  const screen = new CellScreen({ synchronized: true });
  screen.paint(gridOf("hello"), NOWHERE);
  equal(screen.paint(gridOf("hello"), NOWHERE).length, 0);
});

Deno.test("cell screen erases the rest of a row instead of writing blanks", () => {
  const screen = new CellScreen({ synchronized: false });
  screen.paint(gridOf("hello dear world"), NOWHERE);
  const bytes = screen.paint(gridOf("hello"), NOWHERE);
  equal(new TextDecoder().decode(bytes), "\x1b[1;7H\x1b[K");
});

Deno.test("cell screen writes 0 characters into the cells of a picture", async () => {
  const screen = new CellScreen({ synchronized: false });
  const picture: CellArea = { column: 4, row: 1, widthCells: 8, heightCells: 2 };
  using shown = new ShownTerminal(COLUMNS, ROWS);
  await shown.write(screen.paint(new CellGrid(COLUMNS, ROWS), NOWHERE));
  // What a picture is made of here: anything that a stray character would overwrite.
  await shown.write("\x1b[2;5HPPPPPPPP\x1b[3;5HPPPPPPPP");
  const options = { cursor: undefined, pictures: [picture] };
  for (const fillWith of ["x", "漢", " ", "👩‍👩‍👧‍👦"]) {
    await shown.write(screen.paint(gridOf(...Array(ROWS).fill(fillWith.repeat(COLUMNS))), options));
    for (const row of [1, 2]) {
      for (let column = 4; column < 12; column++) equal(shown.cell(column, row).text, "P");
    }
  }
});

Deno.test("cell screen writes the cells of a picture anew when it is gone", async () => {
  const screen = new CellScreen({ synchronized: false });
  using shown = new ShownTerminal(COLUMNS, ROWS);
  const grid = gridOf("one", "two", "three");
  await shown.write(screen.paint(grid, NOWHERE));
  const picture: CellArea = { column: 0, row: 0, widthCells: 5, heightCells: 3 };
  await shown.write(screen.paint(grid, { cursor: undefined, pictures: [picture] }));
  await shown.write("\x1b[1;1HPPPPP\x1b[2;1HPPPPP\x1b[3;1HPPPPP");
  await shown.write(screen.paint(grid, NOWHERE));
  deepEqual(rowsOf(shown), ["one", "two", "three", "", ""]);
});

for (const selectorWidens of [false, true]) {
  const which = selectorWidens ? "widens" : "does not widen";
  Deno.test(`cell screen leaves nothing behind an emoji whose selector ${which} it`, async () => {
    const screen = new CellScreen({ synchronized: false });
    using shown = new ShownTerminal(COLUMNS, ROWS, { selectorWidens });
    await shown.write(screen.paint(gridOf("──────────", "漢漢漢漢", "abcdef"), NOWHERE));
    const hearts = ["♥️", "☀️x♥️", "1️⃣♥️♥️y"];
    await shown.write(screen.paint(gridOf(...hearts), NOWHERE));
    const plain = (row: string) => row.replace(/[^a-z─漢]/g, "");
    deepEqual(rowsOf(shown).map(plain), ["", "x", "y", "", ""]);
    equal(shown.cell(2, 1).text, "x");
    equal(shown.cell(6, 2).text, "y");
    // And nothing of them when they go.
    await shown.write(screen.paint(gridOf("ab", "cd", "ef"), NOWHERE));
    deepEqual(rowsOf(shown), ["ab", "cd", "ef", "", ""]);
  });
}

Deno.test("cell grid keeps what a terminal may paint beyond an edge off the edge", () => {
  const grid = new CellGrid(10, 1);
  const area: CellArea = { column: 0, row: 0, widthCells: 5, heightCells: 1 };
  // A family of four is two cells, and eight in terminals that cannot join it.
  grid.write(area, 0, [{ text: safeText("ab👩‍👩‍👧‍👦c"), style: DEFAULT_STYLE }]);
  deepEqual([0, 1, 2, 3, 4, 5].map((column) => grid.textAt(column, 0)), [
    "a",
    "b",
    " ",
    " ",
    "c",
    " ",
  ]);
});

Deno.test("cell grid takes any area and any text without harm", () => {
  const grid = new CellGrid(1, 1);
  grid.fill({ column: -5, row: -5, widthCells: 100, heightCells: 100 }, RED);
  grid.fill(NO_AREA, RED);
  equal(
    grid.write({ column: 0, row: 0, widthCells: 9, heightCells: 1 }, 0, [
      { text: safeText("漢字"), style: RED },
    ]),
    1,
  );
  equal(grid.textAt(0, 0), " ");
  equal(grid.write({ column: 0, row: 0, widthCells: 9, heightCells: 1 }, 7, []), 0);
});

const texts = fc.array(
  fc.constantFrom("a", "b", " ", "é", "漢", "ｶﾞ", "🙂", "👍🏽", "e\u0301\u0302", "क्षि", "—"),
  { maxLength: 24 },
).map((parts) => parts.join(""));
const styles = fc.constantFrom(DEFAULT_STYLE, RED, cellStyle({ reverse: true }));
const rows = fc.array(fc.tuple(texts, styles), { minLength: ROWS, maxLength: ROWS });

Deno.test("property: after any paints the terminal shows the last grid", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(rows, { minLength: 1, maxLength: 5 }), async (screens) => {
      const screen = new CellScreen({ synchronized: false });
      using shown = new ShownTerminal(COLUMNS, ROWS);
      let grid = new CellGrid(COLUMNS, ROWS);
      for (const lines of screens) {
        grid = new CellGrid(COLUMNS, ROWS);
        lines.forEach(([text, style], row) =>
          grid.write(WHOLE, row, [{ text: safeText(text), style }])
        );
        await shown.write(screen.paint(grid, NOWHERE));
      }
      for (let row = 0; row < ROWS; row++) {
        for (let column = 0; column < COLUMNS; column++) {
          const text = grid.textAt(column, row);
          // Only cells of which every terminal thinks the same can be compared with this one.
          if (!/^[\x20-\x7eé—漢]$/u.test(text)) continue;
          equal(shown.cell(column, row).text, text, `cell ${column}, ${row}`);
        }
      }
    }),
    { numRuns: Deno.env.get("SLOW") === "1" ? 2_000 : 100 },
  );
});

Deno.test("cell areas know their cells", () => {
  ok(isInside(WHOLE, 0, 0));
  ok(!isInside(WHOLE, COLUMNS, 0));
  ok(!isInside(NO_AREA, 0, 0));
});
