/**
 * Which build of x264 made a film, as it says once, before its first picture. Builds before 151 wrote 4:4:4 in a way of their own
 * (libavcodec's h264_cabac.c), which ffmpeg decodes only when it knows: a decode that begins in the middle gets green pictures.
 */

import { type Bytes, concatBytes, equalBytes, utf8 } from "../../base/bytes.ts";

/** Of a film that is no MP4, and of the pictures of one: the words stand before the first picture. */
const HEAD_BYTES = 256 * 1024;
/** Boxes before the pictures: `ftyp`, `free`, `moov` and the like. */
const MOST_BOXES = 32;
/** Size in 4 bytes, name in 4; where the size is 1, in 8 more (ISO/IEC 14496-12, 4.2). */
const BOX_HEAD_BYTES = 16;

/** The id of its words, by which decoders know them, and how they begin: `x264 - core 142`. */
const BEGIN = concatBytes(
  Uint8Array.of(0xdc, 0x45, 0xe9, 0xbd, 0xe6, 0xd9, 0x48, 0xb7),
  Uint8Array.of(0x96, 0x2c, 0xd8, 0x20, 0xd9, 0x23, 0xee, 0xef),
  utf8("x264 - core "),
);
const MOST_DIGITS = 4;
const MDAT = utf8("mdat");

/** Reads it; undefined where the film does not say, or is no file that can be read. */
export async function readX264Build(path: string): Promise<number | undefined> {
  try {
    // What is no file waits for whoever writes, or gives each byte once.
    if (!(await Deno.stat(path)).isFile) return undefined;
    using file = await Deno.open(path);
    const found = x264BuildIn(await readAt(file, 0, HEAD_BYTES));
    if (found !== undefined) return found;
    const picturesAt = await findPictures(file);
    return picturesAt === undefined
      ? undefined
      : x264BuildIn(await readAt(file, picturesAt, HEAD_BYTES));
  } catch {
    // ffmpeg opens the same file, and says what is wrong with it.
    return undefined;
  }
}

/** The build that these bytes name. Pure. */
function x264BuildIn(bytes: Bytes): number | undefined {
  for (let at = bytes.indexOf(BEGIN[0]); at >= 0; at = bytes.indexOf(BEGIN[0], at + 1)) {
    const end = at + BEGIN.length;
    if (!equalBytes(bytes.subarray(at, end), BEGIN)) continue;
    const digits = String.fromCharCode(...bytes.subarray(end, end + MOST_DIGITS));
    const build = /^\d+/.exec(digits)?.[0];
    return build === undefined ? undefined : Number(build);
  }
  return undefined;
}

/** Where the pictures of an MP4 begin, which may lie behind a long index. */
async function findPictures(file: Deno.FsFile): Promise<number | undefined> {
  let at = 0;
  for (let box = 0; box < MOST_BOXES; box++) {
    const head = await readAt(file, at, BOX_HEAD_BYTES);
    if (head.length < BOX_HEAD_BYTES) return undefined;
    const view = new DataView(head.buffer, head.byteOffset, head.length);
    if (equalBytes(head.subarray(4, 8), MDAT)) return at;
    const short = view.getUint32(0);
    const size = short === 1 ? Number(view.getBigUint64(8)) : short;
    if (size < 8 || !Number.isSafeInteger(at + size)) return undefined;
    at += size;
  }
  return undefined;
}

/** At most so many bytes from there; fewer at the end of the file. */
async function readAt(file: Deno.FsFile, at: number, length: number): Promise<Bytes> {
  await file.seek(at, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const read = await file.read(bytes.subarray(filled));
    if (read === null) break;
    filled += read;
  }
  return bytes.subarray(0, filled);
}
