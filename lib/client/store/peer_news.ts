/** What somebody says about a file, a direct connection or a stream, and what comes of it. */

import type { AccountId, Peer } from "../../base/ids.ts";

/** Who said it, and in which conversation. */
export interface Speaker {
  readonly from: AccountId;
  /** A device of one's own said it. */
  readonly own: boolean;
  readonly peer: Peer;
  /** Of the conversation, in which it was sealed. */
  readonly epoch: number;
  /** The server's number of it in the conversation. Undefined for what had waited for the person's word. */
  readonly seq: number | undefined;
}

/** What it comes to: lines for the person, and what is written in the transaction that stores them. */
export interface PeerNews {
  readonly lines: readonly { readonly code: string; readonly text: string }[];
  readonly write?: () => void;
}
