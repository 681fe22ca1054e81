/** What a terminal would get, in a file. */

import type { ViewerStatistics } from "../../app/video_surface.ts";
import type { Picture } from "../../client/video/frame_assembly.ts";
import type { Capabilities, RenderChoice } from "../../terminal/capability/capability.ts";
import { decideCapabilities } from "../../terminal/capability/decide_capabilities.ts";
import type { Key } from "../../terminal/input/key.ts";
import type { TerminalOutput } from "../../terminal/output/output.ts";
import { storageError } from "../../storage/failures.ts";
import { rectangleOf, ScreenFeed, STATUS_ROWS } from "./screen_feed.ts";
import { noKey, type PixelSize, type Viewer, type ViewerOptions } from "./viewer.ts";
import { writeAll } from "../../base/bytes.ts";

async function create(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { write: true, create: true, truncate: true });
  } catch (error) {
    throw storageError(`Cannot write ${path}`, error);
  }
}

/** Writes what a terminal would get into a file: for looking at it later, and for other programs. */
export class FileViewer implements Viewer {
  readonly hasStatus = false;
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
    const file = await create(path);
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

  get drawing(): Viewer["drawing"] {
    return this.#feed.drawing;
  }

  set adapts(adapts: boolean) {
    this.#feed.screen.adapts = adapts;
  }

  get statistics(): ViewerStatistics {
    return this.#feed.statistics;
  }

  async show(frame: Picture): Promise<void> {
    // A file is never slow: every frame is drawn.
    await this.#feed.show(frame, true);
  }

  async status(): Promise<void> {}

  async subtitle(): Promise<void> {}

  nextKey(signal: AbortSignal): Promise<Key | undefined> {
    return noKey(signal);
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
