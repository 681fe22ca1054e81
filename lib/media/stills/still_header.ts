/** What a foreign file is by its first bytes, and whether it is decoded at all: before any decoder sees it (SR-67a). Never throws. */

import { judgeGif } from "./gif.ts";
import { judgeJpeg } from "./jpeg_header.ts";
import { judgePng } from "./png_header.ts";
import { type Judgement, refused, STILL_MAX_BYTES } from "./still.ts";
import { judgeWebp } from "./webp_header.ts";

/** A format: its first bytes, of which -1 is any, and who judges it. */
interface FormatRow {
  readonly begins: readonly number[];
  readonly judge: (file: Uint8Array) => Judgement;
}

const FORMATS: readonly FormatRow[] = [
  { begins: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], judge: judgePng },
  { begins: [0xff, 0xd8, 0xff], judge: judgeJpeg },
  // `GIF8`, then 7 or 9, then `a`.
  { begins: [0x47, 0x49, 0x46, 0x38, -1, 0x61], judge: judgeGif },
  // `RIFF`, a length, `WEBP`.
  {
    begins: [0x52, 0x49, 0x46, 0x46, -1, -1, -1, -1, 0x57, 0x45, 0x42, 0x50],
    judge: judgeWebp,
  },
];

/** Judges a whole file. Its name says nothing. */
export function judgeStill(file: Uint8Array): Judgement {
  if (file.length > STILL_MAX_BYTES) return refused("too-many-bytes");
  const row = FORMATS.find(({ begins }) =>
    begins.every((byte, at) => byte < 0 ? at < file.length : file[at] === byte)
  );
  return row === undefined ? refused("not-a-picture") : row.judge(file);
}
