/** A sign-in by password between its two steps. */

import type { AccountId } from "../base/ids.ts";
import type { LoginState } from "../crypto/password.ts";
import type { Ticket } from "./sign_in_guard.ts";

/** A login whose challenge was sent. It lives on its own connection, for 60 s, and is used once (SR-39). */
export interface PendingLogin {
  readonly account: AccountId;
  readonly state: LoginState;
  /** Whether there is such an account; for the log alone. */
  readonly isKnown: boolean;
  readonly attemptsLeft: number;
  readonly ticket: Ticket;
  readonly expiresAtMs: number;
}
