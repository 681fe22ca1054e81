import { deepEqual, equal, ok } from "node:assert/strict";
import { compileCapped } from "../../../lib/media/stills/capped_wasm.ts";
import { JPEG_TURBO_WASM_BASE64 } from "../../../lib/media/picture/jpeg_turbo_wasm.ts";
import { LODEPNG_WASM_BASE64 } from "../../../lib/media/stills/lodepng_wasm.ts";
import { WEBP_WASM_BASE64 } from "../../../lib/media/stills/webp_wasm.ts";
import { DECODER_MEMORY_BYTES, decodeStill } from "../../../lib/media/stills/still_decoder.ts";
import { DECODERS, generate } from "../../../tools/build_decoders.ts";
import { gif, png, pngChunk, still } from "../../kit/stills.ts";

const BOX = { widthPx: 640, heightPx: 480 };
const GROUND = [0, 0, 0] as const;

function decoded(file: Uint8Array, box = BOX) {
  const result = decodeStill(file, { box, ground: GROUND });
  ok(result.ok, JSON.stringify(result));
  return result.bitmap;
}

/** Mean difference of the channels of two pictures of one size. */
function difference(one: Uint8Array, other: Uint8Array): number {
  equal(one.length, other.length);
  return one.reduce((sum, value, i) => sum + Math.abs(value - other[i]), 0) / one.length;
}

Deno.test("every format gives the same picture, each within its own loss", () => {
  const { rgb } = decoded(still("still.png"));
  equal(rgb.length, 48 * 32 * 3);
  const differences = Object.fromEntries(
    ["interlaced.png", "lossless.webp", "still.webp", "moving.webp", "interlaced.gif", "moving.gif"]
      .concat(["picture.jpg", "progressive.jpg"])
      .map((name) => [name, difference(decoded(still(name)).rgb, rgb)]),
  );
  equal(differences["interlaced.png"], 0);
  ok(differences["lossless.webp"] < 3, `${differences["lossless.webp"]}`);
  for (const [name, mean] of Object.entries(differences)) ok(mean < 20, `${name}: ${mean}`);
});

Deno.test("a photograph that lies on its side is drawn upright", () => {
  const lying = decoded(still("picture.jpg"));
  const upright = decoded(still("turned.jpg"));
  deepEqual([upright.widthPx, upright.heightPx], [32, 48]);
  // Turned clockwise: what was left is above.
  const at = (x: number, y: number) => (y * 48 + x) * 3;
  const turned = (x: number, y: number) => (x * 32 + (31 - y)) * 3;
  for (const [x, y] of [[0, 0], [47, 0], [0, 31], [20, 11]]) {
    deepEqual(
      upright.rgb.slice(turned(x, y), turned(x, y) + 3),
      lying.rgb.slice(at(x, y), at(x, y) + 3),
    );
  }
});

Deno.test("a picture is drawn on the ground that it is given, where it lets it be seen", () => {
  const on = (ground: readonly [number, number, number]) => {
    const result = decodeStill(still("alpha.webp"), { box: BOX, ground });
    ok(result.ok);
    return result.bitmap.rgb;
  };
  const [white, red] = [on([255, 255, 255]), on([255, 0, 0])];
  deepEqual([...white.slice(0, 3)], [255, 255, 255]);
  deepEqual([...red.slice(0, 3)], [255, 0, 0]);
  const opaque = (47 + 48 * 16) * 3;
  deepEqual(white.slice(opaque, opaque + 3), red.slice(opaque, opaque + 3));
});

Deno.test("a large picture is made smaller, with its shape; a small one stays as it is", () => {
  const size = (file: Uint8Array) => {
    const { widthPx, heightPx } = decoded(file, { widthPx: 24, heightPx: 24 });
    return `${widthPx}x${heightPx}`;
  };
  for (const name of ["still.png", "picture.jpg", "still.webp", "moving.gif"]) {
    equal(size(still(name)), "24x16");
  }
  equal(size(still("turned.jpg")), "16x24");
  equal(size(gif({})), "1x1");
  deepEqual([...decoded(gif({})).rgb], [255, 128, 0]);
});

Deno.test("a smaller picture is the mean of what it covers: no line of it is lost", () => {
  // One white row of nine, drawn a third as high.
  const rows = new Uint8Array(9 * 10).fill(0);
  rows.fill(255, 4 * 10 + 1, 5 * 10);
  const file = png({ widthPx: 9, heightPx: 9, colourType: 0, rows });
  const { rgb } = decoded(file, { widthPx: 3, heightPx: 3 });
  deepEqual([rgb[0], rgb[9], rgb[18]], [0, 85, 0]);
});

Deno.test("SR-67: a decoder's memory ends where it is told to, and it is told so for each", () => {
  const modules = [
    [LODEPNG_WASM_BASE64, DECODER_MEMORY_BYTES.png],
    [WEBP_WASM_BASE64, DECODER_MEMORY_BYTES.webp],
    [JPEG_TURBO_WASM_BASE64, DECODER_MEMORY_BYTES.jpeg],
  ] as const;
  for (const [base64, maxBytes] of modules) {
    const module = compileCapped(base64, maxBytes);
    const imports: WebAssembly.Imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      (imports[from] ??= {})[name] = () => 0;
    }
    const { exports } = new WebAssembly.Instance(module, imports);
    // The names of the package, which `still_decoder.ts` uses too.
    const { memory, malloc } = exports as unknown as {
      memory: WebAssembly.Memory;
      malloc(sizeBytes: number): number;
    };
    const left = (maxBytes - memory.buffer.byteLength) / 65_536;
    let refusal: unknown;
    try {
      memory.grow(left + 1);
    } catch (error) {
      refusal = error;
    }
    ok(refusal instanceof RangeError);
    equal(malloc(maxBytes), 0);
    ok(malloc(maxBytes / 2) > 0);
    ok(memory.buffer.byteLength <= maxBytes);
  }
});

Deno.test("SR-67: what unpacks to more than its header says ends in a word", () => {
  const bomb = png({ widthPx: 1, heightPx: 1, rows: new Uint8Array(300 * 1024 * 1024) });
  ok(bomb.length < 400_000);
  deepEqual(decodeStill(bomb, { box: BOX, ground: GROUND }), {
    ok: false,
    problem: "damaged",
    facts: { format: "png", frames: 1, widthPx: 1, heightPx: 1 },
  });
  const text = new Uint8Array(1024 * 1024);
  const beside = [pngChunk("zTXt", text), pngChunk("iCCP", text)];
  equal(decoded(png({ widthPx: 1, heightPx: 1, rows: new Uint8Array(4), beside })).widthPx, 1);
});

Deno.test("SR-67: the largest PNG that is taken fits into its decoder", () => {
  const rows = new Uint8Array(4096 * (4096 * 3 + 1));
  const { widthPx, heightPx } = decoded(png({ widthPx: 4096, heightPx: 4096, rows }));
  deepEqual([widthPx, heightPx], [480, 480]);
});

Deno.test("SR-67: a PNG with less in it than its header says, and a check sum that is wrong, are refused", () => {
  const short = png({ widthPx: 40, heightPx: 40, rows: new Uint8Array(10) });
  equal(decodeStill(short, { box: BOX, ground: GROUND }).ok, false);
  const file = still("still.png");
  file[file.length - 20] ^= 1;
  equal(decodeStill(file, { box: BOX, ground: GROUND }).ok, false);
});

Deno.test("decoders of pictures in the source are those of the npm packages", () => {
  equal(DECODERS.length, 3);
  for (const decoder of DECODERS) {
    const committed = Deno.readTextFileSync(decoder.file);
    equal(committed === generate(decoder, Deno.readFileSync(decoder.wasm)), true, decoder.file);
    ok(committed.length < 250_000);
  }
});
