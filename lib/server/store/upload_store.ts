/** What the server remembers of uploads. Part of the store; see `store.ts` for what every call must promise. */

import type { AccountId, UploadId } from "../../base/ids.ts";

/** For whom an upload is: one account, or all others who are in a room when it is begun, by the room's number. */
export type Audience = { readonly account: AccountId } | { readonly room: number };

/** An upload: who sends it to whom, and how much. Its bytes are files (`spool/`). */
export interface Upload {
  readonly upload: UploadId;
  readonly sender: AccountId;
  readonly audience: Audience;
  readonly sizeBytes: number;
}

/** What one account may have in uploads, whatever of it is stored already, and what all may have together. */
export interface UploadLimits {
  readonly bytes: number;
  readonly uploads: number;
  /** Of everybody, as it is reserved: what has come of each, and a little ahead. */
  readonly allBytes: number;
  /** Reserved for an upload that begins, if it is not smaller. */
  readonly firstBytes: number;
}

/** The calls about uploads. */
export interface UploadStore {
  /**
   * Notes an upload, or that its sender goes on with it. What its readers are done with makes room, oldest first: `removed`
   * names what is no upload any more. `readers` are those who may read it. Refused with `not-permitted` when the id is another
   * account's, or of another size or audience.
   */
  openUpload(options: Upload & { limits: UploadLimits; nowMs: number }): Promise<
    | {
      readonly result: "opened";
      /** False: it was begun before, and goes on. */
      readonly isNew: boolean;
      readonly removed: readonly UploadId[];
      readonly readers: readonly AccountId[];
      readonly reservedBytes: number;
    }
    | { readonly result: "quota-exceeded" }
    /** All uploads of everybody leave no room for it. */
    | { readonly result: "spool-full" }
    | { readonly result: "unknown-account" }
    /** The sender is not in that room, or is to go. */
    | { readonly result: "not-member" }
  >;
  /** Whether there is one: without, its file is of no use. */
  hasUpload(upload: UploadId): Promise<boolean>;
  /**
   * Reserves so much more for an upload, of all that everybody may have, or what is missing of its size. `full`, and nothing
   * is reserved, when that is too much.
   */
  reserveUpload(
    options: { upload: UploadId; bytes: number; limits: UploadLimits },
  ): Promise<"reserved" | "full" | "unknown">;
  /** What an account may read now: in a room only while it is a member that nobody wants removed. */
  findUploadFor(
    options: { upload: UploadId; reader: AccountId },
  ): Promise<{ readonly sizeBytes: number; readonly reservedBytes: number } | undefined>;
  /**
   * Its sender takes it back, or waits for `reader` no more; a reader is done with it. Once nobody waits for it, one of at most
   * `keepBytes` that somebody has read stays until its time is over or room is needed. `unknown` when it is not theirs.
   */
  releaseUpload(
    options: {
      upload: UploadId;
      account: AccountId;
      reader?: AccountId | undefined;
      keepBytes: number;
    },
  ): Promise<"removed" | "kept" | "unknown">;
  /** What an account has begun for a room. */
  listUploadsOf(
    options: { sender: AccountId; room: number },
  ): Promise<readonly Pick<Upload, "upload" | "sizeBytes">[]>;
  /** Forgets at most `limit` uploads that nobody went on with since then, and names them. */
  expireUploads(options: { beforeMs: number; limit: number }): Promise<readonly UploadId[]>;
}
