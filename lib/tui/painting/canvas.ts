/** The terminal as a screen of cells: its modes, its size, and one task that paints what has changed. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { Capabilities } from "../../terminal/capability/capability.ts";
import type { CellArea } from "../../terminal/cells/cell_grid.ts";
import { CellScreen } from "../../terminal/cells/cell_screen.ts";
import { detectCapabilities } from "../../terminal/capability/detect.ts";
import { systemMediaFiles } from "../../terminal/capability/media_files.ts";
import type { TerminalOutput } from "../../terminal/output/output.ts";
import { Tty } from "../../terminal/tty/tty.ts";
import type { TtyDevice } from "../../terminal/tty/tty_device.ts";
import { type ThemeGround, UNKNOWN_GROUND } from "../theme/theme.ts";
import type { Painted } from "../panes/view.ts";

/** What a canvas is opened with. */
export interface CanvasOptions {
  readonly device: TtyDevice;
  readonly clock: Clock;
  env(name: string): string | undefined;
  /** Has the terminal given back when the program ends in whatever way. */
  restoreAtExit(restore: () => void): void;
  readonly signal: AbortSignal;
}

/** What comes by itself is shown together, so often at most. What the person does is shown at once. */
const CALM_MS = 16;

/** Owns the terminal. Whoever opens it closes it; then the terminal is as it was. */
export class Canvas implements AsyncDisposable {
  readonly tty: Tty;
  readonly #options: CanvasOptions;
  readonly #scene: () => Painted;
  #cells = new CellScreen({ synchronized: false });
  #capabilities: Capabilities | undefined;
  #pictures: readonly CellArea[] = [];
  #stills: readonly CellArea[] = [];
  /** Both: another array only when one of them changed. */
  #allPictures: readonly CellArea[] = [];
  #painted: Painted | undefined;
  #due = Promise.withResolvers<void>();
  #isSoon = false;
  /** While the terminal is another program's; resolved when it is given back. */
  #lent: PromiseWithResolvers<void> | undefined;
  #onCleared: () => void = () => {};

  private constructor(tty: Tty, options: CanvasOptions, scene: () => Painted) {
    this.tty = tty;
    this.#options = options;
    this.#scene = scene;
  }

  /** Takes the terminal. `scene` is called whenever something may have changed. Throws `TerminalError`. */
  static async open(options: CanvasOptions, scene: () => Painted): Promise<Canvas> {
    const tty = Tty.open(options.device, options);
    options.restoreAtExit(() => tty.restore());
    await tty.setMode("alternateScreen", true);
    await tty.setMode("bracketedPaste", true);
    const canvas = new Canvas(tty, options, scene);
    tty.onResize(() => canvas.#resized());
    return canvas;
  }

  /** What the terminal can do; undefined before `detect`. */
  get capabilities(): Capabilities | undefined {
    return this.#capabilities;
  }

  /** What themes are made for. */
  get ground(): ThemeGround {
    return this.#capabilities ?? UNKNOWN_GROUND;
  }

  /** What was painted last: for clicks and scrolling. */
  get painted(): Painted | undefined {
    return this.#painted;
  }

  get size(): { readonly columns: number; readonly rows: number } {
    return this.tty.size;
  }

  /** Asks the terminal what it can do, and sets the modes that follow from that. Before `input.next` is called. */
  async detect(mouse: boolean): Promise<void> {
    const { clock, env, signal } = this.#options;
    const { tty } = this;
    const capabilities = await detectCapabilities({
      input: tty.input,
      output: tty.output,
      clock,
      hints: { env, ...tty.size, choice: "auto" },
      mediaFiles: systemMediaFiles,
      signal,
    });
    this.#capabilities = capabilities;
    await tty.setMode("focusReports", true);
    if (mouse) await tty.setMode("mouse", true);
    if (capabilities.altSendsLetters) await tty.setMode("altSendsEscape", true);
    if (capabilities.kittyKeyboard) await tty.setMode("kittyKeyboard", true);
    if (!capabilities.synchronizedOutput) return;
    this.#cells = new CellScreen({ synchronized: true });
    this.now();
  }

  /** Cells that belong to pictures from now on; a paint never writes there. */
  setPictures(pictures: readonly CellArea[]): void {
    this.#pictures = pictures;
    this.#allPictures = [...pictures, ...this.#stills];
  }

  /** The same for the pictures of the conversation, all that are shown. One may go before a paint has heard of it. */
  setStills(stills: readonly CellArea[]): void {
    for (const area of stills) if (!this.#stills.includes(area)) this.#cells.cover(area);
    this.#stills = stills;
    this.#allPictures = [...this.#pictures, ...stills];
  }

  /** Where pictures go: the cursor stays out of them. While the terminal is lent, nothing goes there. */
  get pictureOutput(): TerminalOutput {
    return this.#pictureOutput;
  }

  /** Something changed that the person did. */
  now(): void {
    this.#due.resolve();
  }

  /** Something changed by itself. */
  soon(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    this.#options.clock.after(CALM_MS, () => {
      this.#isSoon = false;
      this.now();
    });
  }

  /** Paints everything anew: something else has written to the terminal. Pictures are gone then, too. */
  repaint(): void {
    this.#cells.forget();
    this.now();
    this.#onCleared();
  }

  /** Has `listener` called when pictures have to be drawn anew. */
  whenCleared(listener: () => void): void {
    this.#onCleared = listener;
  }

  /** Gives the terminal to another program while `action` runs. Nothing is painted meanwhile. */
  async lend<Result>(action: () => Promise<Result>): Promise<Result> {
    const lent = Promise.withResolvers<void>();
    this.#lent = lent;
    try {
      return await this.tty.lend(action);
    } finally {
      this.#lent = undefined;
      this.repaint();
      lent.resolve();
    }
  }

  /** Paints until `signal` aborts; rejects with its reason, and with `TerminalError` when the terminal is gone. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      await orAborted(this.#due.promise, signal);
      this.#due = Promise.withResolvers();
      // A terminal that was stopped (ctrl-S) takes nothing, and must not hold up the end.
      await orAborted(this.paint(), signal);
    }
  }

  /** Paints what has changed, once. Resolves when the terminal has it. */
  async paint(): Promise<void> {
    if (this.#lent !== undefined) return;
    const bytes = this.#make();
    if (bytes.length > 0) await this.tty.output.write(bytes);
  }

  close(): Promise<void> {
    return this.tty.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Cells and pictures are queued in the order in which they are made, so the cursor is where the last paint put it. */
  readonly #pictureOutput: TerminalOutput = {
    write: async (bytes) => {
      // What is erased then is gone anyway: the screen is painted anew.
      if (this.#lent === undefined) await this.tty.output.write(this.#cells.aroundPicture(bytes));
    },
    writeAcknowledged: async (bytes, options = {}) => {
      if (this.#lent !== undefined) await orAborted(this.#lent.promise, options.signal);
      return await this.tty.output.writeAcknowledged(this.#cells.aroundPicture(bytes), options);
    },
  };

  #make(): Bytes {
    this.#painted = this.#scene();
    const { grid, cursor } = this.#painted;
    return this.#cells.paint(grid, { cursor, pictures: this.#allPictures });
  }

  #resized(): void {
    const { columns, rows } = this.tty.size;
    if (this.#capabilities !== undefined) {
      this.#capabilities = { ...this.#capabilities, columns, rows };
    }
    this.repaint();
  }
}

/** Waits for one or the other. Leaves nothing behind in the signal, which lives as long as the screen. */
async function orAborted(doing: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return await doing;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([doing, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
