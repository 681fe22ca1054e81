/** Invites that people make for others: who may make how many, and for how long they are good (SR-44). */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { AccountId } from "../../base/ids.ts";
import { refuse } from "../../protocol/failure.ts";
import { type Counters, requireRate } from "../counters/counters.ts";
import { inviteRate, INVITES_A_DAY } from "../counters/rates.ts";
import type { AccountStore } from "../store/account_store.ts";
import type { ModerationStore } from "../store/moderation_store.ts";
import type { Accounts } from "./accounts.ts";

/** What `Invites` works with. */
interface InviteServices {
  readonly accounts: Pick<Accounts, "registration">;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly store: Pick<AccountStore, "addToken"> & Pick<ModerationStore, "findRole">;
}

/** Takes in the tokens of invites. */
export class Invites {
  readonly #services: InviteServices;
  #aDay: number;

  /** `aDay`: accounts that a member may invite; moderators and owners any number. */
  constructor(services: InviteServices, aDay: number = INVITES_A_DAY) {
    this.#services = services;
    this.#aDay = aDay;
    this.setLimit(aDay);
  }

  /** From the next invite on; left out, the usual. */
  setLimit(aDay: number = INVITES_A_DAY): void {
    this.#aDay = aDay;
    this.#services.counters.setLimit("invites", inviteRate(aDay));
  }

  /**
   * Keeps the hash of a token that lets `uses` people register. Returns until when, or undefined where nobody needs one.
   * Throws Refusal `registration-closed`, `not-permitted`, `rate-limited`.
   */
  async make(
    by: AccountId,
    { hash, uses, forSeconds }: { hash: Bytes; uses: number; forSeconds: number },
  ): Promise<number | undefined> {
    const { accounts, clock, counters, store } = this.#services;
    if (accounts.registration === "closed") {
      throw refuse("registration-closed", "This server accepts no new accounts");
    }
    if (accounts.registration === "open") return undefined;
    if (await store.findRole(by) === "member") {
      if (this.#aDay === 0) {
        throw refuse("not-permitted", "Only moderators and owners invite people to this server");
      }
      if (uses > this.#aDay) {
        const most = this.#aDay === 1 ? "one person" : `${this.#aDay} people`;
        throw refuse("not-permitted", `You may invite ${most} a day to this server`);
      }
      await requireRate(counters, "invites", { key: by, count: uses });
    }
    const expiresMs = clock.nowMs() + forSeconds * 1000;
    await store.addToken({ hash, uses, expiresMs });
    return expiresMs;
  }
}
