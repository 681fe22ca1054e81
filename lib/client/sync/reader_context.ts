/** What the parts that receive need of the sync engine that they work for. */

import type { Peer } from "../../base/ids.ts";
import type { Lease } from "../profile/lease.ts";

/** What a reader needs of its sync engine. */
export interface ReaderContext {
  readonly lease: Lease;
  /** Whether anything may leave for an account or a room. */
  isOpen(peer: Peer): Promise<boolean>;
  flush(): Promise<void>;
  send(): Promise<void>;
  /** Removes devices that were given up from groups (SR-10). `isNews`: the server says that there are others by now. */
  sweep(options: { isNews: boolean }): Promise<void>;
  /** Does what is due in rooms. `isCaughtUp`: everything that waited was read. */
  keepRooms(isCaughtUp: boolean): Promise<void>;
}
