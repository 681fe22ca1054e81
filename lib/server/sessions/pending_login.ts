/** A sign-in by password between its two steps. */

import type { AccountId } from "../../base/ids.ts";
import type { LoginState } from "../../crypto/password.ts";
import type { Ticket } from "../counters/sign_in_guard.ts";
import type { Account } from "../store/account_store.ts";

/** A login whose challenge was sent. It lives on its own connection, for 60 s, and is used once (SR-39). */
export interface PendingLogin {
  readonly account: AccountId;
  readonly state: LoginState;
  /** As it was when the login began; undefined when there is none of that name. */
  readonly known: Account | undefined;
  readonly attemptsLeft: number;
  readonly ticket: Ticket;
  readonly expiresAtMs: number;
}
