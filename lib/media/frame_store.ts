/** The pictures of the video library, extracted once for all viewers and kept under a quota. */

import { type Bytes, encodeHex, utf8 } from "../base/bytes.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { MediaError } from "../base/errors.ts";
import { Scope } from "../base/scope.ts";
import type { RenditionName } from "../protocol/hop/video.ts";
import type { Ffmpeg } from "./ffmpeg.ts";
import { PROBE_PROBLEMS, type ProbeResult, probeVideo } from "./probe.ts";
import { RenditionCache } from "./rendition_cache.ts";
import { RenditionReader } from "./rendition_reader.ts";
import { renditionSize, type VideoFile } from "./renditions.ts";
import { SEGMENT_FRAMES } from "./media_limits.ts";
import { SegmentShelf } from "./segment_shelf.ts";
import { decodeProbe, encodeProbe } from "./source_record.ts";
import { decodeTimeline, encodeTimeline, type Timeline } from "./timeline.ts";
import { scanTimeline } from "./timeline_scan.ts";

/** Part of every key: change it when extraction changes what a frame looks like or how frames are counted. */
const EXTRACTION = "q5 bicubic+accurate_rnd bt601 4:2:0 seg64 v1";

/** What a store is opened with. */
export interface FrameStoreOptions {
  /** Everything lies below it; one process at a time may use it. */
  readonly folder: string;
  /** Room for pictures. Probes and timelines (four bytes a frame) are not counted. */
  readonly quotaBytes: number;
  /** Without one, only what was extracted before can be read. */
  readonly ffmpeg?: Ffmpeg | undefined;
  readonly clock?: Clock;
}

/** Opened by `open`, closed by its owner; readers are closed before it. */
export class FrameStore implements AsyncDisposable {
  readonly #folder: string;
  readonly #ffmpeg: Ffmpeg | undefined;
  readonly #shelf: SegmentShelf;
  readonly #scope = new Scope();
  readonly #caches = new Map<string, RenditionCache>();
  readonly #scans = new Map<string, Promise<Timeline>>();
  readonly #probes = new Map<string, Promise<ProbeResult>>();

  private constructor(options: FrameStoreOptions, shelf: SegmentShelf) {
    this.#folder = options.folder;
    this.#ffmpeg = options.ffmpeg;
    this.#shelf = shelf;
  }

  /** Takes stock of the folder: what a crash left unfinished is taken away, what is over the quota too. */
  static async open(options: FrameStoreOptions): Promise<FrameStore> {
    const clock = options.clock ?? systemClock;
    const shelf = await SegmentShelf.open(options.folder, {
      quotaBytes: options.quotaBytes,
      clock,
    });
    return new FrameStore(options, shelf);
  }

  /** Bytes of pictures on disk. */
  get usedBytes(): number {
    return this.#shelf.usedBytes;
  }

  get quotaBytes(): number {
    return this.#shelf.quotaBytes;
  }

  /** Size, length and rate of a file, or why it cannot be watched. Asked once per file, then kept. Throws as `Ffmpeg.run`. */
  async probe(file: VideoFile, options: { signal?: AbortSignal } = {}): Promise<ProbeResult> {
    const folder = await this.#sourceFolder(file);
    return await abortable(once(this.#probes, folder, () => this.#probe(file, folder)), options);
  }

  /**
   * Number and times of the frames of a file: decodes it once (about 900 frames/s of 720p), then kept. Throws `MediaError`: "video-refused"
   * with the reason of the probe, "video-undecodable", "video-too-long", and what `Ffmpeg.run` throws.
   */
  async timeline(file: VideoFile, options: { signal?: AbortSignal } = {}): Promise<Timeline> {
    const folder = await this.#sourceFolder(file);
    return await abortable(once(this.#scans, folder, () => this.#scan(file, folder)), options);
  }

  /**
   * A reader of frames `[fromFrame, toFrame)` (default: all) of a file at a size of the ladder. Extraction of what is missing begins at
   * once, from `fromFrame` on. With `reuseBuffer` a frame is valid until the reader's next read. Throws as `timeline`.
   */
  async reader(
    file: VideoFile,
    rendition: RenditionName,
    options: {
      fromFrame?: number;
      toFrame?: number;
      reuseBuffer?: boolean;
      signal?: AbortSignal;
    } = {},
  ): Promise<RenditionReader> {
    const timeline = await this.timeline(file, options);
    const probe = await this.probe(file, options);
    if (!probe.ok) throw refused(probe.problem);
    const folder = `${await this.#sourceFolder(file)}/${rendition}`;
    const cache = this.#caches.get(folder) ?? new RenditionCache({
      ...{ folder, timeline, ffmpeg: this.#ffmpeg, shelf: this.#shelf, scope: this.#scope },
      ...renditionSize(probe.facts, rendition),
      inputPath: file.path,
      isPinned: ({ folder, segment }, reach) =>
        this.#caches.get(folder)?.pins(segment, reach) === true,
      onMismatch: () => this.#forget(file),
    });
    this.#tidy();
    this.#caches.set(folder, cache);
    const toFrame = Math.min(options.toFrame ?? timeline.count, timeline.count);
    const fromFrame = Math.max(0, Math.min(options.fromFrame ?? 0, toFrame));
    const range = { fromFrame, toFrame, reuseBuffer: options.reuseBuffer ?? false };
    return new RenditionReader(cache, range, () => this.#tidy());
  }

  /** Extracts everything that is missing. Throws as `RenditionReader.read`. */
  async prepare(
    file: VideoFile,
    rendition: RenditionName,
    options: {
      fromFrame?: number;
      toFrame?: number;
      signal?: AbortSignal;
      onProgress?: (done: number, total: number) => void;
    } = {},
  ): Promise<void> {
    using reader = await this.reader(file, rendition, options);
    const first = reader.position;
    for (let frame = first; frame < reader.toFrame; frame += SEGMENT_FRAMES) {
      const last = Math.min(frame + SEGMENT_FRAMES, reader.toFrame) - 1;
      await reader.waitFor(last, options);
      options.onProgress?.(last + 1 - first, reader.toFrame - first);
    }
  }

  /** Ends all extractions; what is unfinished of them is discarded. */
  async close(): Promise<void> {
    await this.#scope.close();
    await Promise.allSettled([...this.#scans.values(), ...this.#probes.values()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #probe(file: VideoFile, folder: string): Promise<ProbeResult> {
    const path = `${folder}/probe.hgp`;
    const known = decodeProbe(await readFile(path));
    if (known !== undefined) return known;
    const result = await probeVideo(this.#needFfmpeg(), file.path, { signal: this.#scope.signal });
    await writeFile(path, encodeProbe(result));
    return result;
  }

  async #scan(file: VideoFile, folder: string): Promise<Timeline> {
    const path = `${folder}/timeline.hgt`;
    const known = decodeTimeline(await readFile(path));
    if (known !== undefined) return known;
    const probe = await this.probe(file);
    if (!probe.ok) throw refused(probe.problem);
    const timeline = await scanTimeline(this.#needFfmpeg(), file.path, {
      durationMs: probe.facts.durationMs,
      signal: this.#scope.signal,
    });
    await writeFile(path, encodeTimeline(timeline));
    return timeline;
  }

  /** The file gave other frames than before, e.g. because ffmpeg was replaced: the next viewer counts anew. */
  async #forget(file: VideoFile): Promise<void> {
    const folder = await this.#sourceFolder(file);
    for (const key of [...this.#caches.keys()]) {
      if (key.startsWith(`${folder}/`)) this.#caches.delete(key);
    }
    await Deno.remove(`${folder}/timeline.hgt`);
  }

  #needFfmpeg(): Ffmpeg {
    if (this.#ffmpeg !== undefined) return this.#ffmpeg;
    throw new MediaError("ffmpeg-missing", "Cannot read video: there is no ffmpeg");
  }

  #tidy(): void {
    for (const [folder, cache] of this.#caches) if (cache.idle) this.#caches.delete(folder);
  }

  /** Named after what makes a frame what it is: a file that was changed is another one. */
  async #sourceFolder(file: VideoFile): Promise<string> {
    const identity = [file.path, file.sizeBytes, file.modifiedMs, EXTRACTION].join("\0");
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(identity)));
    return `${this.#folder}/${encodeHex(hash)}`;
  }
}

function refused(problem: keyof typeof PROBE_PROBLEMS): MediaError {
  return new MediaError("video-refused", `Cannot watch video: ${PROBE_PROBLEMS[problem]}`);
}

/** The running work of this key, or new work. What it found out lies on disk; nothing is kept in memory. */
function once<T>(
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
async function readFile(path: string): Promise<Bytes> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Uint8Array(0);
    throw error;
  }
}

/** Under a temporary name first: a crash leaves no half a file. */
async function writeFile(path: string, bytes: Bytes): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
  await Deno.writeFile(`${path}.part`, bytes, { mode: 0o600 });
  await Deno.rename(`${path}.part`, path);
}
