/** What happens to somebody without a server, told to faces as it happens. */

import type { AccountName } from "../../base/ids.ts";
import type { MessagingEvent } from "../store/messenger.ts";
import type { KnownPeer } from "./address_book.ts";

/** What a node tells its face. */
export type NodeEvent =
  /** Both have proved who they are. `isNew`: for the first time. */
  | { readonly type: "connected"; readonly peer: KnownPeer; readonly isNew: boolean }
  | { readonly type: "disconnected"; readonly peer: KnownPeer }
  /** Something of what is said with one of them. */
  | { readonly type: "pair"; readonly peer: KnownPeer; readonly event: MessagingEvent }
  /** Something was written of what is kept of one of them, such as the state of a transfer. */
  | { readonly type: "written"; readonly peer: KnownPeer }
  /** Somebody came in under the name of another, or the like: they were sent away. */
  | { readonly type: "impostor"; readonly name: AccountName | undefined; readonly warning: string };
