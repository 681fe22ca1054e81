/** What comes of what the other end of a transfer says. */

import type { AccountId, Peer } from "../../base/ids.ts";

/** Who said it, and in which conversation. */
export interface Speaker {
  readonly from: AccountId;
  /** A device of one's own said it. */
  readonly own: boolean;
  readonly peer: Peer;
  /** Of the conversation, in which it was sealed. */
  readonly epoch: number;
}

/** What it comes to. */
export interface FileNews {
  readonly lines: readonly { readonly code: string; readonly text: string }[];
  readonly write?: () => void;
}
