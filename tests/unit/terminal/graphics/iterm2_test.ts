// deno-lint-ignore-file no-control-regex -- escape sequences are what is looked at here

import assert from "node:assert/strict";
import { decodeBase64 } from "../../../../lib/base/bytes.ts";
import { Iterm2Encoder } from "../../../../lib/terminal/graphics/iterm2.ts";

const placement = {
  column: 0,
  row: 3,
  widthCells: 40,
  heightCells: 11,
  widthPx: 400,
  heightPx: 220,
};

const text = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);

Deno.test("iTerm2 gets the JPEG byte for byte in the cells of the placement", () => {
  const jpeg = Deno.readFileSync(new URL("../../../fixtures/cockatoo.jpg", import.meta.url));
  const encoder = new Iterm2Encoder({ synchronized: true });
  const match = text(encoder.encode(jpeg, placement)).match(
    /^\x1b\[\?2026h\x1b7\x1b\[4;1H\x1b\]1337;File=([^:]*):([A-Za-z0-9+/=]*)\x07\x1b8\x1b\[\?2026l$/,
  );
  assert.ok(match);
  assert.equal(match[1], `inline=1;size=${jpeg.length};width=40;height=11;preserveAspectRatio=0`);
  assert.deepEqual(decodeBase64(match[2]), new Uint8Array(jpeg));
});

Deno.test("iTerm2 erases by text over the cells, once", () => {
  const encoder = new Iterm2Encoder({ synchronized: false });
  assert.equal(encoder.erase().length, 0);
  encoder.encode(Uint8Array.of(1, 2, 3), placement);
  assert.equal(text(encoder.erase()).match(/ {40}/g)?.length, 11);
  assert.equal(encoder.erase().length, 0);
  encoder.encode(Uint8Array.of(1, 2, 3), placement);
  const moved = text(encoder.encode(Uint8Array.of(1, 2, 3), { ...placement, row: 5 }));
  assert.ok(
    moved.indexOf(" ".repeat(40)) >= 0 && moved.indexOf(" ".repeat(40)) < moved.indexOf("1337"),
  );
});
