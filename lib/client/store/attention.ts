/**
 * Who has seen a conversation how far, who is typing, and whether the person takes part in that: off until they say so. Whoever
 * does not tell is not told, so with a setting goes what it had brought.
 */

import type { AccountId, Peer } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import type { Row } from "../../storage/row.ts";

/** What the person may tell and be told; each has a setting of its own. */
export const ATTENTION_KINDS = ["seen", "typing"] as const;

/** One of them. */
export type AttentionKind = typeof ATTENTION_KINDS[number];

/** How far somebody has seen a conversation. */
export interface SeenMark {
  readonly peer: Peer;
  readonly account: AccountId;
  /** The last text that they saw. */
  readonly id: string;
  /** When they said so, by the server's clock. */
  readonly atMs: number;
}

/** In table `mark`. */
const NAMES: Readonly<Record<AttentionKind, string>> = {
  seen: "tell what is seen",
  typing: "tell typing",
};

// Written by this class only, from branded values.
const peerOf = (row: Row) => row.text("peer") as Peer;
const accountOf = (row: Row) => row.text("account") as AccountId;

/** Of one profile. All methods are synchronous: they may be used in the middle of a transaction. */
export class Attention {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Whether the person tells it, and is told. */
  isOn(kind: AttentionKind): boolean {
    return this.#database.integer("SELECT value FROM mark WHERE name = ?", NAMES[kind]) === 1;
  }

  /** From now on. What was seen before that is told to nobody. */
  set(kind: AttentionKind, isOn: boolean): void {
    this.#database.transaction(() => {
      this.#database.command("INSERT OR REPLACE INTO mark VALUES (?, ?)")
        .run(NAMES[kind], isOn ? 1 : 0);
      if (isOn) return;
      const tables = kind === "seen" ? ["seen_due", "seen_mark"] : ["typing"];
      for (const table of tables) this.#database.command(`DELETE FROM ${table}`).run();
      this.#database.command("DELETE FROM attention_told WHERE kind = ?").run(kind);
    });
  }

  /** These entries were shown to the person. */
  shown(places: readonly number[]): void {
    if (!this.isOn("seen")) return;
    this.#database.command(`
      INSERT OR IGNORE INTO seen_due SELECT DISTINCT peer FROM entry
        WHERE kind = 'text' AND own = 0 AND place IN (SELECT value FROM json_each(?))
    `).run(JSON.stringify(places));
  }

  /** Conversations in which more was seen than was told. */
  due(): readonly Peer[] {
    return this.#database.query("SELECT peer FROM seen_due ORDER BY peer", peerOf).all();
  }

  /** Nothing more is to be told there. */
  settle(peer: Peer): void {
    this.#database.command("DELETE FROM seen_due WHERE peer = ?").run(peer);
  }

  /** The last text of others that was shown in a conversation, in its order. */
  lastShown(peer: Peer): string | undefined {
    return this.#database.query(
      `SELECT id FROM entry WHERE peer = ? AND kind = 'text' AND own = 0 AND shown = 1
        AND state <> 'erased' ORDER BY rank DESC, place DESC LIMIT 1`,
      (row) => row.text("id"),
    ).first(peer);
  }

  /** What was told last there, and when, by the own clock. */
  told(
    peer: Peer,
    kind: AttentionKind,
  ): { readonly id: string; readonly atMs: number } | undefined {
    return this.#database.query(
      "SELECT id, at_ms FROM attention_told WHERE peer = ? AND kind = ?",
      (row) => ({ id: row.text("id"), atMs: row.integer("at_ms") }),
    ).first(peer, kind);
  }

  setTold(peer: Peer, kind: AttentionKind, told: { readonly id: string; readonly atMs: number }) {
    this.#database.command("INSERT OR REPLACE INTO attention_told VALUES (?, ?, ?, ?)")
      .run(peer, kind, told.id, told.atMs);
  }

  /** Whether anybody else there has ever told theirs. */
  isShared(peer: Peer): boolean {
    return this.#database.has("SELECT 1 AS one FROM seen_mark WHERE peer = ?", peer) ||
      this.#database.has("SELECT 1 AS one FROM typing WHERE peer = ?", peer);
  }

  /** Somebody has seen a conversation up to a text. Never moves back. */
  saw({ peer, account, id, atMs }: SeenMark): void {
    this.#database.command(`
      INSERT INTO seen_mark VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET id = ?3, at_ms = ?4
        WHERE NOT EXISTS (
          SELECT 1 FROM entry AS before JOIN entry AS now ON now.peer = before.peer
            WHERE before.peer = ?1 AND before.id = seen_mark.id AND now.id = ?3
              AND (now.rank, now.place) <= (before.rank, before.place))
    `).run(peer, account, id, atMs);
  }

  /** Everybody's, of one conversation or of all. */
  seen(peer?: Peer): readonly SeenMark[] {
    const read = (row: Row): SeenMark => ({
      peer: peerOf(row),
      account: accountOf(row),
      id: row.text("id"),
      atMs: row.integer("at_ms"),
    });
    return peer === undefined
      ? this.#database.query("SELECT * FROM seen_mark ORDER BY peer, account", read).all()
      : this.#database.query("SELECT * FROM seen_mark WHERE peer = ? ORDER BY account", read)
        .all(peer);
  }

  /** Somebody types until a time, by the own clock; a time that is over ends it. */
  types(peer: Peer, account: AccountId, untilMs: number): void {
    this.#database.command("INSERT OR REPLACE INTO typing VALUES (?, ?, ?)")
      .run(peer, account, untilMs);
  }

  /** Who types now, and until when. */
  typing(
    nowMs: number,
  ): readonly { readonly peer: Peer; readonly account: AccountId; readonly untilMs: number }[] {
    return this.#database.query(
      "SELECT * FROM typing WHERE until_ms > ? ORDER BY peer, account",
      (row) => ({ peer: peerOf(row), account: accountOf(row), untilMs: row.integer("until_ms") }),
    ).all(nowMs);
  }
}
