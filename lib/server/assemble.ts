/** Makes the owners of the server's state out of what was opened. Opens nothing itself. */

import { AccountSessions } from "./account_sessions.ts";
import { Accounts } from "./accounts.ts";
import type { Library } from "./library.ts";
import { Mailboxes } from "./mailbox.ts";
import type { Parts } from "./parts.ts";
import { Presence } from "./presence.ts";
import { RateGuard } from "./rate_guard.ts";
import type { ServerKeys } from "./server_keys.ts";
import type { ServerOptions } from "./server_options.ts";
import { SignInGuard } from "./sign_in_guard.ts";
import { SignIns } from "./sign_ins.ts";
import type { Store } from "./store.ts";

/** Ten at once, then ten an hour, for each pair of accounts. */
const KEY_FETCHES = { burst: 10, perSecond: 10 / 3600 };
/** A device that joins two thousand conversations at once, then four commits a second of 16 KiB. */
const COMMIT_BYTES = { burst: 32 * 1024 * 1024, perSecond: 64 * 1024 };

/** The options that decide what the server does, apart from where it does it. */
export type Policy = Pick<
  ServerOptions,
  "clock" | "random" | "registration" | "loginAttempts" | "lockSeconds"
>;

/** The caller closes what it opened, and `presence`. */
export function assemble(
  policy: Policy,
  opened: { store: Store; keys: Pick<ServerKeys, "authority" | "passwords">; library: Library },
): Parts {
  const { clock, random, registration, loginAttempts: attempts, lockSeconds } = policy;
  const { store, keys: { authority, passwords }, library } = opened;
  const { succession } = authority;
  const identity: Parts["identity"] = {
    name: "Heliograph",
    serverId: succession.serverId,
    succession: succession.parts,
    caFingerprint: succession.present.fingerprint,
  };
  const guard = new SignInGuard(clock, { attempts, lockSeconds });
  return {
    clock,
    random,
    identity,
    registration,
    store,
    accounts: new Accounts({ store, passwords, clock, identity, registration }),
    signIns: new SignIns({ store, passwords, guard, clock, identity }),
    sessions: new AccountSessions(),
    presence: new Presence(clock),
    mailboxes: new Mailboxes(),
    library,
    keyFetches: new RateGuard(clock, KEY_FETCHES),
    commitBytes: new RateGuard(clock, COMMIT_BYTES),
  };
}
