/** Who is connected, and the announcement of changes to everyone (row S4.06). */

import type { Clock } from "../base/clock.ts";
import type { AccountId, AccountName, Fingerprint } from "../base/ids.ts";
import { encodePacket } from "../protocol/packet.ts";
import type { Session } from "./session.ts";

type Change = "online" | "offline" | "registered" | "identity";

/** Changes within this time are told together, so that a restart of many clients is not quadratic. */
const JOIN_CHANGES_MS = 250;
/** Above this many accounts online, changes are told only to the accounts that share a conversation. */
const MAX_PUBLIC_ONLINE = 500;
/** Changes in one packet. */
const MAX_CHANGES = 500;

interface Person {
  readonly name: AccountName;
  readonly identity: Fingerprint;
}

interface Online extends Person {
  readonly sessions: Set<Session>;
  readonly sinceMs: number;
  /** Accounts that share a conversation with this one. */
  readonly peers: ReadonlySet<AccountId>;
}

export class Presence {
  readonly #clock: Clock;
  readonly #online = new Map<AccountId, Online>();
  readonly #changes = new Map<AccountId, Person & { change: Change }>();
  #cancelFlush: (() => void) | undefined;
  #sessionNumber = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The running number of a session (row S3.04). */
  nextSessionNumber(): number {
    return ++this.#sessionNumber;
  }

  get onlineCount(): number {
    return this.#online.size;
  }

  isOnline(account: AccountId): boolean {
    return this.#online.has(account);
  }

  sinceMs(account: AccountId): number | undefined {
    return this.#online.get(account)?.sinceMs;
  }

  sessionsOf(account: AccountId): Iterable<Session> {
    return this.#online.get(account)?.sessions ?? [];
  }

  /** A session of an account became ready. */
  join(
    session: Session,
    account: AccountId,
    person: Person & { peers: ReadonlySet<AccountId> },
  ): void {
    const online = this.#online.get(account);
    if (online !== undefined) {
      online.sessions.add(session);
      return;
    }
    this.#online.set(account, {
      ...person,
      sessions: new Set([session]),
      sinceMs: this.#clock.nowMs(),
    });
    this.#announce(account, person, "online");
  }

  /** A session ended. Leaving twice is fine. */
  leave(session: Session, account: AccountId): void {
    const online = this.#online.get(account);
    if (online === undefined || !online.sessions.delete(session) || online.sessions.size > 0) {
      return;
    }
    this.#online.delete(account);
    this.#announce(account, online, "offline");
  }

  /** An account is new, or has a new identity. */
  announce(account: AccountId, person: Person, change: "registered" | "identity"): void {
    this.#announce(account, person, change);
  }

  close(): void {
    this.#cancelFlush?.();
  }

  #announce(account: AccountId, person: Person, change: Change): void {
    const earlier = this.#changes.get(account)?.change;
    // Coming and going within one interval still tells the last state; what is new about an account is never lost.
    const kept = change === "online" && (earlier === "registered" || earlier === "identity")
      ? earlier
      : change;
    this.#changes.set(account, { name: person.name, identity: person.identity, change: kept });
    this.#cancelFlush ??= this.#clock.after(JOIN_CHANGES_MS, () => this.#flush());
  }

  #flush(): void {
    this.#cancelFlush = undefined;
    const changes = [...this.#changes].map(([account, change]) => ({ account, ...change }));
    this.#changes.clear();
    for (let i = 0; i < changes.length; i += MAX_CHANGES) {
      this.#tell(changes.slice(i, i + MAX_CHANGES));
    }
  }

  #tell(changes: readonly ({ account: AccountId } & Person & { change: Change })[]): void {
    const isPublic = this.#online.size <= MAX_PUBLIC_ONLINE;
    const whole = encodePacket({ kind: "roster.change", changes });
    for (const [account, online] of this.#online) {
      const own = isPublic
        ? changes
        : changes.filter((change) =>
          change.account === account || online.peers.has(change.account)
        );
      if (own.length === 0) continue;
      const packet = own.length === changes.length
        ? whole
        : encodePacket({ kind: "roster.change", changes: own });
      for (const session of online.sessions) session.connection.send(packet, "control");
    }
  }
}
