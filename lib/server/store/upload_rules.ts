/** What is judged of an upload before it is noted, whatever keeps it. */

import { Refusal } from "../../base/errors.ts";
import type { AccountId, UploadId } from "../../base/ids.ts";
import type { Row } from "../../storage/row.ts";
import { accountId } from "./columns.ts";
import type { Upload, UploadLimits } from "./upload_store.ts";

/** As it is kept. `reader` is the only one of an upload that is for an account. */
export interface KeptUpload {
  readonly upload: UploadId;
  readonly sender: AccountId;
  readonly room: number | undefined;
  readonly reader: AccountId | undefined;
  readonly sizeBytes: number;
  readonly reservedBytes: number;
}

// The cast: only the statements of uploads write this column, from values that carry the brand.
/** Column `upload`. */
export const uploadId = (row: Row): UploadId => row.text("upload") as UploadId;

/** A row of table `upload`, with its sender and its only reader. */
export const keptUpload = (row: Row): KeptUpload => {
  const room = row.optionalInteger("room");
  return {
    upload: uploadId(row),
    sender: accountId(row, "sender"),
    room,
    reader: room === undefined ? accountId(row, "reader") : undefined,
    sizeBytes: row.integer("size_bytes"),
    reservedBytes: row.integer("reserved_bytes"),
  };
};

/** Throws Refusal `not-permitted` when what is begun again is another upload. */
export function requireSameUpload(
  known: KeptUpload,
  { sender, audience, sizeBytes }: Pick<Upload, "sender" | "audience" | "sizeBytes">,
): void {
  const isForSame = "room" in audience
    ? known.room === audience.room
    : known.reader === audience.account;
  if (known.sender === sender && isForSame && known.sizeBytes === sizeBytes) return;
  throw new Refusal("not-permitted", "This upload is not yours, or another one");
}

/** An upload that all its readers are done with. */
export type DoneUpload = Pick<KeptUpload, "upload" | "sizeBytes" | "reservedBytes">;

/**
 * What of the sender's own has to go, so that so much more is within the limits: of those that are done with, oldest first.
 * Undefined when that is not enough.
 */
export function makeRoom(
  present: { readonly uploads: number; readonly bytes: number },
  { sizeBytes, limits }: { readonly sizeBytes: number; readonly limits: UploadLimits },
  doneWith: readonly DoneUpload[],
): { readonly removed: readonly UploadId[]; readonly freedBytes: number } | undefined {
  let { uploads, bytes } = present;
  const removed: UploadId[] = [];
  let freedBytes = 0;
  const isFull = () => uploads >= limits.uploads || bytes + sizeBytes > limits.bytes;
  for (const one of doneWith) {
    if (!isFull()) break;
    uploads--;
    bytes -= one.sizeBytes;
    freedBytes += one.reservedBytes;
    removed.push(one.upload);
  }
  return isFull() ? undefined : { removed, freedBytes };
}
