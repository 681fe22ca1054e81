/** A backup that is sealed on its way to the disk, and opened from it: neither is ever whole in memory. */

import type { Bytes } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import {
  AGE_MAGIC_BYTES,
  type AgeKey,
  type AgeLock,
  isAgeFile,
  openAge,
  sealAge,
} from "../../crypto/sealing/age.ts";
import { type ByteSink } from "../../storage/archive.ts";
import { writeAll } from "../../base/bytes.ts";

const CHUNK_BYTES = 64 * 1024;

/** For whom a backup is sealed. */
export type BackupLock = AgeLock;

/** Whether the file is sealed. It is read from its beginning, and stands there afterwards. */
export async function isSealed(file: Deno.FsFile): Promise<boolean> {
  const head = new Uint8Array(AGE_MAGIC_BYTES);
  const count = await file.read(head);
  await file.seek(0, Deno.SeekMode.Start);
  return isAgeFile(head.subarray(0, count ?? 0));
}

/** Runs `write`, and seals into `file` what it writes. Throws what `write`, the disk and `sealAge` throw. */
export async function writeSealed<Result>(
  file: Deno.FsFile,
  lock: AgeLock,
  write: (sink: ByteSink) => Promise<Result>,
): Promise<Result> {
  const { readable, writable } = new TransformStream<Bytes, Bytes>();
  const copying = copy(await sealAge(readable, lock), file);
  const failed = copying.then(() => undefined, (error: unknown) => ({ error }));
  const writer = writable.getWriter();
  try {
    const result = await write({
      // Copied: the other side may hold it while the next one is written into the same buffer.
      write: (bytes) => writer.write(bytes.slice()).then(() => bytes.length),
    });
    await writer.close();
    await copying;
    return result;
  } catch (error) {
    await writer.abort(error).catch(() => {});
    // A full disk ends the stream; what the writer is told of it is not the cause.
    const cause = await failed;
    throw cause === undefined ? error : cause.error;
  }
}

/** Opens `sealed` into `plain`. Throws StorageError `damaged`, and what the disk and `openAge` throw. */
export async function openSealed(
  sealed: Deno.FsFile,
  plain: Deno.FsFile,
  key: AgeKey,
): Promise<void> {
  const reader = (await openAge(ReadableStream.from(readFrom(sealed)), key)).getReader();
  for (;;) {
    const piece = await readPiece(reader);
    if (piece === undefined) return;
    await writeAll(plain, piece.slice());
  }
}

/** Not `readable`: that would close the file at its end, and not before. */
async function* readFrom(file: Deno.FsFile): AsyncGenerator<Bytes> {
  for (;;) {
    const piece = new Uint8Array(CHUNK_BYTES);
    const count = await file.read(piece);
    if (count === null) return;
    yield piece.subarray(0, count);
  }
}

async function readPiece(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<Uint8Array | undefined> {
  try {
    return (await reader.read()).value;
  } catch (cause) {
    const message = "Cannot restore: the backup is damaged, or its end is missing";
    throw new StorageError("damaged", message, { cause });
  }
}

async function copy(from: ReadableStream<Uint8Array>, to: Deno.FsFile): Promise<void> {
  for await (const piece of from) await writeAll(to, piece.slice());
}
