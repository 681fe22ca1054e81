import assert from "node:assert/strict";
import type { Bitmap } from "../../../../lib/base/bitmap.ts";
import { CellEncoder } from "../../../../lib/terminal/graphics/cell_encoder.ts";
import type { BlockColours } from "../../../../lib/terminal/graphics/cell_encoder.ts";
import { ANSI_16_PALETTE, xterm256Palette } from "../../../../lib/terminal/graphics/palette.ts";
import type { Placement } from "../../../../lib/terminal/graphics/placement.ts";
import { type Colour, type ShownCell, ShownTerminal } from "../../../kit/cells.ts";
import { flatPicture, paintPicture, psnr, realPicture } from "../../../kit/pictures.ts";

const COLUMNS = 60;
const ROWS = 20;

const placement: Placement = {
  column: 5,
  row: 2,
  widthCells: 48,
  heightCells: 14,
  widthPx: 48,
  heightPx: 28,
};

function encoderOf(colours: BlockColours): CellEncoder {
  return new CellEncoder({ method: "blocks", colours, synchronized: false });
}

/** The two pixels of a cell. */
function pixelsOf(cell: ShownCell): [Colour | undefined, Colour | undefined] {
  assert.ok(cell.text === " " || cell.text === "▀", `cell shows ${cell.text}`);
  return [cell.text === " " ? cell.background : cell.foreground, cell.background];
}

function rgbOf(colour: Colour | undefined): readonly [number, number, number] {
  assert.ok(colour, "cell is not painted");
  if (colour.kind === "rgb") {
    return [colour.value >> 16, colour.value >> 8 & 255, colour.value & 255];
  }
  const palette = xterm256Palette();
  const [red, green, blue] = palette.subarray(colour.value * 3, colour.value * 3 + 3);
  return [red, green, blue];
}

function readBack(terminal: ShownTerminal): Bitmap {
  return paintPicture(48, 28, (x, y) => {
    const cell = terminal.cell(placement.column + x, placement.row + (y >> 1));
    return rgbOf(pixelsOf(cell)[y & 1]);
  });
}

/** The picture as it should be: by a box average that has nothing to do with the encoder. */
function shrunk(picture: Bitmap): Bitmap {
  return paintPicture(48, 28, (x, y) => {
    const sums = [0, 0, 0];
    let count = 0;
    for (let sy = Math.floor(y * 108 / 28); sy < (y + 1) * 108 / 28; sy++) {
      for (let sx = x * 4; sx < x * 4 + 4; sx++, count++) {
        for (let c = 0; c < 3; c++) sums[c] += picture.rgb[(sy * 192 + sx) * 3 + c] ?? 0;
      }
    }
    return [sums[0] / count, sums[1] / count, sums[2] / count];
  });
}

const floors = { truecolor: 26, "256": 22, "16": 13 } as const;

for (const colours of ["truecolor", "256", "16"] as const) {
  Deno.test(`half blocks in ${colours} show the picture in a terminal's cells`, async () => {
    using terminal = new ShownTerminal(COLUMNS, ROWS);
    const picture = realPicture();
    const small = shrunk(picture);
    await terminal.write(encoderOf(colours).encode(small, placement));
    const shown = readBack(terminal);
    assert.ok(psnr(shown, small) >= floors[colours], `${psnr(shown, small)} dB`);
  });
}

Deno.test("half blocks in truecolor show the very same colours", async () => {
  using terminal = new ShownTerminal(COLUMNS, ROWS);
  const picture = paintPicture(48, 28, (x, y) => [x * 5, y * 9, (x * y) & 255]);
  await terminal.write(encoderOf("truecolor").encode(picture, placement));
  assert.deepEqual(readBack(terminal), picture);
});

Deno.test("half blocks in 256 colours leave the person's own sixteen alone", async () => {
  using terminal = new ShownTerminal(COLUMNS, ROWS);
  await terminal.write(encoderOf("256").encode(realPicture(), placement));
  for (let x = 0; x < 48; x++) {
    for (const pixel of pixelsOf(terminal.cell(placement.column + x, placement.row + 5))) {
      assert.ok(pixel?.kind === "palette" && pixel.value >= 16);
    }
  }
});

Deno.test("half blocks in 16 colours use nothing that needs 256", () => {
  const text = new TextDecoder().decode(encoderOf("16").encode(realPicture(), placement));
  assert.doesNotMatch(text, /[34]8;/);
  const used = new Set(text.match(/(?<=[[;])(3[0-7]|4[0-7]|9[0-7]|10[0-7])(?=[;m])/g));
  assert.ok(used.size > 4 && ANSI_16_PALETTE.length === 48);
});

Deno.test("half blocks write nothing for an equal frame, and one cell for one changed pixel", async () => {
  using terminal = new ShownTerminal(COLUMNS, ROWS);
  const encoder = encoderOf("truecolor");
  const picture = paintPicture(48, 28, (x, y) => [x, y, 40]);
  await terminal.write(encoder.encode(picture, placement));
  assert.equal(encoder.encode(picture, placement).length, 0);
  picture.rgb.set([255, 255, 255], (9 * 48 + 30) * 3);
  const delta = encoder.encode(picture, placement);
  assert.ok(delta.length < 80, `${delta.length} bytes`);
  await terminal.write(delta);
  assert.deepEqual(readBack(terminal), picture);
});

Deno.test("half blocks stay within the tolerance of the true colours through a long fade", async () => {
  using terminal = new ShownTerminal(COLUMNS, ROWS);
  const encoder = encoderOf("truecolor");
  for (let level = 0; level < 100; level++) {
    const picture = flatPicture(48, 28, [level, level, 99 - level]);
    await terminal.write(encoder.encode(picture, placement));
    const off = readBack(terminal).rgb.map((value, i) => Math.abs(value - picture.rgb[i]));
    assert.ok(Math.max(...off) <= 3);
  }
});

Deno.test("half blocks put cursor and colours back and touch no other cell", async () => {
  using terminal = new ShownTerminal(COLUMNS, ROWS);
  await terminal.write("\x1b[31m\x1b[18;4Hab");
  await terminal.write(encoderOf("truecolor").encode(realPicture(), placement));
  assert.deepEqual(terminal.cursor, [5, 17]);
  await terminal.write("c");
  assert.deepEqual(terminal.cell(5, 17).foreground, { kind: "palette", value: 1 });
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      const isInside = column >= 5 && column < 53 && row >= 2 && row < 16;
      assert.equal(terminal.cell(column, row).background !== undefined, isInside);
    }
  }
  assert.equal(terminal.scrolledLines, 0);
});

Deno.test("half blocks draw every cell again after erase", async () => {
  using terminal = new ShownTerminal(COLUMNS, ROWS);
  const encoder = encoderOf("truecolor");
  const picture = paintPicture(48, 28, (x, y) => [x, y, 0]);
  await terminal.write(encoder.encode(picture, placement));
  await terminal.write(encoder.erase());
  assert.equal(terminal.cell(10, 5).background, undefined);
  await terminal.write(encoder.encode(picture, placement));
  assert.deepEqual(readBack(terminal), picture);
});

Deno.test("half blocks follow a placement that moves and grows", async () => {
  using terminal = new ShownTerminal(COLUMNS, ROWS);
  const encoder = encoderOf("truecolor");
  const small = { ...placement, column: 0, row: 0, widthCells: 4, heightCells: 2 };
  await terminal.write(encoder.encode(flatPicture(8, 8, [200, 0, 0]), small));
  await terminal.write(encoder.encode(flatPicture(8, 8, [0, 200, 0]), placement));
  assert.equal(terminal.cell(0, 0).background, undefined);
  assert.deepEqual(readBack(terminal), flatPicture(48, 28, [0, 200, 0]));
});
