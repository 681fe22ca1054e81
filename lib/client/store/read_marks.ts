/**
 * How far each conversation was read, at this device or another one of the account: by the server's clock, which all of them
 * have of each message. What comes later and was read elsewhere is no news here.
 */

import type { Peer } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import type { Row } from "../../storage/row.ts";
import { noteChange } from "./account_data_changes.ts";

/** The conversation of the broadcasts, which are read whoever said them. */
export const EVERYBODY = "*";

/** Whose conversation. */
export type ReadPeer = Peer | typeof EVERYBODY;

/** Everything of before `atMs` is read, and of that very millisecond these. */
export interface ReadMark {
  readonly peer: ReadPeer;
  readonly atMs: number;
  readonly ids: readonly string[];
}

/** What others said. */
interface UnreadMessage {
  readonly id: string;
  readonly kind: string;
  readonly peer: Peer;
  readonly own: boolean;
  readonly atMs: number;
}

type MarkedAt = "here" | "elsewhere";

/** Of one millisecond: what has no room stays news at the other devices. */
const MAX_IDS = 50;

/** The marks of a profile. All methods are synchronous: they may be used in the middle of a transaction. */
export class ReadMarks {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** What is known of each conversation, the newest first. */
  list(): readonly ReadMark[] {
    const all = this.#database.query(
      "SELECT * FROM read_mark ORDER BY at_ms DESC, peer, place",
      read,
    )
      .all();
    const byPeer = Map.groupBy(all, ({ peer }) => peer);
    return [...byPeer.values()].map((marks) => marks.reduce(further));
  }

  /** What was said by others at these places was shown. A mark does not pass what was not. */
  shown(places: readonly number[]): void {
    const find = this.#database.query(
      `SELECT CASE WHEN kind = 'broadcast' THEN '${EVERYBODY}' ELSE peer END AS peer, at_ms,
          '[]' AS ids FROM entry WHERE place = ? AND own = 0 AND kind IN ('text', 'broadcast')`,
      read,
    );
    const reached = new Map<ReadPeer, number>();
    for (const place of places) {
      const mark = find.first(place);
      if (mark === undefined) continue;
      reached.set(mark.peer, Math.max(mark.atMs, reached.get(mark.peer) ?? 0));
    }
    const moved = [...reached].filter(([peer, shownMs]) => {
      const atMs = Math.min(shownMs, this.#firstUnreadMs(peer));
      return atMs > 0 && this.#move("here", { peer, atMs, ids: this.#shownAt(peer, atMs) });
    });
    if (moved.length > 0) noteChange(this.#database, "read");
  }

  /** Whether it was read elsewhere before it came here. */
  covers({ id, kind, peer, own, atMs }: UnreadMessage): boolean {
    if (own || kind !== "text" && kind !== "broadcast") return false;
    const mark = this.#find("elsewhere", kind === "broadcast" ? EVERYBODY : peer);
    return mark !== undefined && (atMs < mark.atMs || atMs === mark.atMs && mark.ids.includes(id));
  }

  /** Another device read so far. False for what is no news. */
  take(mark: ReadMark): boolean {
    const here = this.#find("here", mark.peer);
    if (here !== undefined && isNoFurther(mark, here)) return false;
    return this.#move("elsewhere", mark);
  }

  /** What is here and was read elsewhere is no news any more; what is to disappear has its time from now on. False: nothing was. */
  settle(peer: ReadPeer, nowMs: number): boolean {
    const mark = this.#find("elsewhere", peer);
    if (mark === undefined) return false;
    const { sql, values } = saidTo(peer);
    const set = (which: "at_ms < ?" | "id = ?", value: string | number) =>
      this.#database.command(`
        UPDATE entry SET shown = 1,
          expires_ms = CASE WHEN expire_seconds > 0 THEN ? + expire_seconds * 1000 END
        WHERE shown = 0 AND ${which} AND ${sql}
      `).run(nowMs, value, ...values);
    let count = set("at_ms < ?", mark.atMs);
    for (const id of mark.ids) count += set("id = ?", id);
    return count > 0;
  }

  #find(place: MarkedAt, peer: ReadPeer): ReadMark | undefined {
    return this.#database.query("SELECT * FROM read_mark WHERE peer = ? AND place = ?", read)
      .first(peer, place);
  }

  #move(place: MarkedAt, mark: ReadMark): boolean {
    const before = this.#find(place, mark.peer);
    if (before !== undefined && isNoFurther(mark, before)) return false;
    const { peer, atMs, ids } = before === undefined ? mark : further(before, mark);
    this.#database.command("INSERT OR REPLACE INTO read_mark VALUES (?, ?, ?, ?)")
      .run(peer, place, atMs, JSON.stringify(ids));
    return true;
  }

  #firstUnreadMs(peer: ReadPeer): number {
    const { sql, values } = saidTo(peer);
    return this.#database.query(
      `SELECT min(at_ms) AS first FROM entry WHERE shown = 0 AND ${sql}`,
      (row) => row.optionalInteger("first"),
    ).first(...values) ?? Infinity;
  }

  #shownAt(peer: ReadPeer, atMs: number): readonly string[] {
    const { sql, values } = saidTo(peer);
    return this.#database.query(
      `SELECT id FROM entry WHERE at_ms = ? AND shown = 1 AND ${sql} ORDER BY id LIMIT ${MAX_IDS}`,
      (row) => row.text("id"),
    ).all(atMs, ...values);
  }
}

function saidTo(peer: ReadPeer): { readonly sql: string; readonly values: readonly string[] } {
  return peer === EVERYBODY
    ? { sql: "own = 0 AND kind = 'broadcast'", values: [] }
    : { sql: "own = 0 AND kind = 'text' AND peer = ?", values: [peer] };
}

function isNoFurther(mark: ReadMark, than: ReadMark): boolean {
  if (mark.atMs !== than.atMs) return mark.atMs < than.atMs;
  return mark.ids.every((id) => than.ids.includes(id));
}

/** The same for the same two, whatever their order. */
function further(one: ReadMark, other: ReadMark): ReadMark {
  if (one.atMs !== other.atMs) return one.atMs > other.atMs ? one : other;
  const ids = [...new Set([...one.ids, ...other.ids])].sort();
  return { ...one, ids: ids.slice(0, MAX_IDS) };
}

const read = (row: Row): ReadMark => ({
  // Written by this class only, from values of this type.
  peer: row.text("peer") as ReadPeer,
  atMs: row.integer("at_ms"),
  ids: JSON.parse(row.text("ids")) as readonly string[],
});
