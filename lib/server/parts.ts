/** What handlers work with: the owners of the server's state, made once by `server.ts`. */

import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { Entrance } from "./entrance.ts";
import type { Library } from "./library.ts";
import type { Mailboxes } from "./mailbox.ts";
import type { Moderation } from "./moderation.ts";
import type { Presence } from "./presence.ts";
import type { Rates } from "./rates.ts";
import type { Rooms } from "./rooms.ts";
import type { ServerIdentity } from "./server_identity.ts";
import type { Store } from "./store.ts";
import type { Ways } from "./ways.ts";

/** All of them live as long as the server. */
export interface Parts extends Rates, Entrance, Ways {
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: ServerIdentity;
  readonly store: Store;
  readonly presence: Presence;
  readonly mailboxes: Mailboxes;
  readonly rooms: Rooms;
  readonly library: Library;
  readonly moderation: Moderation;
  /** What the operator says to everyone who connects; empty: nothing. */
  readonly motd: { text: string };
}
