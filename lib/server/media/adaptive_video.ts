/**
 * A video of the library whose pictures are as large and as many as line and screen can take (mode `adaptive`). All rungs are made of one
 * file, frame for frame, so that a frame's number is the same in each of them.
 */

import { MediaError } from "../../base/errors.ts";
import type { FrameStore } from "../../media/frames/frame_store.ts";
import type { RenditionReader } from "../../media/frames/rendition_reader.ts";
import { bestSource } from "../../media/library/renditions.ts";
import {
  type ClientFacts,
  type RungChoice,
  RungChooser,
  type SentFrame,
} from "../../media/playback/rung_choice.ts";
import { guessBytes, type Rung, rungsOf } from "../../media/library/rungs.ts";
import type { Timeline } from "../../media/library/timeline.ts";
import type { ScannedVideo } from "../../media/library/video_scan.ts";
import type { NoticeFields } from "../../protocol/hop/mod.ts";
import type { VideoFormat } from "../../protocol/hop/video.ts";
import { averageRate, type StreamFrame } from "./opened_video.ts";

/** How a stream learns what the client can take. */
export interface Adaptation {
  /** One frame of so many is to be sent. */
  readonly every: number;
  /** The client has said something about the running epoch. */
  told(fields: NoticeFields<"video.credit">, nowMs: number): void;
  /** A frame has been handed over to the line. */
  sent(sizeBytes: number, nowMs: number): void;
  /** A new epoch, also the first; `speed` when that has changed. */
  restarted(speed: number | undefined): void;
}

/** A rung is taken up when it has so many frames ahead. */
const AHEAD_FRAMES = 8;
/** Of a picture before one was seen. */
const FIRST_GUESS_BYTES = 4_000;
/** How fast the average size of a rung's pictures follows. */
const WEIGHT = 0.2;
/** What is remembered of frames that the client does not confirm. */
const UNCONFIRMED_MAX = 10_000;

/** What is played of which video. */
interface AdaptiveParts {
  readonly name: string;
  readonly timeline: Timeline;
  readonly rungs: readonly [Rung, ...Rung[]];
}

/** The frames of one video. Whoever opened it closes it. */
export class AdaptiveVideo implements Adaptation, Disposable {
  readonly name: string;
  readonly plan: { readonly ptsMs: Uint32Array };
  readonly durationMs: number;
  readonly format: VideoFormat;
  readonly isCutShort: boolean;
  readonly #rungs: readonly [Rung, ...Rung[]];
  readonly #open: (rung: Rung, fromFrame: number) => Promise<RenditionReader>;
  readonly #rate: number;
  readonly #chooser: RungChooser;
  /** Of each rung's pictures, once one was seen. */
  readonly #sizes: (number | undefined)[];
  readonly #opening = new Map<number, Promise<RenditionReader>>();
  readonly #readers = new Map<number, RenditionReader>();
  #client: ClientFacts = {
    box: undefined,
    drawMs: undefined,
    decodeMs: undefined,
    maxRate: undefined,
  };
  #choice: RungChoice = { rung: 0, every: 1, limit: undefined, wanted: undefined };
  /** The rung that was sent last in this epoch. */
  #sending: number | undefined;
  /** The frames of this epoch that the client has not confirmed, and how many it has. */
  #unconfirmed: SentFrame[] = [];
  #confirmed = 0;
  #nowMs = -Infinity;
  #isClosed = false;

  /** `open` opens the frames of a rung from a frame on; the reader belongs to this. */
  constructor(
    { name, timeline, rungs }: AdaptiveParts,
    open: (rung: Rung, fromFrame: number) => Promise<RenditionReader>,
  ) {
    this.name = name;
    this.plan = { ptsMs: Uint32Array.from(timeline.ptsMs) };
    let latest = 0;
    this.plan.ptsMs.forEach((ptsMs, i) => {
      latest = Math.max(latest, ptsMs);
      this.plan.ptsMs[i] = latest;
    });
    this.durationMs = Math.max(latest, timeline.durationMs);
    this.isCutShort = timeline.cutShort;
    this.#rate = averageRate(timeline.count, this.durationMs);
    this.#rungs = rungs;
    this.#sizes = rungs.map(() => undefined);
    this.#open = open;
    this.#chooser = new RungChooser(this.#rate);
    this.format = {
      codec: "jpeg",
      framesPerSecond: this.#rate,
      parts: [],
      rungs: rungs.filter(({ name }, i) => name !== rungs[i + 1]?.name)
        .map(({ name: rendition, widthPx, heightPx }) => ({ rendition, widthPx, heightPx })),
    };
  }

  get adaptation(): Adaptation {
    return this;
  }

  get total(): number {
    return this.plan.ptsMs.length;
  }

  get every(): number {
    return this.#choice.every;
  }

  told(fields: NoticeFields<"video.credit">, nowMs: number): void {
    const { received, boxWidth, boxHeight, drawMs, decodeMs, maxRate } = fields;
    const { box: boxBefore } = this.#client;
    this.#client = {
      box: boxWidth && boxHeight ? { widthPx: boxWidth, heightPx: boxHeight } : boxBefore,
      drawMs: drawMs ?? this.#client.drawMs,
      decodeMs: decodeMs ?? this.#client.decodeMs,
      maxRate: maxRate ?? this.#client.maxRate,
    };
    // More than was sent cannot have arrived.
    const last = Math.min(received ?? 0, this.#confirmed + this.#unconfirmed.length);
    for (; this.#confirmed < last; this.#confirmed++) {
      const frame = this.#unconfirmed.shift();
      if (frame !== undefined) this.#chooser.arrived(frame, nowMs);
    }
    this.#nowMs = nowMs;
  }

  sent(sizeBytes: number, nowMs: number): void {
    if (this.#unconfirmed.length >= UNCONFIRMED_MAX) {
      this.#unconfirmed.shift();
      this.#confirmed++;
    }
    this.#unconfirmed.push({ sentAtMs: nowMs, sizeBytes });
    this.#nowMs = nowMs;
    const rung = this.#sending ?? 0;
    const average = this.#sizes[rung] ?? sizeBytes;
    this.#sizes[rung] = average + WEIGHT * (sizeBytes - average);
  }

  restarted(speed: number | undefined): void {
    this.#unconfirmed = [];
    this.#confirmed = 0;
    this.#sending = undefined;
    // Without a pace it is as if it were played.
    this.#chooser.restart(speed ? this.#rate * speed : undefined);
  }

  /**
   * Frame `index`, as soon as it is extracted in some size; valid until the next one is read. Throws MediaError, or the
   * signal's reason.
   */
  async read(index: number, options: { signal: AbortSignal }): Promise<StreamFrame> {
    if (!Number.isInteger(index) || index < 0 || index >= this.total) {
      throw new MediaError("frame-missing", `Cannot read frame ${index}: there are ${this.total}`);
    }
    this.#choice = this.#chooser.choose(this.#facts(index), this.#client, this.#nowMs);
    const { rung: target, wanted } = this.#choice;
    for (const rung of [target, wanted]) if (rung !== undefined) this.#prepare(rung, index);
    const rung = this.#readable(index, target);
    this.#sending = rung;
    this.#leaveOthers([rung, target, wanted, this.#chooser.wasTooMuch ? rung - 1 : rung]);
    if (this.#chooser.wasTooMuch && rung > 0) this.#prepare(rung - 1, index);
    const reader = await this.#reader(rung, index);
    const { jpeg } = await reader.read(index, options);
    const { every, limit } = this.#choice;
    const { name: rendition } = this.#rungs[rung];
    return {
      ...{ rendition, source: index, ptsMs: this.plan.ptsMs[index], jpeg },
      ...{ widthPx: reader.widthPx, heightPx: reader.heightPx, choice: { every, limit } },
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#leaveOthers([]);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #facts(index: number) {
    return this.#rungs.map((rung, i) => ({
      ...{ widthPx: rung.widthPx, heightPx: rung.heightPx },
      frameBytes: this.#sizes[i] ?? this.#guess(i),
      isReady: this.#isReady(i, index),
    }));
  }

  /** By the pictures of the next smaller rung that was seen, else of any. */
  #guess(rung: number): number {
    const seen = [...this.#sizes.keys()].filter((i) => this.#sizes[i] !== undefined);
    const by = seen.findLast((i) => i < rung) ?? seen[0];
    const bytes = by === undefined ? undefined : this.#sizes[by];
    if (by === undefined || bytes === undefined) {
      return guessBytes(this.#rungs[0], FIRST_GUESS_BYTES, this.#rungs[rung]);
    }
    return guessBytes(this.#rungs[by], bytes, this.#rungs[rung]);
  }

  /** The rung that can be sent without a wait: the one to be, else the one that was, else a smaller one; else the one that comes first. */
  #readable(index: number, target: number): number {
    const smaller = Array.from({ length: target }, (_, i) => target - 1 - i);
    const sending = this.#sending === undefined ? [] : [this.#sending];
    const found = [target, ...sending, ...smaller].find((rung) => this.#isReady(rung, index));
    return found ?? this.#sending ?? 0;
  }

  #isReady(rung: number, index: number): boolean {
    const last = Math.min(index + AHEAD_FRAMES, this.total - 1);
    return this.#readers.get(rung)?.prepare(index, last) === true;
  }

  /** Has the frames of a rung extracted from there on. Whoever reads them sees what failed. */
  #prepare(rung: number, index: number): void {
    if (!this.#opening.has(rung)) this.#reader(rung, index).catch(() => {});
  }

  #reader(rung: number, index: number): Promise<RenditionReader> {
    const known = this.#opening.get(rung);
    if (known !== undefined) return known;
    const opening = this.#open(this.#rungs[rung], index).then((reader) => {
      if (this.#isClosed || this.#opening.get(rung) !== opening) reader.close();
      else this.#readers.set(rung, reader);
      return reader;
    });
    this.#opening.set(rung, opening);
    return opening;
  }

  /** What nobody reads is not extracted. */
  #leaveOthers(kept: readonly (number | undefined)[]): void {
    for (const rung of [...this.#opening.keys()]) {
      if (kept.includes(rung)) continue;
      this.#opening.delete(rung);
      this.#readers.get(rung)?.close();
      this.#readers.delete(rung);
    }
  }
}

/** Opens a video. The caller closes it. Throws MediaError. */
export async function openAdaptive(
  frames: FrameStore,
  video: ScannedVideo,
): Promise<AdaptiveVideo> {
  const file = bestSource(video);
  const first = await frames.facts.firstTimeline(file);
  const { timeline } = first;
  const rungs = rungsOf(await frames.facts.watchable(file));
  return new AdaptiveVideo(
    { name: video.name, timeline, rungs },
    (rung, fromFrame) => frames.reader(file, rung, { fromFrame, first, reuseBuffer: true }),
  );
}
