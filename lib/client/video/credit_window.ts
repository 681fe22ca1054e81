/**
 * How much video may be on the way: as little as a message needs to pass in time on a slow line, as much as a fast line
 * holds (docs/protocol.md, "Flow control"). A pure machine.
 */

import { bulkCreditBytes } from "../../protocol/limits.ts";

/** Credit for the server: how many more frames, and how many bytes. */
export interface Grant {
  readonly frames: number;
  readonly bytes: number;
}

/** The greatest frame always fits into the credit, or the stream would stop for ever. */
const MAX_FRAME_BYTES = 1024 * 1024;
const MAX_FRAMES = 64;
/** A guess for the first frames: a 240p picture. */
const FIRST_FRAME_BYTES = 8 * 1024;
/** How fast averages follow: a few frames. */
const WEIGHT = 0.2;
/** Goodput is measured over at least this time. */
const SAMPLE_MS = 100;

/** The window of one stream. */
export class CreditWindow {
  #averageBytes = FIRST_FRAME_BYTES;
  #goodput = 0;
  #sampleBytes = 0;
  #sampleFromMs: number | undefined;
  /** Granted and neither used up nor void. */
  #frames = 0;
  #bytes = 0;

  /** Whether a frame of this size may arrive now. */
  covers(sizeBytes: number): boolean {
    return this.#frames >= 1 && sizeBytes <= this.#bytes;
  }

  /** A frame has arrived and used up its part of the credit. */
  received(sizeBytes: number, nowMs: number): void {
    this.#frames = Math.max(0, this.#frames - 1);
    this.#bytes = Math.max(0, this.#bytes - sizeBytes);
    this.#averageBytes += WEIGHT * (sizeBytes - this.#averageBytes);
    this.#sampleBytes += sizeBytes;
    this.#sampleFromMs ??= nowMs;
    const sampleMs = nowMs - this.#sampleFromMs;
    if (sampleMs < SAMPLE_MS) return;
    const rate = this.#sampleBytes / sampleMs * 1000;
    this.#goodput += (this.#goodput === 0 ? 1 : WEIGHT) * (rate - this.#goodput);
    this.#sampleBytes = 0;
    this.#sampleFromMs = nowMs;
  }

  /**
   * What to grant now, with `held` frames received and not yet done with; undefined while there is nothing to grant. Half a
   * window of frames is granted at once, so that there are few credits; bytes are there for the greatest frame at any time, or
   * a stream whose pictures grow would stop.
   */
  grant(held: number): Grant | undefined {
    const windowBytes = bulkCreditBytes(this.#goodput);
    const wanted = Math.min(MAX_FRAMES, Math.max(1, Math.floor(windowBytes / this.#averageBytes)));
    const free = Math.max(0, wanted - this.#frames - held);
    const frames = free < wanted / 2 && this.#frames > 0 ? 0 : free;
    const bytes = this.#bytes < MAX_FRAME_BYTES
      ? Math.max(2 * MAX_FRAME_BYTES, windowBytes) - this.#bytes
      : 0;
    if (frames === 0 && bytes === 0) return undefined;
    this.#frames += frames;
    this.#bytes += bytes;
    return { frames, bytes };
  }

  /** A new epoch: what was granted is void. */
  reset(): void {
    this.#frames = 0;
    this.#bytes = 0;
    this.#sampleBytes = 0;
    this.#sampleFromMs = undefined;
  }
}
