/** What the server remembers of uploads. Part of the store; see `store.ts` for what every call must promise. */

import type { AccountId, UploadId } from "../base/ids.ts";

/** An upload: who sends it to whom, and how much. Its bytes are files (`spool/`). */
export interface Upload {
  readonly upload: UploadId;
  readonly sender: AccountId;
  readonly reader: AccountId;
  readonly sizeBytes: number;
}

/** What one account may have in uploads, whatever of it is stored already, and what all may have together. */
export interface UploadLimits {
  readonly bytes: number;
  readonly uploads: number;
  /** Of everybody. */
  readonly allBytes: number;
}

/** The calls about uploads. */
export interface UploadStore {
  /**
   * Notes an upload, or that its sender goes on with it. What its readers are done with makes room, oldest first: `removed`
   * names what is no upload any more. Refused with `not-permitted` when the id is another account's, or of another size
   * or reader.
   */
  openUpload(options: Upload & { limits: UploadLimits; nowMs: number }): Promise<
    | { readonly result: "opened"; readonly removed: readonly UploadId[] }
    | { readonly result: "quota-exceeded" }
    /** All uploads of everybody leave no room for it. */
    | { readonly result: "spool-full" }
    | { readonly result: "unknown-account" }
  >;
  findUpload(upload: UploadId): Promise<Upload | undefined>;
  /**
   * Its sender takes it back; its reader is done with it: one of at most `keepBytes` then stays until its time is over or
   * room is needed. `unknown` when it is not theirs.
   */
  releaseUpload(
    options: { upload: UploadId; account: AccountId; keepBytes: number },
  ): Promise<"removed" | "kept" | "unknown">;
  /** Forgets at most `limit` uploads that nobody went on with since then, and names them. */
  expireUploads(options: { beforeMs: number; limit: number }): Promise<readonly UploadId[]>;
}
