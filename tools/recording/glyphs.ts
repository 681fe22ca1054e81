/** Signs as pixels, drawn by ffmpeg with a font of fixed width: what a cell of the picture is made of. */

import { EmojiFont } from "./emoji_font.ts";

/** One cell in pixels, for `FONT_SIZE` of DejaVu Sans Mono. */
export const CELL = { widthPx: 9, heightPx: 18 };
const FONT_SIZE = 15;
const BASELINE_PX = 14;
const FONTS = "/usr/share/fonts/truetype";
/** Signs in a row of the sheet. */
const SHEET_COLUMNS = 32;
/** A sign that is wider than its cells stays within them. */
const SLOT = { widthPx: CELL.widthPx * 2, heightPx: CELL.heightPx };

/** A sign to be drawn. */
export interface Sign {
  readonly text: string;
  readonly isBold: boolean;
  readonly widthCells: number;
}

/** Pixels of a sign: how much of each is ink, or its own colours. Two cells wide. */
export type Glyph =
  | { readonly kind: "ink"; readonly ink: Uint8Array }
  | { readonly kind: "colours"; readonly rgba: Uint8Array };

/** By `signKey`. */
export type Glyphs = ReadonlyMap<string, Glyph>;

export function signKey({ text, isBold }: Sign): string {
  return `${isBold ? "b" : "n"}${text}`;
}

/** Draws all signs; those that two cells are for in colours, where the emoji font has them. */
export async function drawGlyphs(signs: readonly Sign[]): Promise<Glyphs> {
  const glyphs = new Map<string, Glyph>();
  const emoji = new EmojiFont(await Deno.readFile(`${FONTS}/noto/NotoColorEmoji.ttf`));
  const plain: Sign[] = [];
  for (const sign of signs) {
    const png = sign.widthCells === 2 ? emoji.png(sign.text) : undefined;
    if (png === undefined) plain.push(sign);
    else glyphs.set(signKey(sign), { kind: "colours", rgba: await scale(png) });
  }
  const sheet = await drawSheet(plain);
  const sheetWidthPx = SHEET_COLUMNS * SLOT.widthPx;
  for (const [index, sign] of plain.entries()) {
    const ink = new Uint8Array(SLOT.widthPx * SLOT.heightPx);
    const [x, y] = placeOf(index);
    for (let row = 0; row < SLOT.heightPx; row++) {
      const at = (y + row) * sheetWidthPx + x;
      ink.set(sheet.subarray(at, at + SLOT.widthPx), row * SLOT.widthPx);
    }
    glyphs.set(signKey(sign), { kind: "ink", ink });
  }
  return glyphs;
}

function placeOf(index: number): readonly [number, number] {
  const row = Math.floor(index / SHEET_COLUMNS);
  return [(index % SHEET_COLUMNS) * SLOT.widthPx, row * SLOT.heightPx];
}

/** All signs on one sheet, grey. What the font of fixed width does not have is taken from its sister. */
async function drawSheet(signs: readonly Sign[]): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir();
  try {
    const rows = Math.max(1, Math.ceil(signs.length / SHEET_COLUMNS));
    const size = `${SHEET_COLUMNS * SLOT.widthPx}x${rows * SLOT.heightPx}`;
    // Grey of video has no black; of three colours one is enough.
    const steps = [`color=black:s=${size}:d=1,format=rgb24`];
    for (const [index, sign] of signs.entries()) {
      await Deno.writeTextFile(`${folder}/${index}`, sign.text);
      const [x, y] = placeOf(index);
      const family = sign.widthCells === 2 || /\p{Emoji_Presentation}|[♥✓●○■]/u.test(sign.text)
        ? "DejaVuSans"
        : "DejaVuSansMono";
      const font = `${FONTS}/dejavu/${family}${sign.isBold ? "-Bold" : ""}.ttf`;
      steps.push(
        `drawtext=fontfile=${font}:textfile=${folder}/${index}:expansion=none:` +
          `fontsize=${FONT_SIZE}:fontcolor=white:x=${x}:y=${y + BASELINE_PX}-ascent`,
      );
    }
    await Deno.writeTextFile(`${folder}/filter`, `${steps.join(",")}[out]`);
    const wanted = ["-filter_complex_script", `${folder}/filter`, "-map", "[out]"];
    const raw = ["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"];
    return (await ffmpeg([...wanted, ...raw])).filter((_, at) => at % 3 === 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** An emoji as large as two cells, in the middle of them. */
function scale(png: Uint8Array): Promise<Uint8Array> {
  const { widthPx, heightPx } = SLOT;
  const filter = `scale=${widthPx}:${heightPx}:force_original_aspect_ratio=decrease:flags=area,` +
    `pad=${widthPx}:${heightPx}:-1:-1:color=black@0`;
  const from = ["-f", "png_pipe", "-i", "-", "-vf", `format=rgba,${filter}`];
  return ffmpeg([...from, "-f", "rawvideo", "-pix_fmt", "rgba", "-"], png);
}

/** What ffmpeg writes. */
async function ffmpeg(args: readonly string[], input?: Uint8Array): Promise<Uint8Array> {
  const child = new Deno.Command("ffmpeg", {
    args: ["-v", "error", ...args],
    ...{ stdin: "piped", stdout: "piped", stderr: "inherit" },
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  if (input !== undefined) await writer.write(input);
  await writer.close();
  const { code, stdout } = await output;
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
  return stdout;
}
