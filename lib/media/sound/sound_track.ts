/** The sound of one track in the frame store: what is there, and the runs of ffmpeg that bring the rest, a minute at a time. */

import { describeError, MediaError } from "../../base/errors.ts";
import type { Bytes } from "../../base/bytes.ts";
import { logger } from "../../base/log.ts";
import type { Scope } from "../../base/scope.ts";
import { Wakeup } from "../../base/wakeup.ts";
import type { Ffmpeg } from "../ffmpeg/ffmpeg.ts";
import { SEGMENT_FRAMES } from "../picture/media_limits.ts";
import { SegmentFile, segmentOf, SegmentWriter } from "../segments/segment_file.ts";
import type { SegmentShelf, ShelvedSegment } from "../segments/segment_shelf.ts";
import { extractSound } from "./sound_extraction.ts";
import { UNIT_MS } from "./sound_unit.ts";

const log = logger("media", "sound");

/** Of one run: a minute of sound, which takes about a second. */
const RUN_SEGMENTS = 5;
/** Units before the end of a segment at which the next one is looked for. */
const AHEAD_UNITS = SEGMENT_FRAMES / 2;

/** What a track needs of the store. */
export interface SoundTrackParts {
  /** Where its segments lie. */
  readonly folder: string;
  readonly inputPath: string;
  /** Place among the tracks of sound, from 0. */
  readonly track: number;
  readonly pictureStartMs: number;
  /** Of the pictures: sound behind their end is not looked for. */
  readonly durationMs: number;
  readonly ffmpeg: Ffmpeg | undefined;
  readonly shelf: SegmentShelf;
  readonly scope: Scope;
  /** Whether a segment should stay for somebody who looks at its pictures. */
  readonly isPinned: (segment: ShelvedSegment) => boolean;
}

/** What ffmpeg brings just now. */
interface Run {
  readonly fromUnit: number;
  readonly toUnit: number;
  readonly units: Bytes[];
  failure?: { readonly error: unknown };
}

/** Shared by all who hear the track. It owns nothing: its runs belong to the store. */
export class SoundTrack {
  readonly #parts: SoundTrackParts;
  readonly #runs = new Set<Run>();
  readonly #changed = new Wakeup();
  /** Segments that have no sound at all. */
  readonly #silent = new Set<number>();

  constructor(parts: SoundTrackParts) {
    this.#parts = parts;
  }

  /** Units of the whole track, at most. */
  get total(): number {
    return Math.ceil(this.#parts.durationMs / UNIT_MS);
  }

  /** A unit as `decodeUnit` takes it; undefined when the sound is over there. Throws MediaError, or the signal's reason. */
  async read(
    unit: number,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Bytes | undefined> {
    if (unit < 0 || unit >= this.total) return undefined;
    if (unit % SEGMENT_FRAMES >= AHEAD_UNITS) this.#prepare(segmentOf(unit) + 1);
    for (;;) {
      signal.throwIfAborted();
      const segment = segmentOf(unit);
      const run = this.#runFor(unit);
      const brought = run?.units[unit - run.fromUnit];
      if (brought !== undefined) return brought;
      if (run === undefined) {
        if (this.#silent.has(segment)) return undefined;
        const kept = this.#open(segment);
        if (kept !== undefined) return readAndClose(kept, unit);
        this.#start(segment);
        continue;
      }
      await this.#changed.wait(signal);
      if (run.failure !== undefined) throw run.failure.error;
    }
  }

  /** From the disk. What was found damaged is taken away, and brought again. */
  #open(segment: number): SegmentFile | undefined {
    const { folder, shelf } = this.#parts;
    if (!shelf.has(folder, segment)) return undefined;
    const file = SegmentFile.open(folder, segment);
    if (file === undefined) shelf.remove(folder, segment);
    else shelf.touch(folder, segment);
    return file;
  }

  #prepare(segment: number): void {
    const first = segment * SEGMENT_FRAMES;
    const { folder, shelf, ffmpeg } = this.#parts;
    const isKnown = first >= this.total || this.#silent.has(segment) || ffmpeg === undefined ||
      shelf.has(folder, segment) || this.#runFor(first) !== undefined;
    if (!isKnown) this.#start(segment);
  }

  #runFor(unit: number): Run | undefined {
    return [...this.#runs].find(({ fromUnit, toUnit }) => fromUnit <= unit && unit < toUnit);
  }

  #start(segment: number): void {
    const { folder, shelf, scope, ffmpeg } = this.#parts;
    if (ffmpeg === undefined) {
      throw new MediaError("ffmpeg-missing", "Cannot make sound: there is no ffmpeg");
    }
    let end = segment + 1;
    while (
      end < segment + RUN_SEGMENTS && !shelf.has(folder, end) &&
      this.#runFor(end * SEGMENT_FRAMES) === undefined
    ) end++;
    const fromUnit = segment * SEGMENT_FRAMES;
    const toUnit = Math.min(end * SEGMENT_FRAMES, this.total);
    const run: Run = { fromUnit, toUnit, units: [] };
    this.#runs.add(run);
    scope.run("sound", (signal) => this.#bring(run, ffmpeg, signal));
  }

  /** Never throws: a failure is the business of those who wait for the sound. */
  async #bring(run: Run, ffmpeg: Ffmpeg, signal: AbortSignal): Promise<void> {
    const { inputPath, track, pictureStartMs } = this.#parts;
    const { fromUnit, toUnit } = run;
    try {
      await extractSound(ffmpeg, {
        ...{ inputPath, track, pictureStartMs, fromUnit, toUnit },
        onUnit: (unit) => {
          run.units.push(unit);
          this.#changed.wake();
        },
      }, { signal });
      await this.#keep(run);
    } catch (error) {
      run.failure = { error };
      if (!signal.aborted) log.warn("sound not made", { reason: describeError(error) });
    } finally {
      this.#runs.delete(run);
      this.#changed.wake();
    }
  }

  /** Segment by segment, as the pictures are kept and under the same quota. */
  async #keep({ fromUnit, toUnit, units }: Run): Promise<void> {
    const { folder, shelf, isPinned } = this.#parts;
    const bytes = units.reduce((sum, { length }) => sum + length, 0);
    if (!shelf.makeRoom(bytes, isPinned)) {
      throw new MediaError("cache-full", "Cannot keep sound: the cache is full");
    }
    for (let first = fromUnit; first < toUnit; first += SEGMENT_FRAMES) {
      const segment = segmentOf(first);
      const here = units.slice(first - fromUnit, first - fromUnit + SEGMENT_FRAMES);
      if (here.length === 0) {
        this.#silent.add(segment);
        continue;
      }
      const writer = await SegmentWriter.open(folder, segment);
      try {
        for (const [i, unit] of here.entries()) {
          await writer.append(unit, (first + i) * UNIT_MS);
        }
        shelf.add(folder, segment, await writer.finish());
      } catch (error) {
        await writer.discard();
        throw error;
      }
    }
  }
}

/** Undefined behind the last one. */
function readAndClose(file: SegmentFile, unit: number): Bytes | undefined {
  try {
    return file.read(unit % SEGMENT_FRAMES)?.jpeg;
  } finally {
    file[Symbol.dispose]();
  }
}
