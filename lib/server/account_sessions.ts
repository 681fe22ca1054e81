/** The signed-in sessions of each account, linked or not: what a change of password or identity ends (SR-47). */

import type { Clock } from "../base/clock.ts";
import type { AccountId } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import { LinkRequests } from "./link_requests.ts";
import type { Session } from "./session.ts";

/** Sessions by account. */
export class AccountSessions {
  /** Those that ask to be linked. */
  readonly links: LinkRequests;
  readonly #sessions = new Map<AccountId, Set<Session>>();

  constructor(clock: Clock, random: Random) {
    this.links = new LinkRequests(clock, random);
  }

  /** Joining twice is fine. */
  join(session: Session, account: AccountId): void {
    const known = this.#sessions.get(account);
    if (known === undefined) this.#sessions.set(account, new Set([session]));
    else known.add(session);
  }

  /** Leaving twice is fine. */
  leave(session: Session, account: AccountId): void {
    this.links.end(session, account);
    const known = this.#sessions.get(account);
    if (known?.delete(session) === true && known.size === 0) this.#sessions.delete(account);
  }

  of(account: AccountId): readonly Session[] {
    return [...this.#sessions.get(account) ?? []];
  }
}
