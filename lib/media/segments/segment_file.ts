/**
 * A segment: up to 64 consecutive frames of one rendition, as two files. `seg-00012.hfs` holds the JPEGs one after the other,
 * `seg-00012.idx` a record for each. The index is renamed into place last, so a segment exists exactly when its index does.
 */

import { ByteReader, type Bytes, ByteWriter } from "../../base/bytes.ts";
import { Bug, MediaError } from "../../base/errors.ts";
import { randomHex, systemRandom } from "../../base/random.ts";
import { SEGMENT_FRAMES } from "../picture/media_limits.ts";

/** Where a frame lies in the segment's data. */
export interface FrameRecord {
  readonly offset: number;
  readonly length: number;
  readonly ptsMs: number;
}

/** offset u64, length u32, time u32. */
const RECORD_BYTES = 16;
/** The end of the name of what is being written; what a crash leaves behind is known by it. */
export const PART_SUFFIX = ".part";

/** The segment that a frame lies in. */
export function segmentOf(frame: number): number {
  return Math.floor(frame / SEGMENT_FRAMES);
}

/** The two files of a segment. */
export function segmentPaths(folder: string, segment: number): { data: string; index: string } {
  const stem = `${folder}/seg-${String(segment).padStart(5, "0")}`;
  return { data: `${stem}.hfs`, index: `${stem}.idx` };
}

/** The number of the segment whose index has this file name; undefined for other files. */
export function parseIndexName(fileName: string): number | undefined {
  const digits = /^seg-(\d{5,7})\.idx$/.exec(fileName)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The records as a file, one after the other. */
export function encodeIndex(records: readonly FrameRecord[]): Bytes {
  const writer = new ByteWriter();
  for (const { offset, length, ptsMs } of records) writer.u64(offset).u32(length).u32(ptsMs);
  return writer.finish();
}

/** Undefined unless the records fill data of this size without a gap: anything else was not written by us or is damaged. */
export function decodeIndex(bytes: Bytes, dataBytes: number): FrameRecord[] | undefined {
  const reader = new ByteReader(bytes);
  const records: FrameRecord[] = [];
  let end = 0;
  while (reader.remaining >= RECORD_BYTES && records.length < SEGMENT_FRAMES) {
    const record = { offset: reader.u64(), length: reader.u32(), ptsMs: reader.u32() };
    if (record.offset !== end || record.length === 0) return undefined;
    end += record.length;
    records.push(record);
  }
  return reader.done && records.length > 0 && end === dataBytes ? records : undefined;
}

/** An opened segment. The reader that opened it closes it. */
export class SegmentFile implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #records: readonly (FrameRecord | undefined)[];

  private constructor(
    readonly segment: number,
    file: Deno.FsFile,
    records: readonly (FrameRecord | undefined)[],
  ) {
    this.#file = file;
    this.#records = records;
  }

  /** Undefined when the segment is gone or damaged. */
  static open(folder: string, segment: number): SegmentFile | undefined {
    const paths = segmentPaths(folder, segment);
    let file: Deno.FsFile | undefined;
    try {
      const index = Deno.readFileSync(paths.index);
      file = Deno.openSync(paths.data);
      const records = decodeIndex(index, file.statSync().size);
      if (records !== undefined) return new SegmentFile(segment, file, records);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    file?.close();
    return undefined;
  }

  /** Opens a segment that is still being written: its records grow while we read. */
  static follow(writer: SegmentWriter): SegmentFile {
    return new SegmentFile(writer.segment, Deno.openSync(writer.path), writer.records);
  }

  /** Frames up to the last that can be read now. */
  get count(): number {
    return this.#records.length;
  }

  /** Whether the frame is not among those that are here or to come. */
  lacks(place: number): boolean {
    return place < this.count && this.#records[place] === undefined;
  }

  /**
   * A frame in the buffer that `bufferOf` gives for its length; undefined when it is not there, or no longer as long as its record.
   * Synchronous on purpose: the frame was written moments ago or is read by many, so it lies in the system's cache (3 µs for 60 KB into a
   * buffer that is used again, 22 µs into a fresh one), where an asynchronous read costs a trip to another thread.
   */
  read(
    place: number,
    bufferOf: (lengthBytes: number) => Bytes = (lengthBytes) => new Uint8Array(lengthBytes),
  ): { readonly jpeg: Bytes; readonly ptsMs: number } | undefined {
    const record = this.#records[place];
    if (record === undefined) return undefined;
    const jpeg = bufferOf(record.length);
    this.#file.seekSync(record.offset, Deno.SeekMode.Start);
    for (let filled = 0; filled < jpeg.length;) {
      const count = this.#file.readSync(jpeg.subarray(filled));
      if (count === null) return undefined;
      filled += count;
    }
    return { jpeg, ptsMs: record.ptsMs };
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** Writes a segment under a temporary name. Its owner ends it by `finish` or `discard`. */
export class SegmentWriter {
  readonly #folder: string;
  #path: string;
  /** A record for each frame that lies in the file, none for those before its first; grows. */
  readonly records: (FrameRecord | undefined)[] = [];
  readonly #file: Deno.FsFile;
  #sizeBytes = 0;

  private constructor(
    folder: string,
    readonly segment: number,
    path: string,
    firstPlace: number,
  ) {
    this.#folder = folder;
    this.#path = path;
    for (let place = 0; place < firstPlace; place++) this.records.push(undefined);
    this.#file = Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
  }

  /** One that begins behind the first frame of its segment can be read like the others, but never gets its name. */
  static async open(folder: string, segment: number, firstPlace = 0): Promise<SegmentWriter> {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    const path = `${segmentPaths(folder, segment).data}.${
      randomHex(systemRandom, 6)
    }${PART_SUFFIX}`;
    return new SegmentWriter(folder, segment, path, firstPlace);
  }

  /** Where the data lies now. */
  get path(): string {
    return this.#path;
  }

  /** Whether the frame can be read. */
  holds(place: number): boolean {
    return this.records[place] !== undefined;
  }

  async append(jpeg: Bytes, ptsMs: number): Promise<void> {
    for (let written = 0; written < jpeg.length;) {
      written += await this.#file.write(jpeg.subarray(written));
    }
    this.records.push({ offset: this.#sizeBytes, length: jpeg.length, ptsMs });
    this.#sizeBytes += jpeg.length;
  }

  /** Gives the segment its name. Returns its size on disk. */
  async finish(): Promise<number> {
    const records = this.records.filter((record) => record !== undefined);
    if (records.length === 0) {
      throw new MediaError("segment-empty", "Cannot keep segment: it has no frame");
    }
    if (records.length < this.records.length) {
      throw new Bug("Cannot keep segment: its first frames are missing");
    }
    this.#file.close();
    const paths = segmentPaths(this.#folder, this.segment);
    const index = encodeIndex(records);
    const indexPart = `${this.#path}.idx${PART_SUFFIX}`;
    await Deno.writeFile(indexPart, index, { mode: 0o600 });
    // In one turn, so that a viewer who opens the data meanwhile finds it under the path that we tell.
    Deno.renameSync(this.#path, paths.data);
    Deno.renameSync(indexPart, paths.index);
    this.#path = paths.data;
    return this.#sizeBytes + index.length;
  }

  /** Takes the unfinished segment away. */
  async discard(): Promise<void> {
    this.#file.close();
    await Deno.remove(this.#path);
  }
}
