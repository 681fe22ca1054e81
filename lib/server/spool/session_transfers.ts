/** What one session sends to the spool and reads from it. */

import type { Bytes } from "../../base/bytes.ts";
import { describeError, StorageError } from "../../base/errors.ts";
import type { AccountId, UploadId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { Scope } from "../../base/scope.ts";
import {
  SPOOL_OPEN_MAX,
  SPOOL_PENDING_ALL_MAX_BYTES,
  SPOOL_PENDING_MAX_BYTES,
} from "../../protocol/limits.ts";
import { isNextChunk, requireBlockStart } from "../../relay/spool_rules.ts";
import type { ClientLine } from "../sessions/client_line.ts";
import { refuse } from "../../protocol/failure.ts";
import { Download } from "./download.ts";
import type { Spool } from "./spool.ts";
import type { Held } from "./spool_files.ts";

const log = logger("server", "spool");

interface Writing extends Held {
  /** The client's number for it. */
  readonly opening: number;
  /** The file's. */
  readonly writer: number;
  readonly stop: () => void;
}

/** Closed with its session. */
export class SessionTransfers {
  readonly #spool: Spool;
  readonly #line: ClientLine;
  readonly #writings = new Map<UploadId, Writing>();
  readonly #downloads = new Map<UploadId, { download: Download; stop: () => void }>();
  readonly #scope = new Scope();
  #isClosed = false;

  constructor(spool: Spool, line: ClientLine) {
    this.#spool = spool;
    this.#line = line;
  }

  /** Returns how much is stored, and who may read it. Throws Refusal, StorageError. */
  async open(
    opening: number,
    { skipBytes, ...wanted }: Parameters<Spool["begin"]>[0] & { readonly skipBytes: number },
  ): Promise<{ readonly storedBytes: number; readonly readers: readonly AccountId[] }> {
    this.#requireRoom();
    requireBlockStart(skipBytes, wanted.sizeBytes);
    const { upload } = wanted;
    this.#endWriting(upload);
    const { held, readers, writer } = await this.#begin(wanted, skipBytes);
    if (held === undefined) return { storedBytes: wanted.sizeBytes, readers };
    if (this.#isClosed) {
      held.release();
      return { storedBytes: held.file.storedBytes, readers };
    }
    const stopListening = held.file.listen(() => this.#stored(upload, held));
    const stopWatching = this.#spool.onRemoved(upload, () => this.#gone(upload));
    const stop = () => {
      stopListening();
      stopWatching();
    };
    this.#writings.set(upload, { ...held, opening, writer, stop });
    const { storedBytes, sizeBytes } = held.file;
    if (storedBytes === sizeBytes) this.#endWriting(upload);
    return { storedBytes, readers };
  }

  /** Takes the next chunk. Returns what to wait for before more is read. Throws ProtocolError beyond the announced size. */
  chunk(
    { upload, ...chunk }: { upload: UploadId; opening: number; offset: number },
    bytes: Bytes,
  ): Promise<void> | void {
    const writing = this.#writings.get(upload);
    if (writing === undefined) return;
    const { file, writer, opening } = writing;
    const { endBytes, sizeBytes } = file;
    if (!isNextChunk({ opening, endBytes, sizeBytes }, chunk, bytes.length)) return;
    file.append(bytes, writer);
    const isTooMuch = file.pendingBytes > SPOOL_PENDING_MAX_BYTES ||
      this.#spool.pendingBytes > SPOOL_PENDING_ALL_MAX_BYTES;
    if (isTooMuch) return file.settled();
  }

  /** Begins to read; a reading of the same upload on this connection ends. Throws Refusal, StorageError. */
  async fetch(
    wanted: { upload: UploadId; reader: AccountId; offset: number; untilBytes: number },
  ): Promise<{ sizeBytes: number; storedBytes: number }> {
    this.#requireRoom();
    const { upload, reader, offset, untilBytes } = wanted;
    await this.stop(upload);
    const held = await orRefuse("read", () => this.#spool.read(upload, reader));
    const { sizeBytes, readableBytes: storedBytes } = held.file;
    if (this.#isClosed) {
      held.release();
      return { sizeBytes, storedBytes };
    }
    const download = new Download({ upload, held, line: this.#line, offset });
    const stop = this.#spool.onRemoved(upload, () => this.#gone(upload));
    this.#downloads.set(upload, { download, stop });
    // Who was removed while it was opened is seen here; whoever is from now on is found among the downloads.
    await this.#spool.requireReader(upload, reader).catch(async (error) => {
      await this.stop(upload);
      throw error;
    });
    download.grant(untilBytes);
    return { sizeBytes, storedBytes };
  }

  credit(upload: UploadId, untilBytes: number): void {
    this.#downloads.get(upload)?.download.grant(untilBytes);
  }

  /** Stops reading. Stopping twice is fine. */
  async stop(upload: UploadId): Promise<void> {
    const found = this.#downloads.get(upload);
    if (found === undefined) return;
    this.#downloads.delete(upload);
    found.stop();
    await found.download.close();
  }

  /** Throws Refusal `unknown-upload`. With `reader` the sender waits for that one no more, and goes on. */
  async release(upload: UploadId, account: AccountId, reader?: AccountId): Promise<void> {
    if (reader === undefined) {
      this.#endWriting(upload);
      await this.stop(upload);
    }
    await this.#spool.release(upload, account, reader);
  }

  /** The account was removed from a room: ends what it may not read any more. */
  reconsider(reader: AccountId): void {
    if (this.#isClosed) return;
    for (const upload of this.#downloads.keys()) {
      const look = () => this.#spool.requireReader(upload, reader);
      this.#scope.run("reconsider", () => look().catch(() => this.#gone(upload)));
    }
  }

  /** The session ended: what came is stored, nothing more is read. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const upload of [...this.#writings.keys()]) this.#endWriting(upload);
    for (const upload of [...this.#downloads.keys()]) await this.stop(upload);
    await this.#scope.wait();
  }

  async #begin(wanted: Parameters<Spool["begin"]>[0], skipBytes: number) {
    return await orRefuse("store", async () => {
      const { held, readers } = await this.#spool.begin(wanted);
      if (held === undefined) return { held, readers };
      try {
        return { held, readers, writer: await held.file.beginWriting(skipBytes) };
      } catch (error) {
        held.release();
        throw error;
      }
    });
  }

  #requireRoom(): void {
    if (this.#writings.size + this.#downloads.size < SPOOL_OPEN_MAX) return;
    throw refuse("too-many", `Cannot open upload: ${SPOOL_OPEN_MAX} are open on this connection`);
  }

  #endWriting(upload: UploadId): void {
    const writing = this.#writings.get(upload);
    if (writing === undefined) return;
    this.#writings.delete(upload);
    writing.stop();
    writing.release();
  }

  #stored(upload: UploadId, { file }: Held): void {
    if (file.failure === undefined) {
      this.#line.push("spool.stored", { upload, storedBytes: file.storedBytes });
      // It is whole, and its place is for another one.
      if (file.storedBytes === file.sizeBytes) this.#endWriting(upload);
      return;
    }
    const isFull = file.failure instanceof StorageError && file.failure.code === "disk-full";
    if (isFull) this.#spool.wasFull();
    this.#endWriting(upload);
    this.#line.push("spool.ended", { upload, reason: isFull ? "storage-full" : "failed" });
  }

  /** The other side released it, or its time is over. */
  #gone(upload: UploadId): void {
    const isOpen = this.#writings.has(upload) || this.#downloads.has(upload);
    this.#endWriting(upload);
    this.#scope.run("stop", () => this.stop(upload));
    if (isOpen) this.#line.push("spool.ended", { upload, reason: "gone" });
  }
}

/** What is wrong with the server's disk is its operator's affair; a full one has words of its own. */
async function orRefuse<Value>(
  what: "store" | "read",
  action: () => Promise<Value>,
): Promise<Value> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof StorageError) || error.code === "disk-full") throw error;
    log.error("spool failed", { what, reason: describeError(error) });
    throw refuse(
      "internal",
      `The server cannot ${what} files now: its operator finds the reason in its log`,
    );
  }
}
