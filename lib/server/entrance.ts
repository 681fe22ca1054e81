/** Who comes in: the owners of what is known of accounts at the door. */

import type { AccountSessions } from "./account_sessions.ts";
import type { Accounts } from "./accounts.ts";
import type { SignIns } from "./sign_ins.ts";

/** All of them live as long as the server. */
export interface Entrance {
  readonly accounts: Accounts;
  readonly signIns: SignIns;
  readonly sessions: AccountSessions;
}
