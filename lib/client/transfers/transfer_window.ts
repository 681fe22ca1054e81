/**
 * How many bytes of files may be unacknowledged: as little as a message needs to pass in time on a slow line, as much as a
 * fast line holds (docs/protocol.md, "Flow control"). A pure machine.
 */

import { bulkCreditBytes, FILE_WINDOW_MAX_BYTES } from "../../protocol/limits.ts";

/** Goodput is measured over at least this time. */
const SAMPLE_MS = 50;
/** How fast the average follows a fall; a rise counts at once, or a fast line would be found too slowly. */
const WEIGHT = 0.3;

/** The window of one connection, in one direction. */
export class TransferWindow {
  #goodput = 0;
  #sampleBytes = 0;
  #sampleFromMs: number | undefined;

  /** Bytes that may be unacknowledged now. */
  get bytes(): number {
    return Math.min(FILE_WINDOW_MAX_BYTES, bulkCreditBytes(this.#goodput));
  }

  /** Bytes a second, as measured last. */
  get goodputBytesPerSecond(): number {
    return this.#goodput;
  }

  /** So many bytes were acknowledged. */
  acknowledged(bytes: number, nowMs: number): void {
    this.#sampleFromMs ??= nowMs;
    this.#sampleBytes += bytes;
    const sampleMs = nowMs - this.#sampleFromMs;
    if (sampleMs < SAMPLE_MS) return;
    const rate = this.#sampleBytes / sampleMs * 1000;
    this.#goodput = rate > this.#goodput ? rate : this.#goodput + WEIGHT * (rate - this.#goodput);
    this.#sampleBytes = 0;
    this.#sampleFromMs = nowMs;
  }

  /** Nothing was on the way: the time until now says nothing. */
  idle(): void {
    this.#sampleBytes = 0;
    this.#sampleFromMs = undefined;
  }
}
