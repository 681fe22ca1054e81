/** Which segments lie in the cache folder, how much room they take, and which goes first when there is no more. */

import { type Clock, systemClock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { parseIndexName, PART_SUFFIX, segmentPaths } from "./segment_file.ts";

const log = logger("media", "shelf");

/** A segment on disk. */
export interface ShelvedSegment {
  /** The folder of its rendition. */
  readonly folder: string;
  readonly segment: number;
  readonly sizeBytes: number;
  /** For the order of eviction, and kept as the index file's time so that it outlives a restart. */
  usedMs: number;
}

/** Uses within this time are not written to disk again. */
const TOUCH_EVERY_MS = 60_000;

/** All segments below one folder. One process at a time may use the folder. */
export class SegmentShelf {
  readonly #clock: Clock;
  readonly #byFolder = new Map<string, Map<number, ShelvedSegment>>();
  #usedBytes = 0;

  private constructor(readonly quotaBytes: number, clock: Clock) {
    this.#clock = clock;
  }

  /** Takes stock of `root/SOURCE/RENDITION/`, and takes away what a crash left unfinished. */
  static async open(
    root: string,
    options: { readonly quotaBytes: number; readonly clock?: Clock },
  ): Promise<SegmentShelf> {
    const shelf = new SegmentShelf(options.quotaBytes, options.clock ?? systemClock);
    await Deno.mkdir(root, { recursive: true, mode: 0o700 });
    for (const source of await foldersIn(root)) {
      for (const rendition of await foldersIn(source)) await shelf.#stock(rendition);
    }
    shelf.makeRoom(0, () => false);
    return shelf;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  has(folder: string, segment: number): boolean {
    return this.#byFolder.get(folder)?.has(segment) === true;
  }

  /** How many segments of a rendition there are. */
  countIn(folder: string): number {
    return this.#byFolder.get(folder)?.size ?? 0;
  }

  add(folder: string, segment: number, sizeBytes: number): void {
    this.#put({ folder, segment, sizeBytes, usedMs: this.#clock.nowMs() });
  }

  /** Notes that someone reads the segment. */
  touch(folder: string, segment: number): void {
    const entry = this.#byFolder.get(folder)?.get(segment);
    const nowMs = this.#clock.nowMs();
    if (entry === undefined || nowMs - entry.usedMs < TOUCH_EVERY_MS) return;
    entry.usedMs = nowMs;
    attempt("touch", () => {
      Deno.utimeSync(segmentPaths(folder, segment).index, nowMs / 1000, nowMs / 1000);
    });
  }

  /** Takes a segment away, e.g. because it was found damaged. */
  remove(folder: string, segment: number): void {
    const segments = this.#byFolder.get(folder);
    const entry = segments?.get(segment);
    if (segments === undefined || entry === undefined) return;
    segments.delete(segment);
    if (segments.size === 0) this.#byFolder.delete(folder);
    this.#usedBytes -= entry.sizeBytes;
    const paths = segmentPaths(folder, segment);
    // The index first: without it the data is nothing.
    attempt("remove", () => Deno.removeSync(paths.index));
    attempt("remove", () => Deno.removeSync(paths.data));
  }

  /** Takes away all segments of the folders in this one. */
  removeIn(parent: string): void {
    for (const [folder, segments] of [...this.#byFolder]) {
      if (!folder.startsWith(`${parent}/`)) continue;
      for (const segment of [...segments.keys()]) this.remove(folder, segment);
    }
  }

  /**
   * Evicts the least recently used segments that are not pinned until `sizeBytes` more fit into the quota. False when they do not fit:
   * then nothing more can be evicted.
   */
  makeRoom(sizeBytes: number, isPinned: (segment: ShelvedSegment) => boolean): boolean {
    const goal = this.quotaBytes - sizeBytes;
    if (this.#usedBytes <= goal) return true;
    const all = [...this.#byFolder.values()].flatMap((segments) => [...segments.values()]);
    all.sort((a, b) => a.usedMs - b.usedMs || a.segment - b.segment);
    for (const entry of all) {
      if (this.#usedBytes <= goal) break;
      if (!isPinned(entry)) this.remove(entry.folder, entry.segment);
    }
    return this.#usedBytes <= goal;
  }

  #put(entry: ShelvedSegment): void {
    const segments = this.#byFolder.get(entry.folder) ?? new Map<number, ShelvedSegment>();
    this.#byFolder.set(entry.folder, segments);
    this.#usedBytes += entry.sizeBytes - (segments.get(entry.segment)?.sizeBytes ?? 0);
    segments.set(entry.segment, entry);
  }

  async #stock(folder: string): Promise<void> {
    const data = new Set<string>();
    const indexes: number[] = [];
    for await (const entry of Deno.readDir(folder)) {
      const segment = parseIndexName(entry.name);
      if (!entry.isFile) continue;
      if (entry.name.endsWith(PART_SUFFIX)) {
        attempt("remove", () => Deno.removeSync(`${folder}/${entry.name}`));
      } else if (segment !== undefined) indexes.push(segment);
      else if (entry.name.endsWith(".hfs")) data.add(`${folder}/${entry.name}`);
    }
    for (const segment of indexes) {
      const paths = segmentPaths(folder, segment);
      if (!data.delete(paths.data)) {
        attempt("remove", () => Deno.removeSync(paths.index));
        continue;
      }
      const [index, frames] = await Promise.all([Deno.stat(paths.index), Deno.stat(paths.data)]);
      const sizeBytes = index.size + frames.size;
      this.#put({ folder, segment, sizeBytes, usedMs: index.mtime?.getTime() ?? 0 });
    }
    for (const orphan of data) attempt("remove", () => Deno.removeSync(orphan));
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) if (entry.isDirectory) names.push(entry.name);
  return names.sort().map((name) => `${folder}/${name}`);
}

/** The cache is only a cache: what cannot be removed now is tried again at the next start. */
function attempt(what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      log.warn("cache file not changed", { what, reason: describeError(error) });
    }
  }
}
