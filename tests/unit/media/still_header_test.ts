import { deepEqual, equal, ok } from "node:assert/strict";
import { concatBytes, utf8 } from "../../../lib/base/bytes.ts";
import {
  STILL_MAX_BYTES,
  STILL_MAX_FRAMES,
  STILL_MAX_PARTS,
} from "../../../lib/media/stills/still.ts";
import { judgeStill } from "../../../lib/media/stills/still_header.ts";
import { gif, png, pngChunk, still } from "../../kit/stills.ts";

function judged(file: Uint8Array): string {
  const judgement = judgeStill(file);
  if (!judgement.ok) return judgement.problem;
  const { format, widthPx, heightPx, frames } = judgement.still.facts;
  return `${format} ${widthPx}x${heightPx} ${frames}`;
}

/** With other bytes from `at` on. */
function changed(file: Uint8Array, at: number, ...bytes: number[]): Uint8Array {
  const copy = file.slice();
  copy.set(bytes, at);
  return copy;
}

/** Where a JPEG's first segment of a kind stands. */
function find(jpeg: Uint8Array, marker: number): number {
  for (let at = 2; jpeg[at] === 0xff; at += 2 + (jpeg[at + 2] << 8 | jpeg[at + 3])) {
    if (jpeg[at + 1] === marker) return at;
  }
  throw new Error(`no marker ${marker}`);
}

const ROW = new Uint8Array(4);

Deno.test("pictures are known by their first bytes, with their size, upright, and how many frames they have", () => {
  deepEqual(
    Object.fromEntries(
      ["still.png", "interlaced.png", "still.webp", "lossless.webp", "alpha.webp", "moving.webp"]
        .concat(["moving.gif", "interlaced.gif", "picture.jpg", "progressive.jpg", "turned.jpg"])
        .map((name) => [name, judged(still(name))]),
    ),
    {
      "still.png": "png 48x32 1",
      "interlaced.png": "png 48x32 1",
      "still.webp": "webp 48x32 1",
      "lossless.webp": "webp 48x32 1",
      "alpha.webp": "webp 48x32 1",
      "moving.webp": "webp 48x32 5",
      "moving.gif": "gif 48x32 5",
      "interlaced.gif": "gif 48x32 1",
      "picture.jpg": "jpeg 48x32 1",
      "progressive.jpg": "jpeg 48x32 1",
      "turned.jpg": "jpeg 32x48 1",
    },
  );
});

Deno.test("SR-67: what begins otherwise is no picture, whatever it contains", () => {
  for (
    const text of ["", "GIF8", "<svg xmlns='http://www.w3.org/2000/svg'/>", "BM", "RIFF1234WAVE"]
  ) {
    equal(judged(utf8(text)), "not-a-picture");
  }
  equal(judged(concatBytes(utf8(" "), still("still.png"))), "not-a-picture");
});

Deno.test("SR-67: a file of 16 MiB is read, and one byte more is refused", () => {
  const padded = (sizeBytes: number) => {
    const begin = png({ widthPx: 1, heightPx: 1, rows: ROW });
    const rest = sizeBytes - begin.length - 12;
    return png({
      ...{ widthPx: 1, heightPx: 1, rows: ROW },
      beside: [pngChunk("teSt", new Uint8Array(rest))],
    });
  };
  equal(judged(padded(STILL_MAX_BYTES)), "png 1x1 1");
  equal(judged(padded(STILL_MAX_BYTES + 1)), "too-many-bytes");
});

Deno.test("SR-67: a picture of 4096 × 4096 is taken, one row more and 60,000 × 60,000 are not, as is one of size 0", () => {
  const sized = (widthPx: number, heightPx: number) =>
    judged(png({ widthPx, heightPx, rows: ROW }));
  equal(sized(4096, 4096), "png 4096x4096 1");
  equal(sized(16_384, 1024), "png 16384x1024 1");
  equal(sized(4096, 4097), "too-large");
  equal(sized(16_385, 1), "too-large");
  equal(sized(60_000, 60_000), "too-large");
  equal(sized(0xffffffff, 0xffffffff), "too-large");
  equal(sized(0, 1), "damaged");
  equal(judged(gif({ widthPx: 60_000, heightPx: 60_000 })), "too-large");
  equal(judged(gif({ widthPx: 0 })), "damaged");
  const jpeg = still("picture.jpg");
  const frame = find(jpeg, 0xc0);
  equal(judged(changed(jpeg, frame + 5, 0xea, 0x60, 0xea, 0x60)), "too-large");
  equal(judged(changed(jpeg, frame + 5, 0, 0)), "damaged");
  const webp = still("alpha.webp");
  equal(judged(changed(webp, 24, 255, 255, 255, 255, 255, 255)), "too-large");
  equal(judged(changed(still("still.webp"), 26, 0, 0)), "damaged");
});

Deno.test("SR-67: a JPEG of one scan may have 40 megapixels, one that is held whole 16", () => {
  const sized = (name: string, marker: number, ...size: number[]) => {
    const jpeg = still(name);
    return judged(changed(jpeg, find(jpeg, marker) + 5, ...size));
  };
  // 5000 × 8000.
  equal(sized("picture.jpg", 0xc0, 0x13, 0x88, 0x1f, 0x40), "jpeg 8000x5000 1");
  equal(sized("picture.jpg", 0xc0, 0x13, 0x89, 0x1f, 0x40), "too-large");
  equal(sized("progressive.jpg", 0xc2, 0x13, 0x88, 0x1f, 0x40), "too-large");
  equal(sized("progressive.jpg", 0xc2, 0x10, 0x00, 0x10, 0x00), "jpeg 4096x4096 1");
});

Deno.test("SR-67: a file of so many parts is taken, one with one more is refused before memory is spent on them", () => {
  const pngOf = (parts: number) => {
    const beside = Array.from({ length: parts - 3 }, () => pngChunk("IDAT", new Uint8Array(0)));
    return judged(png({ widthPx: 1, heightPx: 1, rows: ROW, beside }));
  };
  equal(pngOf(STILL_MAX_PARTS), "png 1x1 1");
  equal(pngOf(STILL_MAX_PARTS + 1), "unusual");
  const jpeg = still("picture.jpg");
  const jpegOf = (more: number) => {
    const segments = new Uint8Array(4 * more);
    for (let at = 0; at < segments.length; at += 4) segments.set([0xff, 0xdd, 0, 2], at);
    return judged(concatBytes(jpeg.subarray(0, 2), segments, jpeg.subarray(2)));
  };
  equal(jpegOf(STILL_MAX_PARTS - 100), "jpeg 48x32 1");
  // As many as fit into the greatest file.
  equal(jpegOf(4_000_000), "unusual");
  const webp = still("alpha.webp");
  const chunks = new Uint8Array(8 * 2_000_000).fill(0x20);
  for (let at = 4; at < chunks.length; at += 8) chunks.fill(0, at, at + 4);
  const many = concatBytes(webp, chunks);
  new DataView(many.buffer).setUint32(4, many.length - 8, true);
  equal(judged(many), "damaged");
});

Deno.test("SR-67: a GIF of 200 frames is taken, one of 100,000 is refused before they are read", () => {
  equal(judged(gif({ frames: STILL_MAX_FRAMES })), `gif 1x1 ${STILL_MAX_FRAMES}`);
  equal(judged(gif({ frames: STILL_MAX_FRAMES + 1 })), "too-many-frames");
  equal(judged(gif({ frames: 100_000 })), "too-many-frames");
  const announced = pngChunk("acTL", Uint8Array.of(0, 1, 0x86, 0xa0, 0, 0, 0, 0));
  const animated = png({ widthPx: 1, heightPx: 1, rows: ROW, beside: [announced] });
  equal(judged(animated), "too-many-frames");
});

Deno.test("SR-67: places of a file that disagree about the size are refused", () => {
  // Beside its canvas; the canvas of a WebP other than the picture in it; a second header.
  equal(judged(gif({ xPx: 1 })), "damaged");
  equal(judged(changed(still("alpha.webp"), 24, 0x30)), "damaged");
  equal(judged(changed(still("moving.webp"), 24, 0x10)), "damaged");
  const second = pngChunk("IHDR", Uint8Array.of(0, 0, 0, 9, 0, 0, 0, 9, 8, 2, 0, 0, 0));
  equal(judged(png({ widthPx: 1, heightPx: 1, rows: ROW, beside: [second] })), "damaged");
});

Deno.test("SR-67: JPEGs that no camera writes are refused: four components, twelve bits, lossless, arithmetic", () => {
  const jpeg = still("picture.jpg");
  const frame = find(jpeg, 0xc0);
  equal(judged(changed(jpeg, frame + 9, 4)), "unusual");
  equal(judged(changed(jpeg, frame + 4, 12)), "unusual");
  for (const marker of [0xc3, 0xc5, 0xc9, 0xca]) {
    equal(judged(changed(jpeg, frame + 1, marker)), "unusual");
  }
});

Deno.test("SR-67: a JPEG of more scans than 64 is refused", () => {
  const jpeg = still("picture.jpg");
  const scan = jpeg.subarray(find(jpeg, 0xda), jpeg.length - 2);
  const of = (scans: number) =>
    judged(
      concatBytes(
        jpeg.subarray(0, find(jpeg, 0xda)),
        ...Array(scans).fill(scan),
        jpeg.subarray(-2),
      ),
    );
  equal(of(64), "jpeg 48x32 1");
  equal(of(65), "damaged");
});

Deno.test("SR-67: the decoder sees no text, no colour profile, no application data and no second frame", () => {
  const text = "a text that was put beside the picture";
  const beside = [pngChunk("zTXt", utf8(text)), pngChunk("iCCP", utf8(text))];
  const jpeg = still("picture.jpg");
  const comment = concatBytes(Uint8Array.of(0xff, 0xfe, 0, text.length + 2), utf8(text));
  const webp = still("moving.webp");
  const files = [
    png({ widthPx: 1, heightPx: 1, rows: ROW, beside }),
    concatBytes(jpeg.subarray(0, 2), comment, jpeg.subarray(2), utf8(text)),
    webp,
  ];
  for (const file of files) {
    const judgement = judgeStill(file);
    ok(judgement.ok);
    const kept = String.fromCharCode(...judgement.still.kept);
    equal(/put beside|ANMF|ANIM/.test(kept), false);
    ok(judgement.still.kept.length < file.length);
  }
});

Deno.test("SR-67: a picture that is cut anywhere is refused", () => {
  for (const name of ["still.png", "picture.jpg", "progressive.jpg", "still.webp", "moving.webp"]) {
    const file = still(name);
    for (let length = 0; length < file.length; length++) {
      // What follows an empty JPEG marker may be cut off with it.
      const judgement = judgeStill(file.subarray(0, length));
      equal(judgement.ok, false, `${name} cut to ${length}`);
    }
  }
});
