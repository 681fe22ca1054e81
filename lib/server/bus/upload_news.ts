/** What two nodes tell each other of an upload that lies at one and is read at the other. What is lost is asked for again. */

import { type TUnsafe, Type } from "@sinclair/typebox";
import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, UploadId } from "../../base/ids.ts";
import { SPOOL_BLOCK_BYTES } from "../../protocol/hop/spool.ts";

const Count = Type.Integer({ minimum: 0 });
/** The instance of whoever says it. */
const Node = Type.String({ maxLength: 64 });
const Upload = Type.Unsafe<UploadId>(Type.String({ maxLength: 32 }));

/** Whoever reads wants so many bytes from there on; none: how much there is. `read` is a number of its node, new for each reading. */
export interface UploadWanted {
  readonly node: string;
  readonly read: number;
  readonly upload: UploadId;
  readonly reader: AccountId;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** As it travels. */
export const UPLOAD_WANTED: TUnsafe<UploadWanted> = Type.Unsafe<UploadWanted>(Type.Object({
  node: Node,
  read: Count,
  upload: Upload,
  reader: Type.Unsafe<AccountId>(Type.String({ maxLength: 400 })),
  offset: Count,
  sizeBytes: Type.Integer({ minimum: 0, maximum: SPOOL_BLOCK_BYTES }),
}));

/** The bytes from `offset` on, which lie behind the word, or none: so much may be read. */
export interface UploadPieceWord {
  readonly read: number;
  readonly offset: number;
  readonly readableBytes: number;
}

/** As it travels. */
export const UPLOAD_PIECE: TUnsafe<UploadPieceWord> = Type.Unsafe<UploadPieceWord>(
  Type.Object({ read: Count, offset: Count, readableBytes: Count }),
);

/** It is not there, or not for this reader. */
export interface UploadUnheld {
  readonly read: number;
}

/** As it travels. */
export const UPLOAD_UNHELD: TUnsafe<UploadUnheld> = Type.Unsafe<UploadUnheld>(
  Type.Object({ read: Count }),
);

/** Where an upload lies, and how much of it. */
export interface UploadFound {
  readonly node: string;
  readonly storedBytes: number;
}

/** As it travels. */
export const UPLOAD_FOUND: TUnsafe<UploadFound> = Type.Unsafe<UploadFound>(
  Type.Object({ node: Node, storedBytes: Count }),
);

/** Its sender goes on with it at the node that asks. */
export interface UploadBegins {
  readonly node: string;
  readonly upload: UploadId;
  readonly sizeBytes: number;
  readonly again: boolean;
}

/** As it travels. */
export const UPLOAD_BEGINS: TUnsafe<UploadBegins> = Type.Unsafe<UploadBegins>(Type.Object({
  node: Node,
  upload: Upload,
  sizeBytes: Count,
  again: Type.Boolean(),
}));

/** With its bytes. */
export type UploadPiece = UploadPieceWord & { readonly bytes: Bytes };

/** Whether a piece may have so many bytes. */
export function isPieceSize(bytes: number): boolean {
  return bytes <= SPOOL_BLOCK_BYTES;
}
