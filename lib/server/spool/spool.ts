/**
 * What accounts send each other besides messages, on its way: sealed bytes in files, noted in the store. A sender appends
 * while the reader reads; whoever comes back goes on by an offset. See docs/decisions/0031-files.md.
 */

import type { Clock } from "../../base/clock.ts";
import { describeError, type Refusal, StorageError } from "../../base/errors.ts";
import { type AccountId, parseUploadId, type UploadId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { MIB, SPOOL_RESERVE_MIN_BYTES } from "../../protocol/limits.ts";
import { refuse } from "../../protocol/failure.ts";
import type { BlobStore } from "../../relay/blob_store.ts";
import type { Bus } from "../bus/bus.ts";
import type { Upload, UploadLimits, UploadStore } from "../store/upload_store.ts";
import { NodeUploads, type OwnUploads } from "./node_uploads.ts";
import { type Held, type HeldSource, SpoolFiles, type Wanted } from "./spool_files.ts";
import type { UploadFile } from "./upload_file.ts";

const log = logger("server", "spool");

/** What one account may have on its way, and all of them together. */
const UPLOAD_LIMITS: UploadLimits = {
  bytes: 8 * 1024 * MIB,
  uploads: 1000,
  allBytes: 64 * 1024 * MIB,
  firstBytes: SPOOL_RESERVE_MIN_BYTES,
};
/** An upload that nobody went on with for so long is forgotten. */
const UPLOAD_LIFE_MS = 7 * 24 * 60 * 60 * 1000;
/** What its reader is done with is kept, for a resend, up to this size. */
const KEPT_BYTES = 64 * MIB;
/** Uploads that one step of the upkeep forgets. */
const EXPIRED_AT_ONCE = 100;

/** After a full disk: so much must fit before anybody is let in again. */
const ROOM_BYTES = MIB;

/** What a spool is made with. */
export interface SpoolOptions {
  /** Its own. */
  readonly blobs: BlobStore;
  readonly store: UploadStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits?: UploadLimits | undefined;
  /** Descriptors that its files may use. */
  readonly descriptors: number;
}

/** Decides who may write and read which upload, and how much of all there may be. Owns the files. */
export class Spool implements AsyncDisposable {
  readonly #options: SpoolOptions;
  readonly #files: SpoolFiles;
  /** Undefined where there are no other nodes, or all have the same blobs. */
  readonly #nodes: NodeUploads | undefined;
  /** Something could not be written for lack of room. */
  #isFull = false;
  /** Told when an upload is no more. */
  readonly #watchers = new Map<UploadId, Set<() => void>>();

  private constructor(options: SpoolOptions) {
    this.#options = options;
    this.#files = new SpoolFiles(options);
    const { blobs, bus, clock } = options;
    if (!bus.isAlone && !blobs.isShared) {
      this.#nodes = new NodeUploads({ bus, clock, own: this.#ownUploads() });
    }
  }

  get #limits(): UploadLimits {
    return this.#options.limits ?? UPLOAD_LIMITS;
  }

  /** Something could not be written: room is asked for before anything is begun again. */
  wasFull(): void {
    if (!this.#isFull) log.warn("file.relay.full", {});
    this.#isFull = true;
  }

  /** What waits for the disk, of all uploads. */
  get pendingBytes(): number {
    return this.#files.pendingBytes;
  }

  /** What uploads have on the disk: looks at every file. Throws StorageError. */
  storedBytes(): Promise<number> {
    return this.#options.blobs.usedBytes();
  }

  /** How often uploads are open, for writing or reading. */
  get openCount(): number {
    return this.#files.openCount;
  }

  /** Throws StorageError. Files that no upload has are removed: a server may have ended between the two. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const { blobs, store } = options;
    await blobs.sweep(async (name) => {
      const upload = parseUploadId(name);
      return upload === undefined || await store.hasUpload(upload);
    });
    return new Spool(options);
  }

  /**
   * For its sender: begins an upload or goes on with it, and says who may read it. `held` is undefined where all of it lies at
   * another node already. Throws Refusal, StorageError.
   */
  async begin(
    wanted: Upload & { again: boolean },
  ): Promise<{ readonly held: Held | undefined; readonly readers: readonly AccountId[] }> {
    const { store, clock } = this.#options;
    const limits = this.#limits;
    const { again, ...upload } = wanted;
    this.#files.requirePlace(wanted.sender, "writer");
    const opened = await store.openUpload({ ...upload, limits, nowMs: clock.nowMs() });
    if (opened.result === "unknown-account") {
      throw refuse("unknown-account", "No such account");
    }
    if (opened.result === "not-member") {
      throw refuse("not-member", "You are not a member of this room");
    }
    if (opened.result === "quota-exceeded") {
      throw refuse(
        "quota-exceeded",
        "Too many of your files are waiting: wait until they were received, or cancel some",
      );
    }
    if (opened.result === "spool-full") {
      log.warn("file.relay.full", { sizeBytes: wanted.sizeBytes });
      throw noRoom();
    }
    for (const removed of opened.removed) await this.#remove(removed);
    // A sender whose reader is away looks again every half minute, for as long as it takes.
    const begun = { sizeBytes: wanted.sizeBytes };
    if (opened.isNew) log.info("file.relay.open", begun);
    else log.debug("file.relay.open", begun);
    const { reservedBytes, readers } = opened;
    if (await this.#isElsewhere(wanted, opened.isNew)) return { held: undefined, readers };
    const held = await this.#hold({ ...wanted, reservedBytes }, wanted.sender, "writer");
    try {
      if (held.file.failure !== undefined) await held.file.mend();
      if (again) await held.file.clear();
      if (this.#isFull) await this.#requireRoom(held.file);
      return { held, readers };
    } catch (error) {
      held.release();
      throw error;
    }
  }

  /** What was full may have room again: for enough to be worth a beginning. Throws Refusal `storage-full`, StorageError. */
  async #requireRoom(file: UploadFile): Promise<void> {
    try {
      await file.requireRoom(ROOM_BYTES);
      this.#isFull = false;
    } catch (error) {
      if (error instanceof StorageError && error.code === "disk-full") throw noRoom();
      throw error;
    }
  }

  /** For its reader. Throws Refusal `unknown-upload`, also when it is not for this account. */
  async read(upload: UploadId, reader: AccountId): Promise<HeldSource> {
    const found = await this.#options.store.findUploadFor({ upload, reader });
    if (found === undefined) throw unknownUpload();
    const { sizeBytes } = found;
    if (this.#nodes === undefined || await this.#files.has(upload)) {
      return await this.#hold({ upload, ...found }, reader, "reader");
    }
    const elsewhere = await this.#nodes.find(upload);
    if (elsewhere !== undefined) return this.#nodes.read(elsewhere, { upload, reader, sizeBytes });
    throw this.#options.bus.isUp ? unknownUpload() : elsewhereRefusal();
  }

  /** Whether all of an upload lies at another node. What there is of one that is not whole is forgotten there: it goes on here. */
  async #isElsewhere(
    { upload, sizeBytes, again }: { upload: UploadId; sizeBytes: number; again: boolean },
    isNew: boolean,
  ): Promise<boolean> {
    if (this.#nodes === undefined || isNew) return false;
    if (this.#options.bus.isUp) return await this.#nodes.begin({ upload, sizeBytes, again });
    if (!again && !await this.#files.has(upload)) throw elsewhereRefusal();
    return false;
  }

  /** What other nodes see of this one's. */
  #ownUploads(): OwnUploads {
    const { blobs } = this.#options;
    return {
      find: async (upload) =>
        await this.#files.has(upload) ? await this.#files.storedBytes(upload) : undefined,
      hold: async (upload, reader) => {
        const found = await this.#options.store.findUploadFor({ upload, reader });
        // A file is made by opening it: only what is here is opened.
        if (found === undefined || !await this.#files.has(upload)) throw unknownUpload();
        return await this.#hold({ upload, ...found }, reader, "reader");
      },
      drop: async (upload) => {
        this.#forgetHere(upload);
        await blobs.remove(upload);
      },
      stop: (upload) => this.#stop(upload),
      onRemoved: (upload, action) => this.onRemoved(upload, action),
    };
  }

  /** Throws Refusal `unknown-upload` when an account that has begun to read may not go on, e.g. removed from the room. */
  async requireReader(upload: UploadId, reader: AccountId): Promise<void> {
    const found = await this.#options.store.findUploadFor({ upload, reader });
    if (found === undefined) throw unknownUpload();
  }

  /** Its sender takes it back, or waits for `reader` no more; a reader is done with it. Throws Refusal `unknown-upload`. */
  async release(upload: UploadId, account: AccountId, reader?: AccountId): Promise<void> {
    const { store } = this.#options;
    const result = await store.releaseUpload({ upload, account, reader, keepBytes: KEPT_BYTES });
    if (result === "unknown") throw unknownUpload();
    log.info("file.relay.release", { result });
    if (result === "removed") await this.#remove(upload);
  }

  /** An account is out of a room: what it has begun for it and not ended can never be whole, and is forgotten. */
  async dropUnfinished(sender: AccountId, room: number): Promise<void> {
    const { store } = this.#options;
    for (const { upload, sizeBytes } of await store.listUploadsOf({ sender, room })) {
      if (await this.#isWhole(upload, sizeBytes)) continue;
      const result = await store.releaseUpload({ upload, account: sender, keepBytes: 0 });
      if (result === "removed") await this.#remove(upload);
    }
  }

  /** Or may be, at a node that cannot be asked. */
  async #isWhole(upload: UploadId, sizeBytes: number): Promise<boolean> {
    if (await this.#files.storedBytes(upload) === sizeBytes) return true;
    if (this.#nodes === undefined) return false;
    if (!this.#options.bus.isUp) return !await this.#files.has(upload);
    return (await this.#nodes.find(upload))?.storedBytes === sizeBytes;
  }

  /** Forgets what is too old, a part of it. */
  async expire(nowMs: number): Promise<void> {
    const expired = await this.#options.store.expireUploads({
      beforeMs: nowMs - UPLOAD_LIFE_MS,
      limit: EXPIRED_AT_ONCE,
    });
    for (const upload of expired) await this.#remove(upload);
  }

  /** Calls `action` when the upload is no more. Returns what ends that. */
  onRemoved(upload: UploadId, action: () => void): () => void {
    const watchers = this.#watchers.get(upload) ?? new Set();
    this.#watchers.set(upload, watchers.add(action));
    return () => {
      watchers.delete(action);
      if (watchers.size === 0) this.#watchers.delete(upload);
    };
  }

  /** After the sessions have ended. */
  async close(): Promise<void> {
    await this.#nodes?.close();
    await this.#files.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Throws Refusal `too-many`, StorageError. */
  #hold(
    upload: Omit<Wanted, "reserve">,
    account: AccountId,
    use: "writer" | "reader",
  ): Promise<Held> {
    const reserve = (bytes: number) => this.#reserve(upload.upload, bytes);
    return this.#files.hold({ ...upload, reserve }, account, use);
  }

  async #reserve(upload: UploadId, bytes: number): Promise<boolean> {
    const { store } = this.#options;
    const result = await store.reserveUpload({ upload, bytes, limits: this.#limits });
    // Whoever writes one that is no more is told of that by itself.
    return result !== "full";
  }

  /** It is no more: whoever writes or reads it here stops. Twice is fine. */
  forget(upload: UploadId): void {
    this.#forgetHere(upload);
    // It may lie at any node, and whoever says that it is no more removes it at one.
    if (this.#nodes === undefined) return;
    this.#options.blobs.remove(upload).catch((error) => {
      log.error("upload not removed", { reason: describeError(error) });
    });
  }

  #forgetHere(upload: UploadId): void {
    this.#files.forget(upload);
    this.#stop(upload);
  }

  #stop(upload: UploadId): void {
    for (const action of [...this.#watchers.get(upload) ?? []]) action();
  }

  async #remove(upload: UploadId): Promise<void> {
    this.#options.bus.publish("upload.removed", { upload });
    await this.#options.blobs.remove(upload);
  }
}

function unknownUpload(): Refusal {
  return refuse(
    "unknown-upload",
    "No such upload: it was cancelled, or it has expired",
  );
}

function elsewhereRefusal(): Refusal {
  return refuse(
    "unknown-upload",
    "This file lies at another node of the server, which this one cannot reach",
  );
}

function noRoom(): Refusal {
  return refuse(
    "storage-full",
    "The server has no room for more files: wait until others were received, or ask its operator",
  );
}
