/**
 * Which entry of the history stands where, without a word of what it says: whose conversation, its number there, whether it
 * was shown, when it is to be erased. By this table entries are found, counted, paged and forgotten, and no more of the
 * sealed rows are opened than are wanted.
 */

import { type ConversationId, type Peer } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import type { Row, SqlValue } from "../../storage/row.ts";
import { kindOf } from "./conversation_kinds.ts";

/** What stands in clear about one entry. */
export interface IndexedEntry {
  readonly place: number;
  readonly peer: Peer;
  readonly kind: EntryKind;
  readonly id: string;
  readonly own: boolean;
  /** The group that a text was sealed in; undefined until then. */
  readonly conversation: ConversationId | undefined;
  /** Of a text: its number in its conversation, from 1; in a room the room's, unknown until the server has said it. */
  readonly number: number | undefined;
  readonly state: EntryState;
}

/** What an entry is; see `HistoryEntry`. */
export type EntryKind = "text" | "notice" | "broadcast" | "change";
/** `erased`: nothing is left of it but this row. */
export type EntryState = "kept" | "deleted" | "erased";

/** An entry as it comes into the index. */
export interface NewEntry {
  readonly place: number;
  readonly peer: Peer;
  readonly kind: EntryKind;
  readonly id: string;
  readonly own: boolean;
  readonly conversation: ConversationId | undefined;
  readonly number?: number | undefined;
  /** Whether texts of this conversation are numbered here. */
  readonly isCounted: boolean;
  /** Seconds after which it is erased, once it was shown or sent. */
  readonly expireSeconds?: number | undefined;
  /** When it was said, by the server's clock or ours. */
  readonly atMs: number;
  /** Its number is its sender's word. */
  readonly isToldAgain: boolean;
  /** By the person, at another device. */
  readonly isRead: boolean;
}

/** Which entries. */
export interface Wanted {
  readonly peer?: Peer;
  readonly kinds?: readonly EntryKind[];
  readonly own?: boolean;
  /** Only those that stand before this place: with `peer` in the order of that conversation. */
  readonly before?: number;
}

/** One conversation, or the broadcasts. */
export interface IndexedHeap {
  readonly peer: Peer | undefined;
  /** Of the newest entry that is still there. */
  readonly lastPlace: number;
  readonly unread: number;
  /** Texts of others. */
  readonly theirs: number;
}

const COLUMNS = "place, peer, kind, id, own, conversation, number, state";

/** All methods are synchronous: they may be used in the middle of a transaction. */
export class HistoryIndex {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Inside the transaction that writes the entry. What one said oneself counts as shown. */
  add(entry: NewEntry): void {
    const { place, peer, kind, id, own, conversation, isCounted, expireSeconds = 0 } = entry;
    // One's own that comes with a conversation was said at another device of one's own, and sent there.
    const isSent = own && conversation !== undefined;
    const isTimed = (isSent || entry.isRead) && expireSeconds > 0;
    const number = entry.number ?? (isCounted ? this.#nextNumber(peer) : undefined);
    const rank = kindOf(peer).isNumbered ? this.#rankOf({ ...entry, number }) : 0;
    this.#database.command(`
      INSERT INTO entry
        (place, peer, kind, id, own, conversation, number, shown, expire_seconds, expires_ms, state, at_ms, rank,
          told_again)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'kept', ?, ?, ?)
    `).run(
      place,
      peer,
      kind,
      id,
      Number(own),
      conversation ?? null,
      number ?? null,
      Number(own || entry.isRead),
      expireSeconds,
      isTimed ? entry.atMs + expireSeconds * 1000 : null,
      entry.atMs,
      rank,
      Number(entry.isToldAgain),
    );
  }

  /**
   * Where a new entry of a room stands. What is told again stands above all that came by itself, whatever its sender says of its
   * number: else a false one would stand below all that is said from then on.
   */
  #rankOf(
    { peer, number, isToldAgain }: Pick<NewEntry, "peer" | "number" | "isToldAgain">,
  ): number {
    if (number === undefined) return this.#lastRank(peer);
    const first = this.#firstRank(peer);
    if (isToldAgain) return first === undefined ? number : Math.min(number, first - 1);
    if (first === undefined) this.#putAbove(peer, number);
    return number;
  }

  /** Of the texts of a room that came by themselves. */
  #firstRank(peer: Peer): number | undefined {
    return this.#database.integer(
      `SELECT number FROM entry WHERE peer = ? AND number IS NOT NULL AND told_again = 0
        ORDER BY number LIMIT 1`,
      peer,
    );
  }

  /** The first text that comes by itself stands below all that is there. */
  #putAbove(peer: Peer, number: number): void {
    this.#database.command("UPDATE entry SET rank = ?1 - 1 WHERE peer = ?2 AND rank >= ?1")
      .run(number, peer);
  }

  /** What is known of these places, in order, without those that were erased. */
  at(places: readonly number[]): readonly IndexedEntry[] {
    const found = this.#database.query(
      `SELECT ${COLUMNS} FROM entry WHERE place IN (SELECT value FROM json_each(?))
        AND state <> 'erased'`,
      read,
    ).all(JSON.stringify(places));
    const byPlace = new Map(found.map((entry) => [entry.place, entry]));
    return places.flatMap((place) => byPlace.get(place) ?? []);
  }

  /** The same from one place to another. */
  between(first: number, last: number): readonly IndexedEntry[] {
    return this.#database.query(
      `SELECT ${COLUMNS} FROM entry WHERE place BETWEEN ? AND ? AND state <> 'erased' ORDER BY place`,
      read,
    ).all(first, last);
  }

  /**
   * The newest that are wanted, newest first: of one conversation in its order, which in a room is the room's; else in the order
   * in which they came.
   */
  newest(wanted: Wanted, limit: number): readonly number[] {
    const { peer, before } = wanted;
    const { sql, values } = conditionsOf(wanted, peer && before && this.#rankAt(peer, before));
    const order = peer === undefined ? "place DESC" : "rank DESC, place DESC";
    return this.#database.integers(
      `SELECT place FROM entry WHERE ${sql} ORDER BY ${order} LIMIT ?`,
      ...values,
      limit,
    );
  }

  /** These places, those of each room in the room's order: where entries of several conversations stand between each other. */
  inRoomOrder(places: readonly number[]): readonly number[] {
    const find = this.#database.query(
      "SELECT peer, rank FROM entry WHERE place = ? AND substr(peer, 1, 1) = '#'",
      (row) => ({ peer: row.text("peer"), rank: row.integer("rank") }),
    );
    const all = places.map((place) => ({ place, ...find.first(place) }));
    const rooms = Map.groupBy(all, ({ peer }) => peer);
    for (const entries of rooms.values()) {
      entries.sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0) || a.place - b.place);
    }
    const taken = new Map<string | undefined, number>();
    return all.map(({ peer, place }) => {
      const next = taken.get(peer) ?? 0;
      taken.set(peer, next + 1);
      return peer === undefined ? place : rooms.get(peer)?.[next]?.place ?? place;
    });
  }

  /** A text by its id. One that was erased is known too: nothing revives it. */
  text(id: string): IndexedEntry | undefined {
    return this.#database.query(
      `SELECT ${COLUMNS} FROM entry WHERE id = ? AND kind = 'text' ORDER BY place LIMIT 1`,
      read,
    ).first(id);
  }

  /** The same of many, in one look. */
  texts(ids: readonly string[]): readonly IndexedEntry[] {
    return this.#database.query(
      `SELECT ${COLUMNS} FROM entry WHERE id IN (SELECT value FROM json_each(?)) AND kind = 'text'
        ORDER BY place DESC`,
      read,
    ).all(JSON.stringify(ids));
  }

  /** The first text of a conversation, in its order, that was said at a time or later; undefined: none was. */
  firstSince(peer: Peer, sinceMs: number): number | undefined {
    return this.#database.integer(
      `SELECT place FROM entry WHERE peer = ? AND kind = 'text' AND state <> 'erased' AND at_ms >= ?
        ORDER BY rank, place LIMIT 1`,
      peer,
      sinceMs,
    );
  }

  /** Texts of a conversation by number: more than one only where somebody in a room lied about a number. */
  numbered(peer: Peer, number: number): readonly IndexedEntry[] {
    return this.#database.query(
      `SELECT ${COLUMNS} FROM entry
        WHERE peer = ? AND number = ? AND kind = 'text' AND state <> 'erased' ORDER BY place LIMIT 2`,
      read,
    ).all(peer, number);
  }

  /** The places that were not shown yet, in order. */
  unshown(): readonly number[] {
    return this.#database.integers("SELECT place FROM entry WHERE shown = 0 ORDER BY place");
  }

  /** Those of a conversation up to a place; undefined: of the broadcasts. */
  unshownOf(peer: Peer | undefined, upTo: number): readonly number[] {
    const which = peer === undefined ? "kind = 'broadcast'" : "kind <> 'broadcast' AND peer = ?";
    return this.#database.integers(
      `SELECT place FROM entry WHERE shown = 0 AND place <= ? AND ${which} ORDER BY place`,
      upTo,
      ...peer === undefined ? [] : [peer],
    );
  }

  /** Whether somebody was shown what stands there. */
  isShown(place: number): boolean {
    return this.#database.has("SELECT place FROM entry WHERE place = ? AND shown = 1", place);
  }

  /** Marks places as shown to the person; what is to disappear has its time from now on. */
  setShown(places: readonly number[], nowMs: number): void {
    const mark = this.#database.command(`
      UPDATE entry SET shown = 1,
        expires_ms = CASE WHEN expire_seconds > 0 THEN ? + expire_seconds * 1000 END
      WHERE place = ? AND shown = 0
    `);
    for (const place of places) mark.run(nowMs, place);
  }

  /** Inside a transaction: an own text has reached the server. What is to disappear has its time from now on. */
  setSent(id: string, nowMs: number): void {
    this.#database.command(`
      UPDATE entry SET expires_ms = ? + expire_seconds * 1000
      WHERE id = ? AND kind = 'text' AND own = 1 AND expire_seconds > 0 AND expires_ms IS NULL
    `).run(nowMs, id);
  }

  /** Inside a transaction: where an own text was sealed, or that it was not after all. */
  setConversation(id: string, conversation: ConversationId | undefined): void {
    this.#database.command(
      "UPDATE entry SET conversation = ? WHERE id = ? AND kind = 'text' AND own = 1",
    )
      .run(conversation ?? null, id);
  }

  /** Inside a transaction: the number that the server gave an own text in its room. */
  setNumber(id: string, number: number): void {
    const peer = this.text(id)?.peer;
    if (peer !== undefined && kindOf(peer).isNumbered && this.#firstRank(peer) === undefined) {
      this.#putAbove(peer, number);
    }
    this.#database.command(`
      UPDATE entry SET number = ?1, rank = CASE WHEN substr(peer, 1, 1) = '#' THEN ?1 ELSE rank END
      WHERE id = ?2 AND kind = 'text' AND own = 1
    `).run(number, id);
  }

  /** Inside a transaction. What is deleted or erased is no news any more. */
  setState(place: number, state: EntryState): void {
    this.#database.command(`
      UPDATE entry SET state = ?1, shown = CASE WHEN ?1 = 'kept' THEN shown ELSE 1 END,
        expires_ms = CASE WHEN ?1 = 'erased' THEN NULL ELSE expires_ms END
      WHERE place = ?2
    `).run(state, place);
  }

  /** Places whose time is over. */
  due(nowMs: number): readonly number[] {
    // With `+`, by the index of what goes at all: else SQLite reads the whole history in its order, after each write.
    return this.#database.integers(
      "SELECT place FROM entry WHERE expires_ms <= ? ORDER BY +place",
      nowMs,
    );
  }

  /** When the next one's time is over. */
  nextDueMs(): number | undefined {
    return this.#database.integer(
      "SELECT expires_ms FROM entry WHERE expires_ms IS NOT NULL ORDER BY expires_ms LIMIT 1",
    );
  }

  /** With whom something is there, in the order of the newest, and how many texts were not shown. */
  heaps(): readonly IndexedHeap[] {
    return this.#database.query(
      `SELECT CASE WHEN kind = 'broadcast' THEN NULL ELSE peer END AS heap, max(place) AS last,
          sum(shown = 0 AND kind IN ('text', 'broadcast')) AS unread,
          sum(own = 0 AND kind = 'text') AS theirs
        FROM entry WHERE state <> 'erased' AND kind <> 'change' GROUP BY heap ORDER BY last`,
      (row) => ({
        // Written by `add` from a branded value.
        peer: row.optionalText("heap") as Peer | undefined,
        lastPlace: row.integer("last"),
        unread: row.integer("unread"),
        theirs: row.integer("theirs"),
      }),
    ).all();
  }

  #lastRank(peer: Peer): number {
    return this.#database.integer(
      "SELECT coalesce(max(rank), 0) AS rank FROM entry WHERE peer = ?",
      peer,
    ) ?? 0;
  }

  #rankAt(peer: Peer, place: number): number | undefined {
    return this.#database.integer(
      "SELECT rank FROM entry WHERE peer = ? AND place = ?",
      peer,
      place,
    );
  }

  #nextNumber(peer: Peer): number {
    return this.#database.integer(
      "SELECT coalesce(max(number), 0) + 1 AS next FROM entry WHERE peer = ? AND number IS NOT NULL",
      peer,
    ) ?? 1;
  }
}

function conditionsOf({ peer, kinds, own, before }: Wanted, rank: number | undefined) {
  const conditions = ["state <> 'erased'"];
  const values: SqlValue[] = [];
  if (peer !== undefined) conditions.push("peer = ?"), values.push(peer);
  if (before !== undefined && rank === undefined) conditions.push("place < ?"), values.push(before);
  if (before !== undefined && rank !== undefined) {
    conditions.push("(rank, place) < (?, ?)"), values.push(rank, before);
  }
  if (own !== undefined) conditions.push("own = ?"), values.push(Number(own));
  if (kinds !== undefined) {
    conditions.push(`kind IN (${kinds.map(() => "?").join(", ")})`);
    values.push(...kinds);
  }
  return { sql: conditions.join(" AND "), values };
}

function read(row: Row): IndexedEntry {
  return {
    place: row.integer("place"),
    // Written by `add` from branded values; the table's CHECKs allow no other words.
    peer: row.text("peer") as Peer,
    kind: row.text("kind") as EntryKind,
    id: row.text("id"),
    own: row.boolean("own"),
    conversation: row.optionalText("conversation") as ConversationId | undefined,
    number: row.optionalInteger("number"),
    state: row.text("state") as EntryState,
  };
}
