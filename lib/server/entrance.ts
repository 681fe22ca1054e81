/** Who comes in, and when the door closes: the owners of what is known of accounts at the door. */

import { utf8 } from "../base/bytes.ts";
import { RevocationReceipts } from "../crypto/revocation_receipt.ts";
import type { ServerIdentity } from "./server_identity.ts";
import { AccountSessions } from "./account_sessions.ts";
import { Accounts } from "./accounts.ts";
import { Ending } from "./ending.ts";
import type { Presence } from "./presence.ts";
import type { ServerKeys } from "./server_keys.ts";
import type { ServerOptions } from "./server_options.ts";
import { SignInGuard } from "./sign_in_guard.ts";
import { SignIns } from "./sign_ins.ts";
import type { Store } from "./store.ts";

/** All of them live as long as the server. */
export interface Entrance {
  readonly accounts: Accounts;
  readonly signIns: SignIns;
  readonly sessions: AccountSessions;
  readonly ending: Ending;
  /** For lists of removed devices that were taken. */
  readonly receipts: RevocationReceipts;
}

/** The options that decide who comes in. */
export type EntrancePolicy = Pick<
  ServerOptions,
  "clock" | "random" | "registration" | "loginAttempts" | "lockSeconds" | "owner"
>;

/** Nobody has come in yet. */
export function makeEntrance(
  policy: EntrancePolicy,
  parts: {
    store: Store;
    passwords: ServerKeys["passwords"];
    identity: ServerIdentity;
    presence: Presence;
  },
): Entrance {
  const { clock, random, registration, owner, loginAttempts: attempts, lockSeconds } = policy;
  const { presence, ...known } = parts;
  const guard = new SignInGuard(clock, { attempts, lockSeconds });
  return {
    accounts: new Accounts({ ...known, clock, registration, owner }),
    signIns: new SignIns({ ...known, guard, clock }),
    sessions: new AccountSessions(clock, random),
    ending: new Ending(clock, presence),
    receipts: new RevocationReceipts(utf8(parts.passwords.setup)),
  };
}
