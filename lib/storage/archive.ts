/** Writing and reading a tar archive as a stream, with the SHA-256 of each file on the way. */

import { createHash } from "node:crypto";
import { type Bytes, encodeHex, writeAll } from "../base/bytes.ts";
import { Bug, StorageError } from "../base/errors.ts";
import {
  decodeTarHeader,
  encodeTarHeader,
  TAR_BLOCK_BYTES,
  TAR_END_BYTES,
  type TarEntry,
  tarPaddingBytes,
} from "./tar.ts";

const CHUNK_BYTES = 256 * 1024;

/** Hexadecimal SHA-256 of some bytes that come in pieces. */
export class Digest {
  readonly #hash = createHash("sha256");

  add(bytes: Bytes): void {
    this.#hash.update(bytes);
  }

  /** Once, at the end. */
  finish(): string {
    return encodeHex(new Uint8Array(this.#hash.digest()));
  }
}

/** What bytes are written to: a file, or what passes them on. */
export interface ByteSink {
  /** Resolves to how many were taken. They may change afterwards. */
  write(bytes: Bytes): Promise<number>;
}

/** Writes an archive into a file that the caller owns. Rejects as writing to it does. */
export class ArchiveWriter {
  readonly #file: ByteSink;
  readonly #modifiedMs: number;

  constructor(file: ByteSink, modifiedMs: number) {
    this.#file = file;
    this.#modifiedMs = modifiedMs;
  }

  /** Adds a file of exactly `sizeBytes`. Returns its SHA-256. */
  async add(
    { name, sizeBytes }: TarEntry,
    chunks: AsyncIterable<Bytes> | Iterable<Bytes>,
  ): Promise<string> {
    await writeAll(this.#file, encodeTarHeader({ name, sizeBytes }, this.#modifiedMs));
    const digest = new Digest();
    let left = sizeBytes;
    for await (const chunk of chunks) {
      left -= chunk.length;
      digest.add(chunk);
      await writeAll(this.#file, chunk);
    }
    if (left !== 0) throw new Bug(`Cannot archive ${name}: it has another size than was said`);
    await writeAll(this.#file, new Uint8Array(tarPaddingBytes(sizeBytes)));
    return digest.finish();
  }

  /** After the last file. */
  async end(): Promise<void> {
    await writeAll(this.#file, new Uint8Array(TAR_END_BYTES));
  }
}

/** A file of an archive that is being read. */
export interface ArchivedFile extends TarEntry {
  /** Its bytes, in pieces that are good until the next one. What is not read is passed over. */
  chunks(): AsyncGenerator<Bytes>;
}

/** The files of an archive, in their order. Throws `StorageError` `damaged` for what is none, or ends too early. */
export async function* readArchive(file: Deno.FsFile): AsyncGenerator<ArchivedFile> {
  const end = (await file.stat()).size;
  let at = await file.seek(0, Deno.SeekMode.Start);
  for (;;) {
    const block = new Uint8Array(TAR_BLOCK_BYTES);
    if (!await readAll(file, block)) throw endsEarly();
    const entry = decodeTarHeader(block);
    if (entry === undefined) return;
    const start = at + TAR_BLOCK_BYTES;
    at = start + entry.sizeBytes + tarPaddingBytes(entry.sizeBytes);
    if (at > end) throw endsEarly();
    yield { ...entry, chunks: () => readChunks(file, entry.sizeBytes) };
    await file.seek(at, Deno.SeekMode.Start);
  }
}

async function* readChunks(file: Deno.FsFile, sizeBytes: number): AsyncGenerator<Bytes> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let left = sizeBytes; left > 0;) {
    const chunk = buffer.subarray(0, Math.min(left, buffer.length));
    if (!await readAll(file, chunk)) throw endsEarly();
    left -= chunk.length;
    yield chunk;
  }
}

/** False when the file ends before `into` is full. */
async function readAll(file: Deno.FsFile, into: Bytes): Promise<boolean> {
  for (let at = 0; at < into.length;) {
    const count = await file.read(into.subarray(at));
    if (count === null) return false;
    at += count;
  }
  return true;
}

function endsEarly(): StorageError {
  return new StorageError("damaged", "Cannot read archive: it ends too early");
}
