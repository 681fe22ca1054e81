/** What the parts that receive need of the courier that they work for. */

import type { AccountId } from "../../base/ids.ts";
import type { Lease } from "../profile/lease.ts";

/** What a reader needs of its courier. */
export interface ReaderSurroundings {
  readonly lease: Lease;
  /** Whether anything may leave for an account. */
  isOpen(peer: AccountId): Promise<boolean>;
  flush(): Promise<void>;
  send(): Promise<void>;
}
