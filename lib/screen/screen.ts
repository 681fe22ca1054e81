/** Frames in, pictures on the terminal: the newest wins, and one at a time is on its way. */

import type { Bytes } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { describeError, HeliographError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { Scope } from "../base/scope.ts";
import {
  type Capabilities,
  cellPixels,
  type GraphicsMethod,
} from "../terminal/capability/capability.ts";
import type { PictureDetail } from "../terminal/graphics/encoder.ts";
import type { TerminalOutput } from "../terminal/output/output.ts";
import { DrawDetail } from "./draw_detail.ts";
import { DrawScale } from "./draw_scale.ts";
import { type CellRectangle, fitPicture } from "./fit.ts";
import { type FrameOutcome, FrameTally, type ScreenStatistics } from "./frame_outcome.ts";
import { type FramePainter, type PaintResult, type VideoFrame } from "./frame_painter.ts";
import { openPainter } from "./worker_painter.ts";

const log = logger("screen");

/** Pictures in a row without an answer, after which the terminal is not waited for any more. */
const MAX_UNANSWERED = 2;

/** What a screen works with. It owns none of it. */
export interface ScreenOptions {
  readonly output: TerminalOutput;
  readonly capabilities: Capabilities;
  /** Another method than the capabilities' own. */
  readonly method?: GraphicsMethod;
  readonly rectangle: CellRectangle;
  readonly clock: Clock;
  readonly random: Random;
  /** Called once for each frame shown, in no fixed order between drawn and dropped ones. */
  readonly onFrame?: (outcome: FrameOutcome) => void;
}

interface Painted {
  readonly bytes: Bytes;
  /** Undefined for an erasure. */
  readonly frame: VideoFrame | undefined;
  /** Of the rectangle's sides. */
  readonly share: number;
  readonly detail: PictureDetail;
}

interface Erasure extends PromiseWithResolvers<void> {
  /** Its bytes are made, though not yet written. */
  isPainted: boolean;
}

/**
 * Two tasks: one paints (check, decode, encode), one draws (write, wait for the terminal). While one picture is drawn the next is
 * painted, from the newest frame at that moment. Whoever opens a screen closes it.
 */
export class Screen implements AsyncDisposable {
  readonly #options: ScreenOptions;
  readonly #painter: FramePainter | undefined;
  readonly #method: GraphicsMethod;
  readonly #scope = new Scope();
  readonly #tally: FrameTally;
  #capabilities: Capabilities;
  #rectangle: CellRectangle;
  #arrived: VideoFrame | undefined;
  #erasures: Erasure[] = [];
  #painted: Painted | undefined;
  #changed = Promise.withResolvers<void>();
  #unanswered = 0;
  readonly #detail = new DrawDetail();
  /** Undefined: as large as there is room for. */
  #scale: DrawScale | undefined;
  #closing: Promise<void> | undefined;

  private constructor(
    options: ScreenOptions,
    /** Undefined when nothing is drawn: method "none". */
    painter: FramePainter | undefined,
  ) {
    this.#options = options;
    this.#painter = painter;
    this.#method = options.method ?? options.capabilities.method;
    this.#capabilities = options.capabilities;
    this.#rectangle = options.rectangle;
    this.#tally = new FrameTally(options.onFrame);
    this.#scope.signal.addEventListener("abort", () => this.#onStop(), { once: true });
    if (painter === undefined) return;
    this.#scope.run("paint", (signal) => this.#paint(painter, signal));
    this.#scope.run("draw", (signal) => this.#draw(signal));
  }

  /** Throws `MediaError` when the Worker cannot be started. */
  static async open(options: ScreenOptions): Promise<Screen> {
    const method = options.method ?? options.capabilities.method;
    const painter = await openPainter(method, options.capabilities, options.random);
    return new Screen(options, painter);
  }

  /** Whether pictures are drawn smaller where the terminal is too slow for large ones. */
  set adapts(adapts: boolean) {
    if (adapts === (this.#scale !== undefined)) return;
    this.#scale = adapts ? new DrawScale() : undefined;
    // What is drawn smaller would leave the edge of what was larger.
    void this.#erase();
  }

  /** Pixels that a picture is drawn on now. */
  get box(): { readonly widthPx: number; readonly heightPx: number } {
    const { widthCells, heightCells } = this.#drawnRectangle();
    const { widthPx, heightPx } = this.#capabilities.cell;
    const pixels = cellPixels(this.#method);
    if (pixels !== undefined) {
      return { widthPx: pixels.columns * widthCells, heightPx: pixels.rows * heightCells };
    }
    return {
      widthPx: Math.floor(widthCells * widthPx),
      heightPx: Math.floor(heightCells * heightPx),
    };
  }

  /** While `adapts`: how long the terminal takes for a picture of the size that is drawn now; undefined before the first. */
  get drawMs(): number | undefined {
    return this.#scale?.drawMs;
  }

  get statistics(): ScreenStatistics {
    return this.#tally.statistics;
  }

  /** Takes a frame and returns at once. A frame that was waiting is dropped. */
  show(frame: VideoFrame): void {
    this.#dropArrived();
    if (this.#painter === undefined || this.#scope.signal.aborted) {
      return this.#tally.dropped(frame);
    }
    this.#arrived = frame;
    this.#notify();
  }

  /**
   * Moves to another rectangle, and takes what a new size of the terminal or of its cells means. Resolves when the old picture
   * is gone: paint the cells after that.
   */
  resize(rectangle: CellRectangle, capabilities: Capabilities = this.#capabilities): Promise<void> {
    this.#rectangle = rectangle;
    this.#capabilities = capabilities;
    return this.#erase();
  }

  /** Takes the picture off the screen, and drops the frame that waits. Resolves when it is gone: paint the cells after that. */
  clear(): Promise<void> {
    this.#dropArrived();
    return this.#erase();
  }

  /** Resolves when the screen is closed, at once when its method is `none`. Rejects with `MediaError` when pictures cannot go on, with `TerminalError` when the terminal is gone. */
  wait(): Promise<void> {
    return this.#scope.wait();
  }

  /** Takes the picture off the screen and ends the Worker. Closing twice is fine. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#scope.close();
    this.#dropArrived();
    await orLog("not cleared", this.#drain());
    await orLog("painter not closed", this.#painter?.close());
  }

  /** What is painted must be written, or the encoder and the terminal disagree about what is shown. */
  async #drain(): Promise<void> {
    const { output } = this.#options;
    if (this.#painted !== undefined) {
      if (this.#painted.frame !== undefined) this.#tally.dropped(this.#painted.frame);
      await output.write(this.#painted.bytes);
    }
    const erasure = await this.#painter?.erase();
    if (erasure !== undefined) await output.write(erasure);
  }

  #erase(): Promise<void> {
    if (this.#painter === undefined || this.#scope.signal.aborted) return Promise.resolve();
    const erasure: Erasure = { isPainted: false, ...Promise.withResolvers<void>() };
    this.#erasures.push(erasure);
    this.#notify();
    return erasure.promise;
  }

  /** Nothing is drawn any more: whoever waits for that need not. */
  #onStop(): void {
    for (const erasure of this.#erasures) erasure.resolve();
    this.#notify();
  }

  async #paint(painter: FramePainter, signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#until(
        () => this.#painted === undefined && (this.#isErasureDue() || this.#arrived !== undefined),
        signal,
      );
      if (this.#isErasureDue()) {
        for (const erasure of this.#erasures) erasure.isPainted = true;
        this.#painted = {
          bytes: await painter.erase(),
          frame: undefined,
          share: 1,
          detail: "usual",
        };
      } else {
        this.#painted = await this.#paintFrame(painter);
      }
      this.#notify();
    }
  }

  #isErasureDue(): boolean {
    return this.#erasures.some((erasure) => !erasure.isPainted);
  }

  /** Paints the frame that waits. Undefined when it is not to be shown. */
  async #paintFrame(painter: FramePainter): Promise<Painted | undefined> {
    const frame = this.#arrived;
    this.#arrived = undefined;
    if (frame === undefined || this.#method === "none") return undefined;
    const { cell, columns, rows, sixel } = this.#capabilities;
    const share = this.#scale?.share ?? 1;
    const { detail } = this.#detail;
    const placement = fitPicture(frame, this.#drawnRectangle(), {
      ...{ method: this.#method, cell, columns, rows },
      maxSizePx: sixel?.maxSizePx,
    });
    if (placement === undefined) {
      this.#tally.dropped(frame);
      return undefined;
    }
    const startedAtMs = this.#options.clock.monotonicMs();
    let result: PaintResult;
    try {
      result = await painter.paint(frame, placement, detail);
    } catch (error) {
      this.#tally.dropped(frame);
      throw error;
    }
    if (!result.ok) {
      this.#tally.refused(frame, result.problem);
      return undefined;
    }
    this.#tally.painted(this.#options.clock.monotonicMs() - startedAtMs);
    return { bytes: result.bytes, frame, share, detail };
  }

  async #draw(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#until(() => this.#painted !== undefined, signal);
      const painted = this.#painted;
      this.#painted = undefined;
      this.#notify();
      if (painted === undefined) continue;
      if (painted.frame !== undefined) {
        await this.#drawFrame({ ...painted, frame: painted.frame }, signal);
      } else {
        await this.#options.output.write(painted.bytes);
        this.#finishErasures();
      }
    }
  }

  async #drawFrame(
    { frame, bytes, share, detail }: Painted & { readonly frame: VideoFrame },
    signal: AbortSignal,
  ): Promise<void> {
    const startedAtMs = this.#options.clock.monotonicMs();
    let roundTripMs: number | undefined;
    try {
      roundTripMs = await this.#write(bytes, signal);
    } catch (error) {
      this.#tally.dropped(frame);
      throw error;
    }
    const drawnAtMs = this.#options.clock.monotonicMs();
    this.#tally.drawn(frame, { sizeBytes: bytes.length, drawnAtMs, roundTripMs });
    this.#painter?.release(bytes);
    // The terminal's answer alone says less: a slow one holds up the write, too.
    const drawMs = drawnAtMs - startedAtMs;
    if (roundTripMs !== undefined) this.#detail.drawn({ detail, drawMs }, drawnAtMs);
    if (this.#scale?.drawn({ share, drawMs }, drawnAtMs)) void this.#erase();
  }

  /** All of it, or a part in its middle. */
  #drawnRectangle(): CellRectangle {
    const { column, row, widthCells, heightCells } = this.#rectangle;
    const share = this.#scale?.share ?? 1;
    if (share === 1) return this.#rectangle;
    const [width, height] = [widthCells, heightCells].map((cells) =>
      Math.max(1, Math.round(share * cells))
    );
    return {
      column: column + Math.floor((widthCells - width) / 2),
      row: row + Math.floor((heightCells - height) / 2),
      widthCells: width,
      heightCells: height,
    };
  }

  #finishErasures(): void {
    for (const erasure of this.#erasures) if (erasure.isPainted) erasure.resolve();
    this.#erasures = this.#erasures.filter((erasure) => !erasure.isPainted);
  }

  /** Waits for the terminal unless it has shown that it never answers: then each wait would last until its time limit. */
  async #write(bytes: Bytes, signal: AbortSignal): Promise<number | undefined> {
    const { output } = this.#options;
    if (bytes.length === 0) return undefined;
    if (this.#unanswered >= MAX_UNANSWERED) {
      await output.write(bytes);
      return undefined;
    }
    const roundTripMs = await output.writeAcknowledged(bytes, { signal });
    this.#unanswered = roundTripMs === undefined ? this.#unanswered + 1 : 0;
    if (this.#unanswered === MAX_UNANSWERED) log.info("terminal does not acknowledge");
    return roundTripMs;
  }

  #dropArrived(): void {
    if (this.#arrived !== undefined) this.#tally.dropped(this.#arrived);
    this.#arrived = undefined;
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async #until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (!condition()) {
      await this.#changed.promise;
      signal.throwIfAborted();
    }
  }
}

/** Only for closing: when the terminal is gone, or the Worker has failed and `wait` has said so, nothing is left to do. */
async function orLog(event: string, step: Promise<void> | undefined): Promise<void> {
  try {
    await step;
  } catch (error) {
    if (!(error instanceof HeliographError)) throw error;
    log.debug(event, { reason: describeError(error) });
  }
}
