/** What serving one of a pair needs of their order, and what answering needs of who is served. */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId } from "../../base/ids.ts";
import type { PairLive } from "./pair_live.ts";
import type { PairLog } from "./pair_log.ts";
import type { PairMembers } from "./pair_members.ts";
import type { PairSpool } from "./pair_spool.ts";

/** The order of a pair, as its sessions use it. */
export interface RelayHost {
  readonly members: PairMembers;
  readonly log: PairLog;
  readonly spool: PairSpool;
  readonly live: PairLive;
  isConnected(account: AccountId): boolean;
  /** Something may wait for `account`: it is sent, if it is here. */
  tell(account: AccountId): void;
  /** `account` has shown keys. */
  published(account: AccountId): void;
  /** Resolves once there are keys of `account`; after a while all the same. */
  whenPublished(account: AccountId): Promise<void>;
  /** What every envelope of an account comes with. */
  submitted(sender: AccountId, body: Bytes): { sender: AccountId; body: Bytes; nowMs: number };
}
