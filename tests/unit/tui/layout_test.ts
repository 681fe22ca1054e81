import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import type { CellArea } from "../../../lib/terminal/cell_grid.ts";
import { layOut, type LayoutWishes } from "../../../lib/tui/layout.ts";

const wishes = fc.record({
  columns: fc.integer({ min: 1, max: 300 }),
  rows: fc.integer({ min: 1, max: 100 }),
  composerRows: fc.integer({ min: 1, max: 200 }),
  list: fc.boolean(),
  video: fc.constantFrom("none", "pane", "full"),
  videoBarRows: fc.integer({ min: 1, max: 3 }),
  askRows: fc.integer({ min: 0, max: 3 }),
}) as fc.Arbitrary<LayoutWishes>;

function cellsOf(area: CellArea): string[] {
  const cells: string[] = [];
  for (let row = area.row; row < area.row + area.heightCells; row++) {
    for (let column = area.column; column < area.column + area.widthCells; column++) {
      cells.push(`${column},${row}`);
    }
  }
  return cells;
}

Deno.test("property: panes never overlap and never leave the screen", () => {
  fc.assert(fc.property(wishes, (wish) => {
    const seen = new Set<string>();
    for (const [name, area] of Object.entries(layOut(wish))) {
      ok(area.widthCells >= 0 && area.heightCells >= 0, name);
      for (const cell of cellsOf(area)) {
        ok(!seen.has(cell), `${name} has a cell of another pane: ${cell}`);
        seen.add(cell);
        const [column, row] = cell.split(",").map(Number);
        ok(column < wish.columns && row < wish.rows, `${name} leaves the screen at ${cell}`);
      }
    }
  }));
});

Deno.test("layout gives a video beside the conversation on a wide screen, above it on a narrow one", () => {
  const wish = { composerRows: 1, list: true, video: "pane", videoBarRows: 1, askRows: 0 } as const;
  const wide = layOut({ ...wish, columns: 200, rows: 60 });
  equal(wide.video.row, wide.timeline.row);
  ok(wide.video.column >= wide.timeline.column + wide.timeline.widthCells);
  const narrow = layOut({ ...wish, columns: 80, rows: 24 });
  equal(narrow.video.column, narrow.timeline.column);
  ok(narrow.video.row < narrow.timeline.row);
});

Deno.test("layout never has a picture in the last row of the terminal", () => {
  for (const video of ["pane", "full"] as const) {
    for (const rows of [3, 10, 24, 60]) {
      const { video: area } = layOut({
        columns: 120,
        rows,
        composerRows: 1,
        list: true,
        video,
        videoBarRows: 1,
        askRows: 0,
      });
      ok(area.row + area.heightCells < rows);
    }
  }
});

Deno.test("layout keeps two thirds of the screen from what is typed", () => {
  const { composer, timeline } = layOut({
    columns: 80,
    rows: 24,
    composerRows: 500,
    list: true,
    video: "none",
    videoBarRows: 1,
    askRows: 0,
  });
  ok(timeline.heightCells >= 2 * composer.heightCells - 1);
});
