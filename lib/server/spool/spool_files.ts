/** The blobs of uploads, one for each, and one open for all who write or read it at the same time. */

import type { Clock } from "../../base/clock.ts";
import type { AccountId, UploadId } from "../../base/ids.ts";
import { Scope } from "../../base/scope.ts";
import { refuse } from "../../protocol/failure.ts";
import { SPOOL_OPEN_PER_ACCOUNT_MAX } from "../../protocol/limits.ts";
import type { BlobStore } from "../../relay/blob_store.ts";
import {
  type Pending,
  UploadFile,
  type UploadFileOptions,
  type UploadSource,
} from "./upload_file.ts";

/** Descriptors: whoever writes has the file's own; whoever reads may be the only one, and has another one. */
const DESCRIPTORS = { writer: 1, reader: 2 } as const;

/** An upload in use. Whoever took it gives it back. */
export interface Held {
  readonly file: UploadFile;
  release(): void;
}

/** The same of one that may lie at another node. */
export interface HeldSource {
  readonly file: UploadSource;
  release(): void;
}

/** Which upload, and what there is of it. */
export type Wanted =
  & { readonly upload: UploadId }
  & Pick<UploadFileOptions, "sizeBytes" | "reservedBytes" | "reserve">;

/** What they are kept with. */
export interface SpoolFilesOptions {
  readonly blobs: BlobStore;
  readonly clock: Clock;
  /** That all of them may use. */
  readonly descriptors: number;
}

interface Shared {
  readonly file: Promise<UploadFile>;
  users: number;
}

/** Owns the open ones. */
export class SpoolFiles {
  readonly #options: SpoolFilesOptions;
  readonly #open = new Map<UploadId, Shared>();
  readonly #scope = new Scope();
  readonly #places: Places;
  readonly #pending: Pending = { bytes: 0 };

  constructor(options: SpoolFilesOptions) {
    this.#options = options;
    const { descriptors } = options;
    this.#places = new Places({ perAccount: SPOOL_OPEN_PER_ACCOUNT_MAX, descriptors });
  }

  /** What waits for the disk, of all uploads. */
  get pendingBytes(): number {
    return this.#pending.bytes;
  }

  /** How often uploads are open, for writing or reading. */
  get openCount(): number {
    return this.#places.count;
  }

  /** Throws Refusal `too-many` unless this account may open another one. */
  requirePlace(account: AccountId, use: keyof typeof DESCRIPTORS): void {
    this.#places.require(account, DESCRIPTORS[use]);
  }

  /** Opens it, or shares it with who has it open. Throws Refusal `too-many`, StorageError. */
  async hold(
    wanted: Wanted,
    account: AccountId,
    use: keyof typeof DESCRIPTORS,
  ): Promise<Held> {
    const giveBack = this.#places.take(account, DESCRIPTORS[use]);
    const { clock, blobs } = this.#options;
    const { upload, sizeBytes, reservedBytes, reserve } = wanted;
    const options = { blobs, upload, sizeBytes, reservedBytes, reserve, clock };
    const shared = this.#open.get(upload) ??
      { file: UploadFile.open({ ...options, pending: this.#pending }), users: 0 };
    this.#open.set(upload, shared);
    shared.users++;
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      giveBack();
      shared.users--;
      if (shared.users > 0) return;
      if (this.#open.get(upload) === shared) this.#open.delete(upload);
      this.#scope.run("close", async () => {
        // One that could not be opened has told whoever wanted it.
        await shared.file.then((file) => file.close(), () => {});
      });
    };
    try {
      return { file: await shared.file, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Whether something of it is here, or somebody writes it here. Throws StorageError. */
  async has(upload: UploadId): Promise<boolean> {
    return this.#open.has(upload) || await this.#options.blobs.sizeOf(upload) > 0;
  }

  /** How much of it is there; 0 when there is none. Throws StorageError. */
  async storedBytes(upload: UploadId): Promise<number> {
    const open = await this.#open.get(upload)?.file;
    return open?.storedBytes ?? await this.#options.blobs.sizeOf(upload);
  }

  /** Whoever opens it from now on gets another file than those who have it. */
  forget(upload: UploadId): void {
    this.#open.delete(upload);
  }

  /** After everybody has given back what they had. */
  async close(): Promise<void> {
    for (const { file } of this.#open.values()) await (await file).close();
    this.#open.clear();
    await this.#scope.wait();
  }
}

// How many uploads are open, of each account and in all: an open one is a file or two of the process.

/** How many there may be. */
interface PlaceLimits {
  /** Of one account. */
  readonly perAccount: number;
  /** Of everybody. */
  readonly descriptors: number;
}

/** Counts. Everything is decided at once, without waiting. */
class Places {
  readonly #limits: PlaceLimits;
  readonly #ofAccount = new Map<AccountId, number>();
  #descriptors = 0;

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /** How many are taken. */
  get count(): number {
    let count = 0;
    for (const own of this.#ofAccount.values()) count += own;
    return count;
  }

  /** Throws Refusal `too-many` unless there is a place. */
  require(account: AccountId, descriptors: number): void {
    const { perAccount } = this.#limits;
    if ((this.#ofAccount.get(account) ?? 0) >= perAccount) {
      throw refuse("too-many", `Cannot open upload: your account has ${perAccount} open`);
    }
    if (this.#descriptors + descriptors > this.#limits.descriptors) {
      throw refuse("too-many", "Cannot open upload: the server has too many open. Try again");
    }
  }

  /** Takes a place. Returns what gives it back, once. Throws Refusal `too-many`. */
  take(account: AccountId, descriptors: number): () => void {
    this.require(account, descriptors);
    this.#ofAccount.set(account, (this.#ofAccount.get(account) ?? 0) + 1);
    this.#descriptors += descriptors;
    return () => {
      const rest = (this.#ofAccount.get(account) ?? 1) - 1;
      if (rest > 0) this.#ofAccount.set(account, rest);
      else this.#ofAccount.delete(account);
      this.#descriptors -= descriptors;
    };
  }
}
