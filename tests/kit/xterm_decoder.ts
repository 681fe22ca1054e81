/** What xterm makes of sixel pictures: its own pixels, in an X server that nobody sees. */

import type { Bitmap } from "../../lib/base/bitmap.ts";
import { isOnPath } from "./on_path.ts";
import { psnr } from "./pictures.ts";

/** What it takes. */
export const HAS_XTERM = ["Xvfb", "xterm", "mkfifo"].every(isOnPath);

/** Room for the pictures, at the upper left of the screen; xterm's cells are 6×13. */
const SCREEN = { widthPx: 640, heightPx: 400 };
const CELLS = "100x30+0+0";
/** Between two pictures all is green: so no picture is taken for the one before. */
const CLEARED = "\x1b[42m\x1b[2J\x1b[H";
/** xterm's green. */
const isGreen = ([red, green, blue]: Uint8Array) => red === 0 && green > 150 && blue === 0;
/** A picture that is not right by then is not going to be. */
const PATIENCE_MS = 10_000;
const LOOK_MS = 2;

/** A running one. Whoever opened it closes it. */
export class XtermDecoder implements AsyncDisposable {
  readonly #owned: AsyncDisposableStack;
  readonly #input: Deno.FsFile;
  readonly #frameBuffer: Deno.FsFile;

  private constructor(owned: AsyncDisposableStack, input: Deno.FsFile, frameBuffer: Deno.FsFile) {
    this.#owned = owned;
    this.#input = input;
    this.#frameBuffer = frameBuffer;
  }

  /** `folder`: one that it may fill. */
  static async open(folder: string): Promise<XtermDecoder> {
    await using owned = new AsyncDisposableStack();
    const { widthPx, heightPx } = SCREEN;
    const screen = new Deno.Command("Xvfb", {
      args: [
        ...["-displayfd", "1", "-nolisten", "tcp", "-fbdir", folder],
        ...["-screen", "0", `${widthPx}x${heightPx}x24`],
      ],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    owned.defer(() => end(screen));
    const reader = screen.stdout.getReader();
    owned.defer(() => reader.cancel());
    const { value } = await reader.read();
    const pipe = `${folder}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const terminal = new Deno.Command("xterm", {
      args: [
        ...["-ti", "vt340", "-geometry", CELLS, "-b", "0", "-bw", "0", "+sb", "-fn", "6x13"],
        ...["-xrm", "XTerm*numColorRegisters: 256", "-xrm", "XTerm*cursorBlink: false"],
        ...["-e", "sh", "-c", `stty raw -echo; printf '\\033[?25l'; exec cat '${pipe}'`],
      ],
      env: { DISPLAY: `:${new TextDecoder().decode(value).trim()}` },
      stdout: "null",
      stderr: "null",
    }).spawn();
    owned.defer(() => end(terminal));
    // Waits until xterm reads.
    const input = owned.use(await Deno.open(pipe, { write: true }));
    const frameBuffer = owned.use(await Deno.open(`${folder}/Xvfb_screen0`, { read: true }));
    return new XtermDecoder(owned.move(), input, frameBuffer);
  }

  /** What xterm shows of `coded`: as soon as it is so near to the picture, or the last that it showed. */
  async decode(coded: Uint8Array, picture: Bitmap, decibel: number): Promise<number> {
    await this.#write(new TextEncoder().encode(CLEARED));
    await this.#until(picture, ({ rgb }) => {
      const [last, middle] = [rgb.length - 3, 3 * (rgb.length / 6 | 0)];
      return [0, middle, last].every((at) => isGreen(rgb.subarray(at, at + 3))) ? 1 : 0;
    }, 1);
    await this.#write(coded);
    return await this.#until(picture, (shown) => psnr(shown, picture), decibel);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      from += await this.#input.write(bytes.subarray(from));
    }
  }

  /** The greatest that was seen, at once when it is enough. */
  async #until(
    size: Pick<Bitmap, "widthPx" | "heightPx">,
    judge: (shown: Bitmap) => number,
    enough: number,
  ): Promise<number> {
    const untilMs = Date.now() + PATIENCE_MS;
    let best = -Infinity;
    for (;;) {
      best = Math.max(best, judge(this.#look(size)));
      if (best >= enough || Date.now() > untilMs) return best;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** The screen as a file, as `xwd` writes it: a head of words, the most significant byte first, colours, and then lines of BGRX. */
  #look({ widthPx, heightPx }: Pick<Bitmap, "widthPx" | "heightPx">): Bitmap {
    const head = new Uint8Array(100);
    this.#frameBuffer.seekSync(0, Deno.SeekMode.Start);
    this.#frameBuffer.readSync(head);
    const word = (place: number) => new DataView(head.buffer).getUint32(place * 4);
    const [lineBytes, offset] = [word(12), word(0) + word(19) * 12];
    const lines = new Uint8Array(lineBytes * heightPx);
    this.#frameBuffer.seekSync(offset, Deno.SeekMode.Start);
    this.#frameBuffer.readSync(lines);
    const rgb = new Uint8Array(widthPx * heightPx * 3);
    for (let y = 0, to = 0; y < heightPx; y++) {
      for (let x = 0; x < widthPx; x++) {
        const from = y * lineBytes + x * 4;
        rgb[to++] = lines[from + 2];
        rgb[to++] = lines[from + 1];
        rgb[to++] = lines[from];
      }
    }
    return { widthPx, heightPx, rgb };
  }
}

async function end(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGTERM");
  } catch {
    // It has ended.
  }
  await child.status;
}
