/**
 * How much video may be on the way: as little as a message needs to pass in time on a slow line, as much as a fast line
 * holds (docs/protocol.md, "Flow control"). A pure machine.
 */

import type { JitterBufferOptions } from "../../media/playback/jitter_buffer.ts";
import type { NoticeFields } from "../../protocol/hop/mod.ts";
import type { RungName, VideoMode } from "../../protocol/hop/video.ts";
import { bulkCreditBytes } from "../../protocol/limits.ts";

/** What is to be known of a frame that arrived. */
export interface ReceivedFrame {
  readonly sizeBytes: number;
  readonly rendition: RungName;
}

/** Credit for the server: how many more frames, and how many bytes. */
export interface Grant {
  readonly frames: number;
  readonly bytes: number;
}

/** The greatest frame always fits into the credit, or the stream would stop for ever. */
const MAX_FRAME_BYTES = 1024 * 1024;
const MAX_FRAMES = 64;
/**
 * In thirds, how much larger the frames of the part after this one are: nine times the pixels are 4.5 times the bytes, 2.25
 * times 1.8 (measured on three films). The next frame may be the first of that part.
 */
const GROWTH_IN_THIRDS: Readonly<Partial<Record<RungName, number>>> = {
  "240p": 4.5,
  "720p": 1.8,
};
/** How fast averages follow: a few frames. */
const WEIGHT = 0.2;
/** In mode `adaptive`: what TCP itself sends at first (RFC 6928). */
const LEAST_WINDOW_BYTES = 14_600;
const ADAPTIVE_WINDOW_MS = 1000;
/** A segment that is lost twice holds up what is behind it for so long, at 300 ms there and back: nobody is to see that. */
export const RESERVE_MS = 1_500;
/** What a buffer takes in mode `adaptive`, where frames come before their time. */
const EARLY = { maxWaitMs: RESERVE_MS + 500, maxFrames: 256 } as const;
/** Goodput is measured over at least this time. */
const SAMPLE_MS = 100;

/** What a credit says beside the credit. */
type CreditReport = Partial<NoticeFields<"video.credit">>;

/** What its fields take at most. */
const REPORT_MAX: Readonly<Record<string, number>> = {
  boxWidth: 65_535,
  boxHeight: 65_535,
  drawMs: 60_000,
  decodeMs: 60_000,
};

/** What is known of these, as the fields take it. */
export function creditReport(
  about: Readonly<Record<string, number | undefined>>,
): CreditReport {
  const said: Record<string, number> = {};
  for (const [field, value] of Object.entries(about)) {
    if (value !== undefined) {
      said[field] = Math.min(Math.round(value), REPORT_MAX[field] ?? Infinity);
    }
  }
  return said;
}

/** How much a buffer for frames of this mode holds, where that is more than usual. */
export function earlyIn(mode: VideoMode): Pick<JitterBufferOptions, "maxWaitMs" | "maxFrames"> {
  return mode === "adaptive" ? EARLY : {};
}

/** The window of one stream. */
export class CreditWindow {
  readonly #mode: VideoMode;
  /** Of the frames of this rendition; undefined before the first. */
  #averageBytes: number | undefined;
  #rendition: RungName | undefined;
  #goodput = 0;
  #sampleBytes = 0;
  #sampleFromMs: number | undefined;
  /** Granted and neither used up nor void. */
  #frames = 0;
  #bytes = 0;

  constructor(mode: VideoMode) {
    this.#mode = mode;
  }

  /** Whether a frame of this size may arrive now. */
  covers(sizeBytes: number): boolean {
    return this.#frames >= 1 && sizeBytes <= this.#bytes;
  }

  /** A frame has arrived and used up its part of the credit. */
  received({ sizeBytes, rendition }: ReceivedFrame, nowMs: number): void {
    this.#frames = Math.max(0, this.#frames - 1);
    this.#bytes = Math.max(0, this.#bytes - sizeBytes);
    // The frames of the rendition before tell nothing of this one.
    const average = rendition === this.#rendition ? this.#averageBytes ?? sizeBytes : sizeBytes;
    this.#averageBytes = average + WEIGHT * (sizeBytes - average);
    this.#rendition = rendition;
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
   * What to grant now, with `held` frames received and not yet done with; undefined while there is nothing to grant. One frame
   * until the size of one is known: eight of 720p, granted blind, stop a line of 256 kbit/s for 8 s. Half a window of frames
   * is granted at once, so that there are few credits; bytes are there for the greatest frame at any time, or a stream whose
   * pictures grow would stop. `most`: frames that are wanted at all.
   */
  grant(held: number, most = MAX_FRAMES): Grant | undefined {
    const windowBytes = this.#windowBytes();
    const frameBytes = this.#nextFrameBytes() ?? windowBytes;
    const wanted = Math.min(most, MAX_FRAMES, Math.max(1, Math.floor(windowBytes / frameBytes)));
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

  /**
   * In mode `adaptive` the queue of the line says what is too much, so it must be short: what arrives within a long round trip and a bit
   * more. The least that files have would be 16 s of 32 kbit/s.
   */
  #windowBytes(): number {
    if (this.#mode !== "adaptive") return bulkCreditBytes(this.#goodput);
    return Math.max(LEAST_WINDOW_BYTES, this.#goodput * ADAPTIVE_WINDOW_MS / 1000);
  }

  /** What the next frame may have; undefined while nothing is known. */
  #nextFrameBytes(): number | undefined {
    if (this.#averageBytes === undefined || this.#rendition === undefined) return undefined;
    const growth = this.#mode === "thirds" ? GROWTH_IN_THIRDS[this.#rendition] : undefined;
    return this.#averageBytes * (growth ?? 1);
  }

  /** A new epoch: what was granted is void. */
  reset(): void {
    this.#frames = 0;
    this.#bytes = 0;
    this.#sampleBytes = 0;
    this.#sampleFromMs = undefined;
  }
}
