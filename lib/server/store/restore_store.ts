/** What the server remembers of being restored. Part of the store; see `store.ts` for what every call must promise. */

import type { AccountId, ConversationId } from "../../base/ids.ts";

/** Where a conversation was in a backup that was restored: a device that is beyond it knows what is gone (SR-58). */
export interface RestoredPlace {
  readonly conversation: ConversationId;
  readonly epoch: number;
  /** The last envelope that the backup has. */
  readonly seq: number;
}

/** The calls about the lives of the database; see `store/incarnation.ts`. */
export interface RestoreStore {
  /** The present one: 16 bytes in hexadecimal, new after each restore. */
  findIncarnation(): Promise<string>;
  /**
   * The open conversations that an account had at the restores after incarnation `known`, the earliest place of each, in the
   * order of their ids, from the one after `after`. One that is not among them was begun later, or is forgotten.
   */
  listRestored(
    options: {
      account: AccountId;
      known: string;
      after: ConversationId | undefined;
      limit: number;
    },
  ): Promise<readonly RestoredPlace[]>;
}
