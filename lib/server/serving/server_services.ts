/** The owners of the server's state, made once; each lives as long as the server. Handlers name those of them that they touch. */

import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { RevocationReceipts } from "../../crypto/statements/revocation.ts";
import type { Accounts } from "../auth/accounts.ts";
import type { Invites } from "../auth/invites.ts";
import type { SignIns } from "../auth/sign_ins.ts";
import type { Bus } from "../bus/bus.ts";
import type { ServerIdentity, Whereabouts } from "../config/server_options.ts";
import type { KickCheck } from "../moderation/kick_check.ts";
import type { Counters } from "../counters/counters.ts";
import type { Broadcasts } from "../delivery/broadcasts.ts";
import type { Mailboxes } from "../delivery/mailbox.ts";
import type { Library } from "../media/library.ts";
import type { ServerStreams } from "../media/server_streams.ts";
import type { AccountLocks } from "../moderation/account_locks.ts";
import type { Moderation } from "../moderation/moderation.ts";
import type { ModerationEffects } from "../moderation/moderation_effects.ts";
import type { Presence } from "../presence/presence.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Rendezvous } from "../sessions/rendezvous.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Spool } from "../spool/spool.ts";
import type { OpenedStore } from "../store/opened_store.ts";
import type { Draining, Ending } from "./ending.ts";

/** All of them together: for those that assemble, and for the operator. */
export interface ServerServices extends Omit<OpenedStore, "claim">, ServerStreams {
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: ServerIdentity;
  readonly bus: Bus;
  readonly counters: Counters;
  readonly kickCheck: KickCheck | undefined;
  readonly sessions: Sessions;
  readonly presence: Presence;
  readonly accounts: Accounts;
  readonly invites: Invites;
  readonly whereabouts: Whereabouts;
  readonly signIns: SignIns;
  /** For lists of removed devices that were taken. */
  readonly receipts: RevocationReceipts;
  readonly mailboxes: Mailboxes;
  readonly broadcasts: Broadcasts;
  readonly rooms: Rooms;
  readonly moderation: Moderation;
  readonly moderationEffects: ModerationEffects;
  readonly locks: AccountLocks;
  readonly spool: Spool;
  readonly library: Library;
  /** Undefined where it is switched off, or UDP is not to be had. */
  readonly rendezvous: Rendezvous | undefined;
  readonly ending: Ending;
  readonly draining: Draining;
  /** What the operator says to everyone who connects; empty: nothing. */
  readonly motd: { text: string };
  /** The name or number of the open room for new accounts; empty: none. */
  readonly lobby: { text: string };
  /** What the operator says of all accounts together. */
  readonly accountPolicy: { requests: "all" | "strangers" };
}
