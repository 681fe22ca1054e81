/** What handlers work with: the owners of the server's state, made once by `server.ts`. */

import type { Bytes } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import type { Fingerprint } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import type { AccountSessions } from "./account_sessions.ts";
import type { Accounts } from "./accounts.ts";
import type { FetchGuard } from "./fetch_guard.ts";
import type { Library } from "./library.ts";
import type { Mailboxes } from "./mailbox.ts";
import type { Presence } from "./presence.ts";
import type { SignIns } from "./sign_ins.ts";
import type { Store } from "./store.ts";

export type Registration = "open" | "invite" | "closed";

/** Who this server is, for what is signed and what is pinned. */
export interface ServerIdentity {
  readonly name: string;
  /** SHA-256 of the CA's public key. */
  readonly serverId: Fingerprint;
  /** The CA certificate, and SHA-256 of it. */
  readonly caCertificate: Bytes;
  readonly caFingerprint: Fingerprint;
}

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
  readonly keyFetches: FetchGuard;
}
