/**
 * Keeps the order of what two say to each other: one of them does it for both (decision 0033). Its own client comes to it
 * over a connection in memory, the other's over the network; both are served alike.
 */

import type { AccountId } from "../../base/ids.ts";
import type { Clock } from "../../base/clock.ts";
import { LiveRelay } from "../../relay/live_relay.ts";
import type { Connection } from "../../net/connections/connection.ts";
import type { Envelope, Member } from "../../relay/message_log.ts";
import { Database } from "../../storage/database.ts";
import type { PairLive, RelayHost } from "./relay_host.ts";
import { PairLog } from "./pair_log.ts";
import { type PairMember, PairMembers } from "./pair_members.ts";
import { HandOver } from "../../relay/hand_over.ts";
import { PairSession } from "./pair_session.ts";

/** How long a request for keys waits for somebody who is just coming in. */
const KEYS_WAIT_MS = 10_000;

/** The order of one pair. Closing it ends both connections. */
export class Sequencer implements AsyncDisposable, RelayHost {
  readonly #database: Database;
  readonly members: PairMembers;
  readonly log: PairLog;
  readonly spool: HandOver = new HandOver();
  readonly live: PairLive = new LiveRelay();
  /** One of each: a newer connection takes the place of the one before. */
  readonly #sessions = new Map<AccountId, PairSession>();
  readonly #publishing = new Map<AccountId, PromiseWithResolvers<void>>();

  private constructor(database: Database, readonly clock: Clock) {
    this.#database = database;
    this.members = new PairMembers(database);
    this.log = new PairLog(database);
  }

  /** Opens or makes the database at `path` and writes down who the two are. Throws StorageError. */
  static open(
    path: string,
    { clock, members }: { clock: Clock; members: readonly PairMember[] },
  ): Sequencer {
    const database = Database.open(path, { migrations: PAIR_MIGRATIONS });
    const order = new Sequencer(database, clock);
    database.transaction(() => {
      for (const member of members) order.members.put(member);
    });
    return order;
  }

  /** Serves a connection of one of the two until it ends. One that was there is ended: it is behind. */
  async serve(member: Member, connection: Connection): Promise<void> {
    const { account } = member;
    const before = this.#sessions.get(account);
    const session = new PairSession(this, member, connection);
    this.#sessions.set(account, session);
    try {
      await before?.replace();
      await session.run();
    } finally {
      this.spool.left(session);
      this.live.left(session);
      if (this.#sessions.get(account) === session) this.#sessions.delete(account);
    }
  }

  isConnected(account: AccountId): boolean {
    return this.#sessions.get(account)?.isOpen === true;
  }

  deliver(account: AccountId, envelope: Envelope): void {
    this.#sessions.get(account)?.offer(envelope);
  }

  published(account: AccountId): void {
    this.#publishing.get(account)?.resolve();
  }

  async whenPublished(account: AccountId): Promise<void> {
    const { oneTime, lastResort } = this.members.count(account);
    if (oneTime > 0 || lastResort) return;
    const waiting = this.#publishing.get(account) ?? Promise.withResolvers<void>();
    this.#publishing.set(account, waiting);
    const cancel = this.clock.after(KEYS_WAIT_MS, waiting.resolve);
    await waiting.promise;
    cancel();
    this.#publishing.delete(account);
  }

  async close(): Promise<void> {
    for (const waiting of this.#publishing.values()) waiting.resolve();
    await Promise.all([...this.#sessions.values()].map((session) => session.close()));
    this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

// The tables of a pair's order. Only ever append a migration; never change one that was released.

/**
 * Two accounts with one device each. Nothing in it is secret: envelopes are ciphertext, the rest is what both sides show
 * each other.
 */
export const PAIR_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE member (
    account TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    identity TEXT NOT NULL,
    device TEXT NOT NULL,
    roster_entry BLOB NOT NULL,
    certificate BLOB NOT NULL,
    -- Of its numbers in use; those far below are never taken again.
    highest_number INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE key_package (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL REFERENCES member,
    last_resort INTEGER NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX key_package_account ON key_package (account, last_resort);

  -- Rows stay when a conversation is closed: an id that was known is never taken again (SR-18).
  CREATE TABLE conversation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation TEXT NOT NULL UNIQUE,
    open INTEGER NOT NULL DEFAULT 1,
    epoch INTEGER NOT NULL,
    last_seq INTEGER NOT NULL DEFAULT 0,
    group_info BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX conversation_open ON conversation (open) WHERE open = 1;

  CREATE TABLE envelope (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversation,
    seq INTEGER NOT NULL,
    envelope TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    sender TEXT NOT NULL REFERENCES member,
    number INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    -- NULL once the other side has stored it; the row stays a while, so that a resend is known.
    body BLOB,
    UNIQUE (conversation, seq),
    UNIQUE (sender, number)
  ) STRICT;
  -- What waits.
  CREATE INDEX envelope_waiting ON envelope (sender, id) WHERE body IS NOT NULL;

  CREATE TABLE winner (
    conversation INTEGER NOT NULL REFERENCES conversation,
    epoch INTEGER NOT NULL,
    envelope TEXT NOT NULL,
    PRIMARY KEY (conversation, epoch)
  ) STRICT, WITHOUT ROWID;
  `,
];
