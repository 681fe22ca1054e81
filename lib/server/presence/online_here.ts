/** The accounts with sessions at this node, and whom they share a conversation with. */

import type { AccountId } from "../../base/ids.ts";
import type { RollSession } from "../bus/roll_news.ts";
import type { Session } from "../sessions/session.ts";
import type { BusyWord } from "./attendance.ts";
import type { OwnRoll } from "./own_roll.ts";
import type { Person } from "./roster_changes.ts";

/** An account with sessions at this node. */
export interface Online extends Person, BusyWord {
  /** The oldest first. */
  readonly sessions: Map<Session, RollSession>;
  readonly sinceMs: number;
  /** Accounts that share a conversation with this one, or a room that is not too large. */
  readonly peers: Set<AccountId>;
}

/** Whoever comes, changes or goes here is said in this node's roll, where there is one. */
export class OnlineHere {
  /** Undefined where there are no other nodes. */
  readonly #roll: OwnRoll | undefined;
  readonly #accounts = new Map<AccountId, Online>();
  readonly accounts: ReadonlyMap<AccountId, Online> = this.#accounts;
  /** Kept for the roll alone: with one node each account has its own peers, and nobody else is told. */
  readonly #known = new Acquaintances();

  constructor(roll: OwnRoll | undefined) {
    this.#roll = roll;
  }

  sessionsOf(account: AccountId): Iterable<Session> {
    return this.#accounts.get(account)?.sessions.keys() ?? [];
  }

  /** Every session that is ready. */
  *sessions(): Iterable<Session> {
    for (const { sessions } of this.#accounts.values()) yield* sessions.keys();
  }

  /** Adds a session. Name, identity and peers are those of now: a reset changes them under sessions that are there already. */
  join(
    session: Session,
    account: AccountId,
    { number, nowMs, word, ...person }: Person & {
      readonly peers: ReadonlySet<AccountId>;
      readonly number: number | undefined;
      readonly nowMs: number;
      /** What is said of an account that was not here yet. */
      readonly word: BusyWord;
    },
  ): void {
    const online = this.#accounts.get(account);
    const sessions = online?.sessions ?? new Map<Session, RollSession>();
    const { address, port } = session;
    const numbered = number === undefined ? {} : { number };
    sessions.set(session, { ...numbered, address, port, sinceMs: nowMs });
    const peers = new Set(person.peers);
    const { busy, saidMs } = online ?? word;
    const { sinceMs } = online ?? { sinceMs: nowMs };
    const { name, identity } = person;
    this.#accounts.set(account, { name, identity, sessions, sinceMs, peers, busy, saidMs });
    if (this.#roll !== undefined) {
      if (online !== undefined) this.#known.remove(account, online.peers);
      this.#known.add(account, peers);
    }
    this.#say(account);
  }

  /** Removes a session, and returns its account if that has no other here: the caller removes it. */
  leave(session: Session, account: AccountId): Online | undefined {
    const online = this.#accounts.get(account);
    if (online === undefined || !online.sessions.delete(session)) return undefined;
    if (online.sessions.size === 0) return online;
    this.#say(account);
    return undefined;
  }

  remove(account: AccountId, wasKicked: boolean): void {
    const online = this.#accounts.get(account);
    if (online === undefined) return;
    this.#accounts.delete(account);
    this.#known.remove(account, online.peers);
    this.#roll?.remove(account, wasKicked);
  }

  /** An account that is here is busy from now on, or free. */
  setWord(account: AccountId, { busy, saidMs }: BusyWord): void {
    const online = this.#accounts.get(account);
    if (online === undefined) return;
    this.#accounts.set(account, { ...online, busy, saidMs });
    this.#say(account);
  }

  /** Two accounts share a conversation from now on. */
  meet(left: AccountId, right: AccountId): void {
    for (const [one, other] of [[left, right], [right, left]]) {
      const online = this.#accounts.get(one);
      if (online === undefined) continue;
      online.peers.add(other);
      if (this.#roll !== undefined) this.#known.add(one, [other]);
    }
  }

  /** Whoever shares a conversation with an account, be that here or not. */
  peersOf(account: AccountId): ReadonlySet<AccountId> {
    return this.#accounts.get(account)?.peers ?? this.#known.of(account);
  }

  #say(account: AccountId): void {
    const online = this.#accounts.get(account);
    if (this.#roll === undefined || online === undefined) return;
    const { name, identity, sinceMs, busy, saidMs } = online;
    const sessions = [...online.sessions.values()];
    this.#roll.set({ account, name, identity, sinceMs, sessions, busy, saidMs });
  }
}

const NOBODY: ReadonlySet<AccountId> = new Set();

/** The acquaintances of accounts at this node, looked up from the other side. */
class Acquaintances {
  readonly #knownBy = new Map<AccountId, Set<AccountId>>();

  /** An account here has these. */
  add(account: AccountId, peers: Iterable<AccountId>): void {
    for (const peer of peers) {
      const known = this.#knownBy.get(peer) ?? new Set();
      this.#knownBy.set(peer, known.add(account));
    }
  }

  /** It has left, or has others now. */
  remove(account: AccountId, peers: Iterable<AccountId>): void {
    for (const peer of peers) {
      const known = this.#knownBy.get(peer);
      if (known?.delete(account) === true && known.size === 0) this.#knownBy.delete(peer);
    }
  }

  of(account: AccountId): ReadonlySet<AccountId> {
    return this.#knownBy.get(account) ?? NOBODY;
  }
}
