/** How fast something moves, and when it will be there. Pure. */

/** Rates are averaged over about so long: steady to read, and true within seconds. */
const WINDOW_MS = 5_000;

/** How a transfer moves now. */
export interface Progress {
  readonly movedBytes: number;
  readonly totalBytes: number;
  readonly rateBytesPerSecond: number;
  /** Undefined while nothing moves. */
  readonly remainingMs: number | undefined;
}

/** Of one transfer, in one process. */
export class Meter {
  readonly #totalBytes: number;
  #samples: { readonly atMs: number; readonly bytes: number }[] = [];
  #rests = false;

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  /** So many bytes are moved in all. */
  moved(bytes: number, nowMs: number): void {
    if (this.#rests) this.#samples = [];
    this.#rests = false;
    this.#samples.push({ atMs: nowMs, bytes });
    // The oldest that is older than the window stays: it is where the window begins.
    while (this.#samples.length > 2 && this.#samples[1].atMs <= nowMs - WINDOW_MS) {
      this.#samples.shift();
    }
  }

  /** It stands still until it moves again: that time is no part of any rate. */
  rest(): void {
    this.#rests = true;
  }

  read(nowMs: number): Progress {
    const first = this.#samples[0];
    const last = this.#samples[this.#samples.length - 1];
    const movedBytes = last?.bytes ?? 0;
    const ms = first === undefined ? 0 : nowMs - first.atMs;
    const rate = ms <= 0 || this.#rests ? 0 : Math.max(0, movedBytes - first.bytes) / ms * 1000;
    const leftBytes = this.#totalBytes - movedBytes;
    return {
      movedBytes,
      totalBytes: this.#totalBytes,
      rateBytesPerSecond: rate,
      remainingMs: rate > 0 ? leftBytes / rate * 1000 : undefined,
    };
  }
}
