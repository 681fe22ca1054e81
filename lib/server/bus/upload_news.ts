/** What two nodes tell each other of an upload that lies at one and is read at the other. What is lost is asked for again. */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, UploadId } from "../../base/ids.ts";

/** Whoever reads wants so many bytes from there on; none: how much there is. `read` is a number of its node, new for each reading. */
export interface UploadWanted {
  /** The instance of whoever says it. */
  readonly node: string;
  readonly read: number;
  readonly upload: UploadId;
  readonly reader: AccountId;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** The bytes from `offset` on, or none: so much may be read. */
export interface UploadPiece {
  readonly read: number;
  readonly offset: number;
  readonly readableBytes: number;
  readonly bytes: Bytes;
}

/** It is not there, or not for this reader. */
export interface UploadUnheld {
  readonly read: number;
}

/** Where an upload lies, and how much of it. */
export interface UploadFound {
  readonly node: string;
  readonly storedBytes: number;
}

/** Its sender goes on with it at the node that asks. */
export interface UploadBegins {
  readonly node: string;
  readonly upload: UploadId;
  readonly sizeBytes: number;
  readonly again: boolean;
}
