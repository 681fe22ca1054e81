/** Where `watch` draws: on the terminal, into a file of terminal bytes, or nowhere. */

import type { Clock } from "../base/clock.ts";
import { utf8 } from "../base/bytes.ts";
import { UsageError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { PlayedFrame } from "../client/video/frame_assembly.ts";
import type { CellRectangle } from "../screen/fit.ts";
import { type FrameOutcome } from "../screen/frame_outcome.ts";
import { Screen } from "../screen/screen.ts";
import type { Capabilities, RenderChoice } from "../terminal/capability.ts";
import { decideCapabilities } from "../terminal/decide_capabilities.ts";
import { detectCapabilities } from "../terminal/detect.ts";
import { systemMediaFiles } from "../terminal/media_files.ts";
import type { Key } from "../terminal/key.ts";
import type { TerminalOutput } from "../terminal/output.ts";
import { onOneLine, safeText } from "../terminal/safe_text.ts";
import { truncateToWidth } from "../terminal/text_width.ts";
import { Tty } from "../terminal/tty.ts";
import { processTty } from "../terminal/tty_device.ts";

export interface PixelSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface ViewerOptions {
  readonly render: RenderChoice;
  /** No more pixels than these. */
  readonly size: PixelSize | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

export interface ViewerStatistics {
  readonly method: string;
  readonly drawn: number;
  readonly dropped: number;
  readonly refused: number;
}

/** Shows frames. Whoever opened it closes it; then the terminal is as it was. */
export interface Viewer extends AsyncDisposable {
  /** Takes a frame. With `inOrder` it resolves when the frame is drawn or given up, else at once. */
  show(frame: PlayedFrame, options: { inOrder: boolean }): Promise<void>;
  /** A line below the picture. */
  status(text: string): Promise<void>;
  /** The next key; undefined at the end of the input. Never resolves where there is no keyboard. */
  nextKey(signal: AbortSignal): Promise<Key | undefined>;
  readonly statistics: ViewerStatistics;
}

/** A screen, and who waits for the outcome of which frame. */
class ScreenFeed {
  readonly #screen: Screen;
  readonly #method: string;
  #waiting: { readonly index: number; readonly done: () => void } | undefined;

  private constructor(open: (onFrame: (outcome: FrameOutcome) => void) => Screen, method: string) {
    this.#screen = open((outcome) => {
      if (this.#waiting?.index === outcome.index) this.#waiting.done();
    });
    this.#method = method;
  }

  static async open(
    options: Omit<Parameters<typeof Screen.open>[0], "onFrame">,
  ): Promise<ScreenFeed> {
    let listener: (outcome: FrameOutcome) => void = () => {};
    const screen = await Screen.open({ ...options, onFrame: (outcome) => listener(outcome) });
    return new ScreenFeed((onFrame) => {
      listener = onFrame;
      return screen;
    }, options.capabilities.method);
  }

  get screen(): Screen {
    return this.#screen;
  }

  async show(frame: PlayedFrame, inOrder: boolean): Promise<void> {
    const { jpeg: jpegBytes, ptsMs, widthPx, heightPx, index } = frame;
    const drawn = inOrder
      ? new Promise<void>((done) => this.#waiting = { index, done })
      : Promise.resolve();
    this.#screen.show({ jpegBytes, ptsMs, widthPx, heightPx, index });
    // A screen that cannot go on will never report the frame.
    await Promise.race([drawn, this.#screen.wait().then(() => drawn)]);
  }

  get statistics(): ViewerStatistics {
    const { drawn, dropped, refused } = this.#screen.statistics;
    return { method: this.#method, drawn, dropped, refused };
  }
}

/** Rows that stay free below the picture: the status, and the last row, where a picture would scroll the screen. */
const STATUS_ROWS = 2;

function rectangleOf(capabilities: Capabilities, size: PixelSize | undefined): CellRectangle {
  const { columns, rows, cell } = capabilities;
  const heightCells = Math.max(1, rows - STATUS_ROWS);
  const wanted = size === undefined ? { width: columns, height: heightCells } : {
    width: Math.ceil(size.widthPx / cell.widthPx),
    height: Math.ceil(size.heightPx / cell.heightPx),
  };
  return {
    column: 0,
    row: 0,
    widthCells: Math.max(1, Math.min(columns, wanted.width)),
    heightCells: Math.max(1, Math.min(heightCells, wanted.height)),
  };
}

/** The person's size is a limit like the terminal's own. */
function limited(capabilities: Capabilities, size: PixelSize | undefined): Capabilities {
  const { sixel } = capabilities;
  if (size === undefined || sixel === undefined) return capabilities;
  const own = sixel.maxSizePx ?? size;
  const maxSizePx = {
    widthPx: Math.min(own.widthPx, size.widthPx),
    heightPx: Math.min(own.heightPx, size.heightPx),
  };
  return { ...capabilities, sixel: { ...sixel, maxSizePx } };
}

/** Draws on the terminal of this process. Throws TerminalError when there is none. */
export class TerminalViewer implements Viewer {
  readonly #tty: Tty;
  readonly #feed: ScreenFeed;
  #capabilities: Capabilities;

  private constructor(tty: Tty, feed: ScreenFeed, capabilities: Capabilities) {
    this.#tty = tty;
    this.#feed = feed;
    this.#capabilities = capabilities;
  }

  static async open(
    options: ViewerOptions & { onTty: (tty: Tty) => void; signal: AbortSignal },
  ): Promise<TerminalViewer> {
    const tty = Tty.open(processTty("stdout"), options);
    options.onTty(tty);
    try {
      const found = await detectCapabilities({
        input: tty.input,
        output: tty.output,
        clock: options.clock,
        hints: { env: (name) => Deno.env.get(name), ...tty.size, choice: options.render },
        mediaFiles: systemMediaFiles,
        signal: options.signal,
      });
      const capabilities = limited(found, options.size);
      if (capabilities.method !== "none") await tty.setMode("alternateScreen", true);
      await tty.setMode("hiddenCursor", true);
      const feed = await ScreenFeed.open({
        output: tty.output,
        capabilities,
        rectangle: rectangleOf(capabilities, options.size),
        clock: options.clock,
        random: options.random,
      });
      const viewer = new TerminalViewer(tty, feed, capabilities);
      tty.onResize(({ columns, rows }) => viewer.#resize({ columns, rows }, options.size));
      return viewer;
    } catch (error) {
      await tty.close();
      throw error;
    }
  }

  get capabilities(): Capabilities {
    return this.#capabilities;
  }

  get statistics(): ViewerStatistics {
    return this.#feed.statistics;
  }

  async show(frame: PlayedFrame, { inOrder }: { inOrder: boolean }): Promise<void> {
    await this.#feed.show(frame, inOrder);
  }

  async status(text: string): Promise<void> {
    const { columns, rows } = this.#tty.size;
    const line = truncateToWidth(onOneLine(safeText(text)), Math.max(1, columns - 1));
    await this.#tty.output.write(utf8(`\x1b7\x1b[${rows};1H\x1b[m${line}\x1b[K\x1b8`));
  }

  async nextKey(signal: AbortSignal): Promise<Key | undefined> {
    return await this.#tty.input.next({ signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#feed.screen.close();
    await this.#tty.close();
  }

  #resize(size: { columns: number; rows: number }, limit: PixelSize | undefined): void {
    this.#capabilities = { ...this.#capabilities, ...size };
    const { screen } = this.#feed;
    screen.resize(rectangleOf(this.#capabilities, limit), this.#capabilities)
      .then(() => this.#tty.output.write(utf8("\x1b[2J")))
      // A terminal that is gone is reported by the next frame.
      .catch(() => {});
  }
}

/** Writes what a terminal would get into a file: for looking at it later, and for other programs. */
export class FileViewer implements Viewer {
  readonly #file: Deno.FsFile;
  readonly #feed: ScreenFeed;

  private constructor(file: Deno.FsFile, feed: ScreenFeed) {
    this.#file = file;
    this.#feed = feed;
  }

  static async open(path: string, options: ViewerOptions): Promise<FileViewer> {
    const method = options.render === "auto" ? "sixel" : options.render;
    const size = options.size ?? { widthPx: 640, heightPx: 360 };
    const capabilities = fileCapabilities(method, size);
    const file = await Deno.open(path, { write: true, create: true, truncate: true });
    const output: TerminalOutput = {
      write: (bytes) => writeAll(file, bytes),
      writeAcknowledged: async (bytes) => {
        await writeAll(file, bytes);
        return 0;
      },
    };
    const feed = await ScreenFeed.open({
      output,
      capabilities,
      rectangle: rectangleOf(capabilities, size),
      clock: options.clock,
      random: options.random,
    });
    return new FileViewer(file, feed);
  }

  get statistics(): ViewerStatistics {
    return this.#feed.statistics;
  }

  async show(frame: PlayedFrame): Promise<void> {
    // A file is never slow: every frame is drawn.
    await this.#feed.show(frame, true);
  }

  async status(): Promise<void> {}

  nextKey(): Promise<Key | undefined> {
    return new Promise(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#feed.screen.close();
    this.#file.close();
  }
}

/** A terminal that can do what was asked for, just large enough. */
function fileCapabilities(method: Exclude<RenderChoice, "auto">, size: PixelSize): Capabilities {
  const cell = { widthPx: 8, heightPx: 16, source: "guess" } as const;
  const columns = Math.ceil(size.widthPx / cell.widthPx);
  const rows = Math.ceil(size.heightPx / cell.heightPx) + STATUS_ROWS;
  const hints = { env: () => undefined, columns, rows, choice: method };
  return {
    ...decideCapabilities([], hints),
    answered: true,
    kitty: { sharedMemory: false, temporaryFile: false, png: true, jpeg: false },
    sixel: { colourRegisters: 256, maxSizePx: size },
    iterm2: true,
    truecolor: true,
    cell,
    method,
  };
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/** Draws nothing: for `--render none`. */
export class NoViewer implements Viewer {
  #shown = 0;

  get statistics(): ViewerStatistics {
    return { method: "none", drawn: this.#shown, dropped: 0, refused: 0 };
  }

  show(): Promise<void> {
    this.#shown++;
    return Promise.resolve();
  }

  status(): Promise<void> {
    return Promise.resolve();
  }

  nextKey(): Promise<Key | undefined> {
    return new Promise(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** `640x360`. Undefined when not given; throws UsageError for anything else. */
export function parsePixelSize(text: string | undefined): PixelSize | undefined {
  if (text === undefined) return undefined;
  const [, width, height] = text.match(/^(\d{1,5})x(\d{1,5})$/i) ?? [];
  const size = { widthPx: Number(width), heightPx: Number(height) };
  if (size.widthPx >= 1 && size.heightPx >= 1) return size;
  throw new UsageError("bad-size", `This is no size: ${text}. Try 640x360`);
}
