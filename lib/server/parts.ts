/** What handlers work with: the owners of the server's state, made once by `server.ts`. */

import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { AccountSessions } from "./account_sessions.ts";
import type { Accounts } from "./accounts.ts";
import type { Library } from "./library.ts";
import type { Mailboxes } from "./mailbox.ts";
import type { Presence } from "./presence.ts";
import type { RateGuard } from "./rate_guard.ts";
import type { Registration, ServerIdentity } from "./server_identity.ts";
import type { SignIns } from "./sign_ins.ts";
import type { Store } from "./store.ts";

/** All of them live as long as the server. */
export interface Parts {
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: ServerIdentity;
  readonly registration: Registration;
  readonly store: Store;
  readonly accounts: Accounts;
  readonly signIns: SignIns;
  readonly sessions: AccountSessions;
  readonly presence: Presence;
  readonly mailboxes: Mailboxes;
  readonly library: Library;
  /** Key packages that one account takes of another: they are used up by it (SR-30). By both ids. */
  readonly keyFetches: RateGuard;
  /** Bytes of commits and Welcomes of an account: they are stored whatever waits, so that groups can move on. */
  readonly commitBytes: RateGuard;
  /** Broadcasts of an account. */
  readonly broadcasts: RateGuard;
  /** How often an account is busy or free: everyone is told. */
  readonly busyChanges: RateGuard;
}
