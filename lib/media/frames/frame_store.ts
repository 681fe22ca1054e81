/** The pictures of the video library, extracted once for all viewers and kept under a quota. */

import type { Clock } from "../../base/clock.ts";
import { describeError, MediaError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { Scope } from "../../base/scope.ts";
import type { RenditionName } from "../../protocol/hop/video.ts";
import type { Ffmpeg } from "../ffmpeg/ffmpeg.ts";
import { Posters } from "./posters.ts";
import { RenditionCache } from "./rendition_cache.ts";
import { RenditionReader } from "./rendition_reader.ts";
import { renditionSize, type VideoFile } from "../library/renditions.ts";
import type { Rung } from "../library/rungs.ts";
import { SEGMENT_FRAMES } from "../picture/media_limits.ts";
import { segmentOf } from "../segments/segment_file.ts";
import { SegmentShelf } from "../segments/segment_shelf.ts";
import { FilmExtras } from "../sound/film_extras.ts";
import { type FirstTimeline, SourceFacts } from "../library/source_facts.ts";

const log = logger("media", "frames");

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

/** Of folders of pictures that were numbered by a list: none of them is taken for one of a film that was counted. */
const DRAFT_SUFFIX = ".draft";

/** Opened by `open`, closed by its owner; readers are closed before it. */
export class FrameStore implements AsyncDisposable {
  readonly #shelf: SegmentShelf;
  readonly #ffmpeg: Ffmpeg | undefined;
  readonly #scope = new Scope();
  readonly #caches = new Map<string, RenditionCache>();
  /** Folders of files that were removed. */
  readonly #gone = new Set<string>();
  /** What is known of the films. */
  readonly facts: SourceFacts;
  /** Sound and subtitles of the films. */
  readonly extras: FilmExtras;
  /** Small pictures of the films. */
  readonly posters: Posters;

  private constructor(options: FrameStoreOptions, shelf: SegmentShelf) {
    this.#shelf = shelf;
    this.#ffmpeg = options.ffmpeg;
    this.facts = new SourceFacts(options.folder, options.ffmpeg, this.#scope.signal);
    this.posters = new Posters({
      ...{ ffmpeg: options.ffmpeg, scope: this.#scope },
      facts: this.facts,
    });
    this.extras = new FilmExtras({
      ...{ ffmpeg: options.ffmpeg, shelf, scope: this.#scope },
      folderOf: (file) => this.facts.folderOf(file),
      isPinned: ({ folder, segment }) => this.#caches.get(folder)?.pins(segment, "ahead") === true,
    });
  }

  /** Takes stock of the folder: what a crash left unfinished is taken away, what is over the quota too. */
  static async open(options: FrameStoreOptions): Promise<FrameStore> {
    const shelf = await SegmentShelf.open(options.folder, options);
    return new FrameStore(options, shelf);
  }

  /** Bytes of pictures on disk. */
  get usedBytes(): number {
    return this.#shelf.usedBytes;
  }

  get quotaBytes(): number {
    return this.#shelf.quotaBytes;
  }

  /** Whether frames `[fromFrame, toFrame)` are there, so that nobody waits for one. */
  async hasFrames(
    file: VideoFile,
    rendition: RenditionName,
    { fromFrame, toFrame }: { readonly fromFrame: number; readonly toFrame: number },
  ): Promise<boolean> {
    const folder = `${await this.facts.folderOf(file)}/${rendition}`;
    for (let frame = fromFrame; frame < toFrame; frame += SEGMENT_FRAMES) {
      if (!this.#shelf.has(folder, segmentOf(frame))) return false;
    }
    return fromFrame >= toFrame || this.#shelf.has(folder, segmentOf(toFrame - 1));
  }

  /** Whether all pictures of a rendition are there, so that nobody waits for one. False for a file that was never counted. */
  async isExtracted(file: VideoFile, rendition: RenditionName): Promise<boolean> {
    const folder = await this.facts.folderOf(file);
    const segments = this.#shelf.countIn(`${folder}/${rendition}`);
    if (segments === 0) return false;
    const timeline = await this.facts.timelineHead(file);
    return timeline !== undefined && segments === Math.ceil(timeline.count / SEGMENT_FRAMES);
  }

  /**
   * A reader of frames `[fromFrame, toFrame)` (default: all) of a file at a size of the ladder, or at a rung of `rungsOf`. Extraction of what is missing begins at
   * once, from `fromFrame` on. With `reuseBuffer` a frame is valid until the reader's next read. `first`: what the viewer began
   * with. Throws as `timeline`.
   */
  async reader(
    file: VideoFile,
    wanted: RenditionName | Rung,
    options: {
      fromFrame?: number;
      toFrame?: number;
      reuseBuffer?: boolean;
      first?: FirstTimeline;
      signal?: AbortSignal;
    } = {},
  ): Promise<RenditionReader> {
    const draft = options.first?.isDraft === true ? options.first : undefined;
    const timeline = draft?.timeline ?? await this.facts.timeline(file, options);
    const drawn = await this.facts.watchable(file, options);
    const { name, ...pictures } = typeof wanted === "string"
      ? { name: wanted, ...renditionSize(drawn, wanted) }
      : picturesOf(wanted);
    const folder = `${await this.facts.folderOf(file)}/${name}${draft && DRAFT_SUFFIX || ""}`;
    const known = this.#caches.get(folder);
    const index = draft?.index ??
      (known === undefined ? await this.facts.pictureIndex(file) : undefined);
    // Another viewer may have come meanwhile.
    const cache = known ?? this.#caches.get(folder) ?? new RenditionCache({
      ...{ folder, timeline, index, ffmpeg: this.#ffmpeg, shelf: this.#shelf, scope: this.#scope },
      ...pictures,
      ...{ file, colours: drawn },
      isPinned: ({ folder, segment }, reach) =>
        this.#caches.get(folder)?.pins(segment, reach) === true,
      onMismatch: () => draft === undefined ? this.#forget(file) : this.#refuseDraft(file),
      onEnded: () => this.#tidy(),
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
      const end = Math.min(frame + SEGMENT_FRAMES, reader.toFrame);
      await reader.keep(frame, options);
      options.onProgress?.(end - first, reader.toFrame - first);
    }
  }

  /** Of a file that was removed nothing is kept, once nobody watches it any more. */
  async forget(file: VideoFile): Promise<void> {
    this.#gone.add(await this.facts.folderOf(file));
    this.#tidy();
  }

  /** Ends all extractions; what is unfinished of them is discarded. */
  async close(): Promise<void> {
    await this.#scope.close();
    await this.facts.settle();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The file gave other frames than before, e.g. because ffmpeg was replaced: the next viewer counts anew. */
  async #forget(file: VideoFile): Promise<void> {
    const folder = await this.facts.folderOf(file);
    for (const key of [...this.#caches.keys()]) {
      if (key.startsWith(`${folder}/`)) this.#caches.delete(key);
    }
    await this.facts.forgetTimeline(file);
  }

  /** The next viewer waits until it is counted. */
  async #refuseDraft(file: VideoFile): Promise<never> {
    await this.facts.refuseDraft(file);
    throw new MediaError("pictures-missing", "Cannot extract pictures: fewer come than are listed");
  }

  #tidy(): void {
    for (const [folder, cache] of this.#caches) if (cache.idle) this.#caches.delete(folder);
    for (const folder of this.#gone) {
      if ([...this.#caches.keys()].some((key) => key.startsWith(`${folder}/`))) continue;
      this.#gone.delete(folder);
      this.#shelf.removeIn(folder);
      this.#scope.run("forget", () => removeFolder(folder));
    }
  }
}

async function removeFolder(folder: string): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    // Nobody ever looked at it.
    if (error instanceof Deno.errors.NotFound) return;
    log.info("pictures stay", { folder, reason: describeError(error) });
  }
}

function picturesOf({ folder, widthPx, heightPx, quality }: Rung) {
  return { name: folder, widthPx, heightPx, quality };
}
