import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import type { CellArea } from "../../../../lib/terminal/cells/cell_grid.ts";
import { type Frames, layOut, type LayoutWishes } from "../../../../lib/tui/drawing/layout.ts";

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

/** The four edges of each frame, and the rule between two panes. */
function edgesOf({ rule, ...frames }: Frames): Record<string, CellArea> {
  const edges: Record<string, CellArea> = {};
  for (const [name, area] of Object.entries(frames)) {
    if (area.heightCells < 2) continue;
    const { column, row, widthCells, heightCells } = area;
    const side = { column, row: row + 1, widthCells: 1, heightCells: heightCells - 2 };
    edges[`top of ${name}`] = { ...area, heightCells: 1 };
    edges[`bottom of ${name}`] = { ...area, row: row + heightCells - 1, heightCells: 1 };
    const hasRule = name === "talk";
    const rows = hasRule ? rule.row - row - 1 : side.heightCells;
    edges[`left of ${name}`] = { ...side, heightCells: rows };
    edges[`right of ${name}`] = { ...side, column: column + widthCells - 1, heightCells: rows };
  }
  return { ...edges, rule };
}

Deno.test("property: panes never overlap and never leave the screen", () => {
  fc.assert(fc.property(wishes, (wish) => {
    const seen = new Set<string>();
    const { frames, title, ...panes } = layOut(wish);
    const framed = frames.talk.widthCells > 0;
    const all = { ...panes, ...!framed && { title }, ...framed && edgesOf(frames) };
    if (framed) ok(cellsOf(title).every((cell) => cellsOf(frames.talk).includes(cell)));
    for (const [name, area] of Object.entries(all)) {
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

Deno.test("layout puts a video where it is larger: beside the conversation on a wide screen, above all of it on a tall one", () => {
  const wish = { composerRows: 1, list: true, video: "pane", videoBarRows: 1, askRows: 0 } as const;
  for (const [columns, rows] of [[200, 40], [130, 24]]) {
    const { video, timeline } = layOut({ ...wish, columns, rows });
    equal(video.row, timeline.row);
    ok(video.column >= timeline.column + timeline.widthCells);
  }
  for (const [columns, rows] of [[80, 24], [120, 40], [200, 60], [100, 60]]) {
    const { video, timeline } = layOut({ ...wish, columns, rows });
    equal(video.column, timeline.column);
    equal(video.widthCells, timeline.widthCells);
    ok(video.row < timeline.row);
  }
});

Deno.test("layout frames panes where there is room to spare, and never at 80×24", () => {
  const wish = { composerRows: 1, list: true, video: "none", videoBarRows: 1, askRows: 0 } as const;
  for (const [columns, rows] of [[80, 24], [99, 60], [200, 27]]) {
    equal(layOut({ ...wish, columns, rows }).frames.talk.widthCells, 0);
  }
  const { frames, title, timeline } = layOut({ ...wish, columns: 100, rows: 28 });
  equal(frames.list.column + frames.list.widthCells, frames.talk.column);
  equal(title.row, frames.talk.row);
  equal(timeline.widthCells, frames.talk.widthCells - 2);
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
