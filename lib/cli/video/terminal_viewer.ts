/** Drawing on the terminal that the person sits at. */

import type { ViewerStatistics } from "../../app/video_surface.ts";
import { utf8 } from "../../base/bytes.ts";
import type { Picture } from "../../client/video/frame_assembly.ts";
import type { Capabilities } from "../../terminal/capability/capability.ts";
import { detectCapabilities } from "../../terminal/capability/detect.ts";
import type { Key } from "../../terminal/input/key.ts";
import { systemMediaFiles } from "../../terminal/capability/media_files.ts";
import { onOneLine, safeText } from "../../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import type { Tty } from "../../terminal/tty/tty.ts";
import { rectangleOf, ScreenFeed } from "./screen_feed.ts";
import type { PixelSize, Viewer, ViewerOptions } from "./viewer.ts";

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

/** Draws on a terminal that somebody else opened, and gives it back with the screen as it was before. */
export class TerminalViewer implements Viewer {
  readonly hasStatus = true;
  readonly #tty: Tty;
  readonly #feed: ScreenFeed;
  readonly #stopResizes: () => void;
  #capabilities: Capabilities;
  readonly #limit: PixelSize | undefined;
  /** What is said under the picture; undefined when there is no room for it. */
  #subtitle: string | undefined;

  private constructor(
    tty: Tty,
    feed: ScreenFeed,
    shown: { capabilities: Capabilities; limit: PixelSize | undefined },
  ) {
    this.#tty = tty;
    this.#feed = feed;
    this.#capabilities = shown.capabilities;
    this.#limit = shown.limit;
    this.#stopResizes = tty.onResize((size) => this.#resize(size));
  }

  /** Throws TerminalError when the terminal is gone. The tty must outlive the viewer. */
  static async open(
    tty: Tty,
    options: ViewerOptions & { signal: AbortSignal },
  ): Promise<TerminalViewer> {
    const { clock, random, render, size: limit, signal } = options;
    const { input, output } = tty;
    const capabilities = limited(
      await detectCapabilities({
        input,
        output,
        clock,
        hints: { env: (name) => Deno.env.get(name), ...tty.size, choice: render },
        mediaFiles: systemMediaFiles,
        signal,
      }),
      limit,
    );
    try {
      if (capabilities.method !== "none") await tty.setMode("alternateScreen", true);
      await tty.setMode("hiddenCursor", true);
      const rectangle = rectangleOf(capabilities, limit);
      const feed = await ScreenFeed.open({ output, capabilities, rectangle, clock, random });
      return new TerminalViewer(tty, feed, { capabilities, limit });
    } catch (error) {
      await leaveScreen(tty);
      throw error;
    }
  }

  get capabilities(): Capabilities {
    return this.#capabilities;
  }

  get drawing(): Viewer["drawing"] {
    return this.#feed.drawing;
  }

  set adapts(adapts: boolean) {
    this.#feed.screen.adapts = adapts;
  }

  get statistics(): ViewerStatistics {
    return this.#feed.statistics;
  }

  async show(frame: Picture, { inOrder }: { inOrder: boolean }): Promise<void> {
    await this.#feed.show(frame, inOrder);
  }

  async status(text: string, keys: string): Promise<void> {
    const { columns, rows } = this.#tty.size;
    const width = Math.max(1, columns - 1);
    const room = width - textWidthCells(onOneLine(safeText(text))) - 2;
    const fitting = fittingKeys(keys, room);
    const whole = fitting === "" ? text : `${text}  ${fitting}`;
    const line = truncateToWidth(onOneLine(safeText(whole)), width);
    const blanks = " ".repeat(Math.max(0, width - textWidthCells(line)));
    // Reversed, so that it is no part of the picture.
    await this.#tty.output.write(
      utf8(`\x1b7\x1b[${rows};1H\x1b[0;7m${line}${blanks}\x1b[m\x1b8`),
    );
  }

  async subtitle(text: string | undefined): Promise<void> {
    const hadRoom = this.#subtitle !== undefined;
    this.#subtitle = text;
    if (hadRoom !== (text !== undefined)) await this.#fit();
    await this.#writeSubtitle();
  }

  async nextKey(signal: AbortSignal): Promise<Key | undefined> {
    return await this.#tty.input.next({ signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopResizes();
    await this.#feed.screen.close();
    await leaveScreen(this.#tty);
  }

  #resize(size: { columns: number; rows: number }): void {
    this.#capabilities = { ...this.#capabilities, ...size };
    this.#fit()
      .then(() => this.#writeSubtitle())
      // A terminal that is gone is reported by the next frame.
      .catch(() => {});
  }

  async #fit(): Promise<void> {
    const spareRows = this.#subtitle === undefined ? 0 : SUBTITLE_ROWS;
    const rectangle = rectangleOf(this.#capabilities, this.#limit, spareRows);
    await this.#feed.screen.resize(rectangle, this.#capabilities);
    await this.#tty.output.write(utf8("\x1b[2J"));
  }

  /** In the middle of the rows above the status. */
  async #writeSubtitle(): Promise<void> {
    if (this.#subtitle === undefined) return;
    const { columns, rows } = this.#tty.size;
    const lines = subtitleLines(this.#subtitle, Math.max(1, columns - 1));
    const written = Array.from({ length: SUBTITLE_ROWS }, (_, i) => {
      const line = lines[i] ?? "";
      const column = 1 + Math.floor((columns - textWidthCells(line)) / 2);
      return `\x1b[${rows - SUBTITLE_ROWS + i};1H\x1b[m\x1b[K\x1b[${
        rows - SUBTITLE_ROWS + i
      };${column}H${line}`;
    });
    await this.#tty.output.write(utf8(`\x1b7${written.join("")}\x1b8`));
  }
}

/** As many keys as there is room for, the last one first: it is the way out (D14). */
export function fittingKeys(keys: string, widthCells: number): string {
  const all = keys.split(", ");
  for (let count = all.length - 1; count >= 0; count--) {
    const words = [...all.slice(0, count), ...all.slice(-1)].join(", ");
    if (textWidthCells(words) <= widthCells) return words;
  }
  return "";
}

async function leaveScreen(tty: Tty): Promise<void> {
  await tty.setMode("hiddenCursor", false);
  await tty.setMode("alternateScreen", false);
}

// What is said in a video, as lines under its picture. Pure.

/** Rows that are kept for them. */
const SUBTITLE_ROWS = 2;

/** At most two lines of this width: those of the text, or where one is too long its words anew. */
export function subtitleLines(text: string, widthCells: number): readonly string[] {
  const own = text.split("\n").map((line) => onOneLine(safeText(line)));
  const fits = own.length <= SUBTITLE_ROWS &&
    own.every((line) => textWidthCells(line) <= widthCells);
  const lines = fits ? own : filled(own.join(" "), widthCells);
  return lines.slice(0, SUBTITLE_ROWS).map((line) => truncateToWidth(safeText(line), widthCells));
}

/** Words in lines. */
function filled(text: string, widthCells: number): readonly string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const line = lines[lines.length - 1];
    const longer = line === "" ? word : `${line} ${word}`;
    // What does not fit into the last row is cut off there, so that it is seen that there is more.
    if (textWidthCells(longer) <= widthCells || line === "" || lines.length === SUBTITLE_ROWS) {
      lines[lines.length - 1] = longer;
    } else lines.push(word);
  }
  return lines;
}
