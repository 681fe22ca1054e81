/** Locks after wrong passwords, as those see and end them who keep order. Locks are in memory only: a stopped server has none. */

import type { Clock } from "../../base/clock.ts";
import type { AccountId } from "../../base/ids.ts";
import type { Account, AccountStore } from "../store/account_store.ts";
import type { Actor, ModerationStore } from "../store/moderation_store.ts";
import { denialRefusal } from "../auth/denials.ts";
import type { SignInGuard } from "../counters/sign_in_guard.ts";

/** The locks of one running server. */
export class AccountLocks {
  readonly #clock: Clock;
  readonly #store: AccountStore & ModerationStore;
  readonly #guard: SignInGuard;

  constructor(
    { clock, store, guard }: {
      clock: Clock;
      store: AccountStore & ModerationStore;
      guard: SignInGuard;
    },
  ) {
    this.#clock = clock;
    this.#store = store;
    this.#guard = guard;
  }

  /** Takes the locks of an account away, and forgets its failed tries. Throws Refusal. */
  async unlock(by: Actor, account: AccountId): Promise<{ name: string; wasLocked: boolean }> {
    const nowMs = this.#clock.nowMs();
    const moderationAction = { by, account, action: "unlock", detail: "", nowMs } as const;
    const done = await this.#store.recordModerationAction(moderationAction);
    const name = (await this.#store.findAccount(account))?.name ?? account;
    if (done.result !== "done") throw denialRefusal(done, "unlock", name);
    return { name, wasLocked: this.#guard.unlock(account) };
  }

  /** Those that hold now, of accounts that there are: people type passwords into the wrong field. */
  async list(): Promise<readonly { account: Account; retryAfterSeconds: number }[]> {
    const locks = await Promise.all(
      this.#guard.locks().map(async ({ account: id, retryAfterSeconds }) => {
        const account = await this.#store.findAccount(id);
        return account === undefined ? [] : [{ account, retryAfterSeconds }];
      }),
    );
    return locks.flat();
  }
}
