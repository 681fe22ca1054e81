import assert from "node:assert/strict";
import fc from "fast-check";
import { type FitOptions, fitPicture } from "../../../lib/screen/fit.ts";

const runs = Deno.env.get("SLOW") === "1" ? 20_000 : 500;

const terminal = { cell: { widthPx: 9, heightPx: 18 }, columns: 100, rows: 31 };
const whole = { column: 0, row: 0, widthCells: 100, heightCells: 30 };

Deno.test("fit fills the width and centres a wide picture", () => {
  const picture = { widthPx: 2000, heightPx: 500 };
  assert.deepEqual(fitPicture(picture, whole, { ...terminal, method: "kitty" }), {
    column: 0,
    row: 8,
    widthCells: 100,
    heightCells: 13,
    widthPx: 900,
    heightPx: 234,
  });
});

Deno.test("fit fills the height and centres a tall picture", () => {
  const picture = { widthPx: 300, heightPx: 600 };
  assert.deepEqual(fitPicture(picture, whole, { ...terminal, method: "kitty" }), {
    column: 35,
    row: 0,
    widthCells: 30,
    heightCells: 30,
    widthPx: 270,
    heightPx: 540,
  });
});

Deno.test("fit gives half blocks two pixels a cell and the same cells as other methods", () => {
  const picture = { widthPx: 640, heightPx: 360 };
  const kitty = fitPicture(picture, whole, { ...terminal, method: "kitty" });
  const blocks = fitPicture(picture, whole, { ...terminal, method: "blocks" });
  assert.ok(kitty && blocks);
  assert.deepEqual(
    [blocks.widthCells, blocks.heightCells, blocks.widthPx, blocks.heightPx],
    [kitty.widthCells, kitty.heightCells, kitty.widthCells, kitty.heightCells * 2],
  );
});

Deno.test("fit gives sixel whole bands and clips it to what the terminal draws", () => {
  const picture = { widthPx: 1280, heightPx: 720 };
  const maxSizePx = { widthPx: 640, heightPx: 400 };
  assert.deepEqual(fitPicture(picture, whole, { ...terminal, method: "sixel", maxSizePx }), {
    column: 14,
    row: 5,
    widthCells: 72,
    heightCells: 20,
    widthPx: 640,
    heightPx: 360,
  });
});

Deno.test("fit puts a sixel picture into the middle of its pane by pixels: 120x40 in xterm", () => {
  // Its 87 cells leave one of 88 free: the picture fills 86.2 of them.
  const xterm = { cell: { widthPx: 9, heightPx: 19 }, columns: 120, rows: 40 };
  const pane = { column: 30, row: 1, widthCells: 88, heightCells: 23 };
  const placed = fitPicture({ widthPx: 1280, heightPx: 720 }, pane, { ...xterm, method: "sixel" });
  assert.ok(placed);
  assert.equal(placed.widthPx, 776);
  const leftPx = (placed.column - pane.column) * 9;
  const rightPx = pane.widthCells * 9 - placed.widthPx - leftPx;
  assert.deepEqual([leftPx, rightPx], [9, 7]);
});

Deno.test("fit shows a 640×360 picture at exactly that size when the cells are that many pixels", () => {
  const cell = { widthPx: 8, heightPx: 18 };
  const area = { column: 3, row: 2, widthCells: 80, heightCells: 20 };
  const fitted = fitPicture({ widthPx: 1920, heightPx: 1080 }, area, {
    ...terminal,
    cell,
    method: "sixel",
  });
  assert.deepEqual(fitted, { ...area, widthPx: 640, heightPx: 360 });
});

Deno.test("fit never uses the terminal's last row", () => {
  const bottom = { column: 0, row: 20, widthCells: 100, heightCells: 11 };
  const fitted = fitPicture({ widthPx: 10, heightPx: 100 }, bottom, {
    ...terminal,
    method: "sixel",
  });
  assert.ok(fitted);
  assert.ok(fitted.row + fitted.heightCells <= 30);
  const last = { ...bottom, row: 30, heightCells: 1 };
  assert.equal(
    fitPicture({ widthPx: 10, heightPx: 10 }, last, { ...terminal, method: "kitty" }),
    undefined,
  );
});

Deno.test("fit finds no room in an empty rectangle, outside, or for a picture without size", () => {
  const options: FitOptions = { ...terminal, method: "blocks" };
  const picture = { widthPx: 640, heightPx: 360 };
  assert.equal(fitPicture(picture, { ...whole, widthCells: 0 }, options), undefined);
  assert.equal(fitPicture(picture, { ...whole, column: 100 }, options), undefined);
  assert.equal(fitPicture({ widthPx: 0, heightPx: 360 }, whole, options), undefined);
  assert.equal(fitPicture({ widthPx: NaN, heightPx: 360 }, whole, options), undefined);
});

Deno.test("fit stays inside the rectangle, the terminal and the limit, and keeps the shape, for any sizes", () => {
  const size = (max: number) => fc.integer({ min: 1, max });
  fc.assert(
    fc.property(
      fc.record({ widthPx: size(4096), heightPx: size(2304) }),
      fc.record({
        column: fc.integer({ min: -5, max: 120 }),
        row: fc.integer({ min: -5, max: 60 }),
        widthCells: size(500),
        heightCells: size(200),
      }),
      fc.record({
        method: fc.constantFrom("kitty", "sixel", "iterm2", "blocks"),
        cell: fc.record({ widthPx: size(40), heightPx: fc.integer({ min: 6, max: 80 }) }),
        columns: size(500),
        rows: size(200),
        maxSizePx: fc.option(fc.record({ widthPx: size(1000), heightPx: size(1000) }), {
          nil: undefined,
        }),
      }),
      (picture, rectangle, options) => {
        const fitted = fitPicture(picture, rectangle, options);
        if (fitted === undefined) return;
        const { column, row, widthCells, heightCells, widthPx, heightPx } = fitted;
        assert.ok(column >= Math.max(0, rectangle.column) && row >= Math.max(0, rectangle.row));
        assert.ok(
          column + widthCells <= Math.min(options.columns, rectangle.column + rectangle.widthCells),
        );
        assert.ok(
          row + heightCells <= Math.min(options.rows - 1, rectangle.row + rectangle.heightCells),
        );
        assert.ok(widthPx >= 1 && heightPx >= 1);
        if (options.method === "blocks") return;
        assert.ok(widthPx <= widthCells * options.cell.widthPx);
        assert.ok(heightPx <= heightCells * options.cell.heightPx);
        if (options.method !== "sixel") return;
        assert.equal(heightPx % 6, 0);
        const limit = options.maxSizePx;
        // A terminal that takes less than one band takes no picture at all.
        if (limit) assert.ok(widthPx <= limit.widthPx && heightPx <= Math.max(6, limit.heightPx));
        const isLarge = widthPx > 60 && heightPx > 60;
        const distortion = (widthPx / heightPx) / (picture.widthPx / picture.heightPx);
        if (isLarge) assert.ok(distortion > 0.9 && distortion < 1.12, `${distortion}`);
      },
    ),
    { numRuns: runs },
  );
});
