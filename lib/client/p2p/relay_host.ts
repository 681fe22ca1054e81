/** What serving one of a pair needs of their order, and what answering needs of who is served. */

import type { Clock } from "../../base/clock.ts";
import type { AccountId } from "../../base/ids.ts";
import type { Envelope, MessageLog } from "../../relay/message_log.ts";
import type { PairLive } from "./pair_live.ts";
import type { PairMembers } from "./pair_members.ts";
import type { HandOver } from "../../relay/hand_over.ts";

/** The order of a pair, as its sessions use it. */
export interface RelayHost {
  readonly members: PairMembers;
  readonly log: MessageLog<never>;
  readonly spool: HandOver;
  readonly live: PairLive;
  readonly clock: Clock;
  isConnected(account: AccountId): boolean;
  /** An envelope was stored for `account`: it is sent, if it is here. */
  deliver(account: AccountId, envelope: Envelope): void;
  /** `account` has shown keys. */
  published(account: AccountId): void;
  /** Resolves once there are keys of `account`; after a while all the same. */
  whenPublished(account: AccountId): Promise<void>;
}
