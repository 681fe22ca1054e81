/** Pictures of characters, read back from the cells of @xterm/headless by tables that are written out here. */

import { deepEqual, equal, ok } from "node:assert/strict";
import type { Bitmap } from "../../../../lib/base/bitmap.ts";
import { CELL_PIXELS, type CellMethod } from "../../../../lib/terminal/capability/capability.ts";
import { CellEncoder } from "../../../../lib/terminal/graphics/cell_encoder.ts";
import { GLYPHS } from "../../../../lib/terminal/graphics/cell_encoder.ts";
import type { Placement } from "../../../../lib/terminal/graphics/placement.ts";
import { type Colour, ShownTerminal } from "../../../kit/cells.ts";
import { flatPicture, paintPicture, psnr, realPicture } from "../../../kit/pictures.ts";

const COLUMNS = 60;
const ROWS = 20;
type Mosaic = Exclude<CellMethod, "blocks" | "ascii">;

function placementOf(method: CellMethod): Placement {
  const { columns, rows } = CELL_PIXELS[method];
  const size = { widthCells: 48, heightCells: 14 };
  return { column: 5, row: 2, ...size, widthPx: 48 * columns, heightPx: 14 * rows };
}

function rgbOf(colour: Colour | undefined): readonly [number, number, number] {
  ok(colour?.kind === "rgb", "cell is not painted in 24 bits");
  return [colour.value >> 16, colour.value >> 8 & 255, colour.value & 255];
}

function readBack(terminal: ShownTerminal, method: Mosaic): Bitmap {
  const { columns, rows } = CELL_PIXELS[method];
  const { column, row, widthPx, heightPx } = placementOf(method);
  return paintPicture(widthPx, heightPx, (x, y) => {
    const cell = terminal.cell(
      column + Math.floor(x / columns),
      row + Math.floor(y / rows),
    );
    const pattern = GLYPHS[method].indexOf(cell.text);
    ok(pattern >= 0, `cell shows ${cell.text}`);
    const bit = pattern >> ((y % rows) * columns + x % columns) & 1;
    return rgbOf(bit === 1 ? cell.foreground : cell.background);
  });
}

/** As it should be: by the nearest pixel, which has nothing to do with the encoder. */
function resized(picture: Bitmap, { widthPx, heightPx }: Placement): Bitmap {
  return paintPicture(widthPx, heightPx, (x, y) => {
    const from = 3 *
      (Math.floor((y + 0.5) * picture.heightPx / heightPx) * picture.widthPx +
        Math.floor((x + 0.5) * picture.widthPx / widthPx));
    return [picture.rgb[from], picture.rgb[from + 1], picture.rgb[from + 2]];
  });
}

const FLOORS: Readonly<Record<Mosaic, number>> = { quadrants: 27, sextants: 26, octants: 25 };

for (const method of ["quadrants", "sextants", "octants"] as const) {
  Deno.test(`${method} show the picture in a terminal's cells`, async () => {
    using terminal = new ShownTerminal(COLUMNS, ROWS);
    const encoder = new CellEncoder({ method, colours: "truecolor", synchronized: false });
    const placement = placementOf(method);
    const picture = resized(realPicture(), placement);
    await terminal.write(encoder.encode(picture, placement));
    const decibel = psnr(readBack(terminal, method), picture);
    ok(decibel >= FLOORS[method], `${decibel} dB`);
  });

  Deno.test(`${method} show two colours in a cell exactly, in any pattern`, async () => {
    using terminal = new ShownTerminal(COLUMNS, ROWS);
    const encoder = new CellEncoder({ method, colours: "truecolor", synchronized: false });
    const placement = placementOf(method);
    const { columns, rows } = CELL_PIXELS[method];
    const picture = paintPicture(placement.widthPx, placement.heightPx, (x, y) => {
      const cell = Math.floor(y / rows) * 48 + Math.floor(x / columns);
      const bit = cell >> ((y % rows) * columns + x % columns) & 1;
      return bit === 1 ? [200, 40, 90] : [10, 220, 30];
    });
    await terminal.write(encoder.encode(picture, placement));
    deepEqual(readBack(terminal, method), picture);
  });

  Deno.test(`${method} send only the cells that changed`, () => {
    const encoder = new CellEncoder({ method, colours: "truecolor", synchronized: false });
    const placement = placementOf(method);
    const picture = resized(realPicture(), placement);
    const whole = encoder.encode(picture, placement).length;
    equal(encoder.encode(picture, placement).length, 0);
    picture.rgb.fill(255, 0, 6);
    const changed = encoder.encode(picture, placement).length;
    ok(changed > 0 && changed < 120 && changed < whole / 50, `${changed}`);
  });
}

Deno.test("glyphs are those of Unicode: as many as there are patterns, none twice, known ones in their places", () => {
  for (const [method, count] of [["quadrants", 16], ["sextants", 64], ["octants", 256]] as const) {
    equal(new Set(GLYPHS[method]).size, count);
  }
  const code = (method: Mosaic, pattern: number) => GLYPHS[method][pattern].codePointAt(0);
  // BLOCK SEXTANT-1, -2, -12345, -135 (left half), -23456.
  deepEqual([1, 2, 31, 21, 62].map((pattern) => code("sextants", pattern)), [
    ...[0x1fb00, 0x1fb01, 0x1fb1d, 0x258c, 0x1fb3b],
  ]);
  // BLOCK OCTANT-3, -23, -4, -5, -2345678; LOWER HALF BLOCK; QUADRANT UPPER RIGHT.
  deepEqual([4, 6, 8, 16, 254, 240, 10].map((pattern) => code("octants", pattern)), [
    ...[0x1cd00, 0x1cd01, 0x1cd03, 0x1cd09, 0x1cde5, 0x2584, 0x259d],
  ]);
});

Deno.test("letters have more ink where the picture has more light, in its hue on the terminal's own ground", async () => {
  using terminal = new ShownTerminal(COLUMNS, ROWS);
  const encoder = new CellEncoder({ method: "ascii", colours: "truecolor", synchronized: false });
  const placement = placementOf("ascii");
  const picture = paintPicture(48, 14, (x) => [x * 5, 0, 0]);
  await terminal.write(encoder.encode(picture, placement));
  const shades = Array.from(
    { length: 48 },
    (_, x) => GLYPHS.ascii.indexOf(terminal.cell(5 + x, 2).text),
  );
  ok(shades.every((shade, x) => x === 0 || shade >= shades[x - 1]), `${shades}`);
  deepEqual([shades[0], shades[47]], [0, 9]);
  const bright = terminal.cell(52, 2);
  deepEqual(rgbOf(bright.foreground), [255, 0, 0]);
  equal(bright.background, undefined);
});

Deno.test("letters without colour are nothing but letters", () => {
  const encoder = new CellEncoder({ method: "ascii", colours: "none", synchronized: false });
  const bytes = encoder.encode(flatPicture(48, 14, [128, 128, 128]), placementOf("ascii"));
  const text = new TextDecoder().decode(bytes);
  // deno-lint-ignore no-control-regex -- the codes of colours are what is looked for
  deepEqual(text.match(/\x1b\[[\d;]*m/g), ["\x1b[0m"]);
  ok(/[+=-]{48}/.test(text));
});
