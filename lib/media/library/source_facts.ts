/** What is known of each video file: how it was probed and when its frames are shown. Found out once, then kept on disk. */

import { ByteReader, type Bytes, ByteWriter, encodeHex, utf8 } from "../../base/bytes.ts";
import { MediaError } from "../../base/errors.ts";
import type { Ffmpeg } from "../ffmpeg/ffmpeg.ts";
import {
  PROBE_PROBLEMS,
  type ProbeProblem,
  type ProbeResult,
  probeVideo,
  type VideoFacts,
} from "../ffmpeg/probe.ts";
import type { VideoFile } from "./renditions.ts";
import { decodeTimeline, decodeTimelineHead, encodeTimeline, type Timeline } from "./timeline.ts";
import { type DraftTimeline, draftTimeline } from "./packet_list.ts";
import { scanTimeline } from "./timeline_scan.ts";
import {
  decodePictureIndex,
  encodePictureIndex,
  type PictureIndex,
  type SeekIndex,
} from "./picture_index.ts";

const INDEX_NAME = "pictures.hgi";
/** Part of every key: change it when extraction changes what a frame looks like or how frames are counted. */
const EXTRACTION = "q5 bicubic+accurate_rnd bt601 4:2:0 tonemap seg64 v3";

/** What a viewer can begin with. */
export interface FirstTimeline {
  readonly timeline: Timeline;
  readonly index: SeekIndex | undefined;
  /** By the list of its container: nothing of it is to be kept as found out. */
  readonly isDraft: boolean;
}

/** Belongs to a frame store. Work that runs is shared by all who ask for it; `signal` ends it. */
export class SourceFacts {
  readonly #folder: string;
  readonly #ffmpeg: Ffmpeg | undefined;
  readonly #signal: AbortSignal;
  readonly #scans = new Map<string, Promise<Timeline>>();
  readonly #probes = new Map<string, Promise<ProbeResult>>();
  readonly #drafts = new Map<string, Promise<DraftTimeline | undefined>>();
  /** Of files that have other pictures than their container lists. */
  readonly #refused = new Set<string>();
  /** Of files that are being counted: how far. */
  readonly #counted = new Map<string, number>();

  constructor(
    folder: string,
    ffmpeg: Ffmpeg | undefined,
    signal: AbortSignal,
  ) {
    this.#folder = folder;
    this.#ffmpeg = ffmpeg;
    this.#signal = signal;
  }

  /** Size, length and rate, or why the file cannot be watched. Asked once per file, then kept. Throws as `Ffmpeg.run`. */
  async probe(file: VideoFile, options: { signal?: AbortSignal } = {}): Promise<ProbeResult> {
    const folder = await this.folderOf(file);
    return await abortable(once(this.#probes, folder, () => this.#probe(file, folder)), options);
  }

  /** The same, for a file that is to be watched: throws `MediaError` ("video-refused") when it cannot be. */
  async watchable(file: VideoFile, options: { signal?: AbortSignal } = {}): Promise<VideoFacts> {
    const probe = await this.probe(file, options);
    if (probe.ok) return probe.facts;
    throw new MediaError(
      "video-refused",
      `Cannot watch video: ${PROBE_PROBLEMS[probe.problem]}`,
    );
  }

  /**
   * Number and times of the frames: decodes the file once (about 900 frames/s of 720p), then kept. `isAhead`: nobody waits for it.
   * Throws as `watchable`, `scanTimeline` ("video-undecodable", "video-too-long") and `Ffmpeg.run`.
   */
  async timeline(
    file: VideoFile,
    options: { signal?: AbortSignal; isAhead?: boolean } = {},
  ): Promise<Timeline> {
    const { isAhead = false } = options;
    const folder = await this.folderOf(file);
    const scan = () => this.#scan(file, folder, { isAhead });
    return await abortable(once(this.#scans, folder, scan), options);
  }

  /** The same, or at once what its container lists, where it was never counted. Throws as `timeline`. */
  async firstTimeline(
    file: VideoFile,
    options: { signal?: AbortSignal } = {},
  ): Promise<FirstTimeline> {
    const folder = await this.folderOf(file);
    const isCounted = await this.timelineHead(file) !== undefined;
    if (!isCounted && this.#ffmpeg !== undefined && !this.#refused.has(folder)) {
      const drafting = once(this.#drafts, folder, () => this.#draft(file));
      const draft = await abortable(drafting, options);
      if (draft !== undefined) return { ...draft, isDraft: true };
    }
    const timeline = await this.timeline(file, options);
    return { timeline, index: await this.pictureIndex(file), isDraft: false };
  }

  /** Its container lists other pictures than it has. */
  async refuseDraft(file: VideoFile): Promise<void> {
    this.#refused.add(await this.folderOf(file));
  }

  /** How many frames of a file have been counted by now; undefined while nobody counts them. */
  async countedNow(file: VideoFile): Promise<number | undefined> {
    return this.#counted.get(await this.folderOf(file));
  }

  /** The same, as far as it is kept; undefined for a file that was never counted. */
  async keptTimeline(file: VideoFile): Promise<Timeline | undefined> {
    return decodeTimeline(await readFile(`${await this.folderOf(file)}/timeline.hgt`));
  }

  /** The most important of it, read quickly; undefined for a file that was never counted. */
  async timelineHead(file: VideoFile): Promise<ReturnType<typeof decodeTimelineHead>> {
    return decodeTimelineHead(await readHead(`${await this.folderOf(file)}/timeline.hgt`));
  }

  /** What tells its pictures apart; undefined where nothing does, and for a file that was never counted. */
  async pictureIndex(file: VideoFile): Promise<PictureIndex | undefined> {
    const bytes = await readFile(`${await this.folderOf(file)}/${INDEX_NAME}`);
    return decodePictureIndex(bytes)?.index;
  }

  /** The frames turned out to be others: they are counted anew when asked for. */
  async forgetTimeline(file: VideoFile): Promise<void> {
    try {
      await Deno.remove(`${await this.folderOf(file)}/timeline.hgt`);
    } catch (error) {
      // Another viewer's extraction found it out first.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Waits until nothing runs; the signal was aborted before. */
  async settle(): Promise<void> {
    await Promise.allSettled([
      ...this.#scans.values(),
      ...this.#probes.values(),
      ...this.#drafts.values(),
    ]);
  }

  /** The folder of all that is kept of a file, named after what makes a frame what it is: a file that was changed is another one. */
  async folderOf(file: VideoFile): Promise<string> {
    const identity = [file.path, file.sizeBytes, file.modifiedMs, EXTRACTION].join("\0");
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(identity)));
    return `${this.#folder}/${encodeHex(hash)}`;
  }

  async #probe(file: VideoFile, folder: string): Promise<ProbeResult> {
    // A copy that failed at once, most often: nobody needs ffmpeg to see that.
    if (file.sizeBytes === 0) return { ok: false, problem: "empty" };
    const path = `${folder}/probe.hgp`;
    const known = decodeProbe(await readFile(path));
    if (known !== undefined) return known;
    const result = await probeVideo(this.#needFfmpeg(), file.path, { signal: this.#signal });
    await writeFile(path, encodeProbe(result));
    return result;
  }

  async #draft(file: VideoFile): Promise<DraftTimeline | undefined> {
    const { durationMs } = await this.watchable(file);
    return await draftTimeline(this.#needFfmpeg(), file.path, { durationMs, signal: this.#signal });
  }

  async #scan(
    file: VideoFile,
    folder: string,
    { isAhead }: { readonly isAhead: boolean },
  ): Promise<Timeline> {
    const path = `${folder}/timeline.hgt`;
    const known = decodeTimeline(await readFile(path));
    const indexPath = `${folder}/${INDEX_NAME}`;
    // What an earlier version counted has no index: it is counted again, where there is an ffmpeg for that.
    const isIndexed = decodePictureIndex(await readFile(indexPath)) !== undefined;
    if (known !== undefined && (isIndexed || this.#ffmpeg === undefined)) return known;
    const { durationMs } = await this.watchable(file);
    const { timeline, index } = await scanTimeline(this.#needFfmpeg(), file.path, {
      ...{ durationMs, isAhead },
      signal: this.#signal,
      onProgress: (frames) => this.#counted.set(folder, frames),
    }).finally(() => this.#counted.delete(folder));
    await writeFile(indexPath, encodePictureIndex(index));
    await writeFile(path, encodeTimeline(timeline));
    return timeline;
  }

  #needFfmpeg(): Ffmpeg {
    if (this.#ffmpeg !== undefined) return this.#ffmpeg;
    throw new MediaError("ffmpeg-missing", "Cannot read video: there is no ffmpeg");
  }
}

/** The running work of this key, or new work. What it found out lies on disk; nothing is kept in memory. */
export function once<T>(
  running: Map<string, Promise<T>>,
  key: string,
  start: () => Promise<T>,
): Promise<T> {
  const known = running.get(key);
  if (known !== undefined) return known;
  const work = start();
  running.set(key, work);
  const forget = () => running.delete(key);
  work.then(forget, forget);
  return work;
}

/** Waits for work that others may wait for too: an abort ends the wait, not the work. */
function abortable<T>(work: Promise<T>, options: { signal?: AbortSignal | undefined }): Promise<T> {
  const { signal } = options;
  if (signal === undefined) return work;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

/** Empty when there is none. */
export async function readFile(path: string): Promise<Bytes> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Uint8Array(0);
    throw error;
  }
}

/** The first bytes; empty when there is none. */
async function readHead(path: string): Promise<Bytes> {
  try {
    using file = await Deno.open(path);
    const bytes = new Uint8Array(64);
    return bytes.subarray(0, await file.read(bytes) ?? 0);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Uint8Array(0);
    throw error;
  }
}

/** Under a temporary name first: a crash leaves no half a file. */
export async function writeFile(path: string, bytes: Bytes): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
  await Deno.writeFile(`${path}.part`, bytes, { mode: 0o600 });
  await Deno.rename(`${path}.part`, path);
}

// What the probe found out about a file, kept in the cache.

const MAGIC = 0x48475052; // "HGPR"
const VERSION = 3;
/** As they are numbered in the cache; 0 is none. */
const TRANSFERS = [undefined, "pq", "hlg"] as const;

/** The result of a probe as a file of the cache. Numbers that are not known are 0, which no real one is. */
export function encodeProbe(result: ProbeResult): Bytes {
  const writer = new ByteWriter().u32(MAGIC).u8(VERSION);
  if (!result.ok) return writer.u8(0).text(result.problem).finish();
  const { widthPx, heightPx, durationMs, ratePerSecond, matrix, transfer } = result.facts;
  return writer.u8(1).u32(widthPx).u32(heightPx).u64(durationMs ?? 0)
    .u64(Math.round((ratePerSecond ?? 0) * 1000)).u8(matrix === undefined ? 0 : 1).u8(
      TRANSFERS.indexOf(transfer),
    ).finish();
}

/** Reads what `encodeProbe` wrote; undefined for anything else. */
export function decodeProbe(bytes: Bytes): ProbeResult | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u32() !== MAGIC || reader.u8() !== VERSION) return undefined;
  if (reader.u8() === 0) {
    const problem = reader.text();
    return reader.done && isProblem(problem) ? { ok: false, problem } : undefined;
  }
  const [widthPx, heightPx] = [reader.u32(), reader.u32()];
  const [durationMs, milliRate, isGuessed] = [reader.u64(), reader.u64(), reader.u8()];
  const transfer = TRANSFERS[reader.u8()];
  if (!reader.done || widthPx === 0 || heightPx === 0) return undefined;
  return {
    ok: true,
    facts: {
      widthPx,
      heightPx,
      durationMs: durationMs || undefined,
      ratePerSecond: milliRate / 1000 || undefined,
      ...(isGuessed === 1 ? { matrix: "bt709" } : {}),
      ...(transfer === undefined ? {} : { transfer }),
    },
  };
}

function isProblem(text: string): text is ProbeProblem {
  return Object.hasOwn(PROBE_PROBLEMS, text);
}
