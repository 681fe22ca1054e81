/**
 * The streams that were offered, and who answered. Ids stay for good, so that none is taken twice (SR-65); titles are sealed
 * (SR-80). Several processes of the profile meet here: one receives what another one waits for.
 */

import { type Bytes, decodeUtf8, utf8 } from "../../base/bytes.ts";
import type { AccountId, DeviceId, Peer, StreamId } from "../../base/ids.ts";
import type { StreamSource } from "../../protocol/peer/stream.ts";
import type { Row } from "../../storage/row.ts";
import type { Participant } from "../activities/activity.ts";
import type { Profile } from "../profile/profile.ts";

/** `open`: offered, and in an own one running too. */
export type StreamState = "open" | "accepted" | "declined" | "over";

/**
 * How one ended for this device: by its sender, or `left`: the person watches no more, and the sender goes on. `elsewhere`:
 * another device of the account answered. `unanswered`: nobody said yes in time, or came.
 */
export type StreamEnd =
  | "ended"
  | "stopped"
  | "failed"
  | "left"
  | "elsewhere"
  | "declined"
  | "unanswered";

/** A stream as this profile keeps it. */
export interface StreamRow {
  /** As people call it, with an `s` before it. */
  readonly number: number;
  readonly id: StreamId;
  readonly direction: "in" | "out";
  readonly peer: Peer;
  /** Whose device sends. */
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly source: StreamSource;
  readonly state: StreamState;
  /** Of one that is over, where that is known. */
  readonly ended: StreamEnd | undefined;
  /** The server's clock, or the own one of an own stream. */
  readonly offeredMs: number;
  /** Foreign. */
  readonly title: string;
}

/** What somebody answered to a stream. */
export interface StreamAnswerRow extends Participant {
  readonly words: StreamId;
}

type Kept = Omit<StreamRow, "title"> & { readonly sealed: Bytes };

// The casts: only this class writes these columns, from values that have the type.
const readKept = (row: Row): Kept => ({
  number: row.integer("number"),
  id: row.text("id") as StreamId,
  direction: row.text("direction") as StreamRow["direction"],
  peer: row.text("peer") as Peer,
  account: row.text("account") as AccountId,
  device: row.text("device") as DeviceId,
  source: row.text("source") as StreamSource,
  state: row.text("state") as StreamState,
  ended: row.optionalText("ended") as StreamEnd | undefined,
  offeredMs: row.integer("offered_ms"),
  sealed: row.bytes("sealed"),
});

/** Of one profile. */
export class StreamStore {
  readonly #profile: Profile;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  /** For `insert`. */
  seal(id: StreamId, title: string): Promise<Bytes> {
    return this.#profile.vault.seal("stream", id, utf8(title));
  }

  /** Inside a transaction. False when the id was seen before (SR-65). */
  insert(row: Omit<StreamRow, "number" | "title" | "state" | "ended">, sealed: Bytes): boolean {
    const { id, direction, peer, account, device, source, offeredMs } = row;
    return this.#profile.database.command(`
      INSERT OR IGNORE INTO stream
        (id, direction, peer, account, device, source, state, offered_ms, sealed)
      VALUES (?, ?, ?, ?, ?, ?, 'open', ?, ?)
    `).run(id, direction, peer, account, device, source, offeredMs, sealed) > 0;
  }

  /** Inside a transaction or not: moves it, if it is in one of `from`. */
  move(id: StreamId, from: readonly StreamState[], to: StreamState): boolean {
    const places = from.map(() => "?").join(", ");
    return this.#profile.database.command(
      `UPDATE stream SET state = ? WHERE id = ? AND state IN (${places})`,
    ).run(to, id, ...from) > 0;
  }

  /** The same into its end. One that this person has left ends too. */
  end(id: StreamId, from: readonly StreamState[], ended: StreamEnd): boolean {
    const places = from.map(() => "?").join(", ");
    return this.#profile.database.command(
      `UPDATE stream SET state = 'over', ended = ? WHERE id = ? AND (state IN (${places}) OR ended = 'left')`,
    ).run(ended, id, ...from) > 0;
  }

  /** The person watches again what they have left and its sender has not ended. */
  goBack(id: StreamId): boolean {
    return this.#profile.database.command(
      "UPDATE stream SET state = 'accepted', ended = NULL WHERE id = ? AND ended = 'left'",
    ).run(id) > 0;
  }

  stateOf(id: StreamId): StreamState | undefined {
    return this.#kept("id = ?").first(id)?.state;
  }

  async find(id: StreamId): Promise<StreamRow | undefined> {
    const found = this.#kept("id = ?").first(id);
    return found && await this.#open(found);
  }

  /** Offers that came in after a time and wait, oldest first. */
  async waiting(afterMs: number): Promise<readonly StreamRow[]> {
    const rows = this.#kept(
      "state = 'open' AND direction = 'in' AND offered_ms > ? ORDER BY number",
    )
      .all(afterMs);
    return await Promise.all(rows.map((row) => this.#open(row)));
  }

  /** Those that this person has left and that may go on, oldest first. */
  async left(): Promise<readonly StreamRow[]> {
    const rows = this.#kept("ended = 'left' ORDER BY number").all();
    return await Promise.all(rows.map((row) => this.#open(row)));
  }

  /** The newest, oldest of them first. */
  async newest(limit: number): Promise<readonly StreamRow[]> {
    const rows = this.#kept("true ORDER BY number DESC LIMIT ?").all(limit);
    return await Promise.all(rows.toReversed().map((row) => this.#open(row)));
  }

  /** Their numbers. */
  waitingNumbers(afterMs: number): readonly number[] {
    return this.#kept(
      "state = 'open' AND direction = 'in' AND offered_ms > ? ORDER BY number",
    ).all(afterMs).map(({ number }) => number);
  }

  /** Inside a transaction: the last answer of a device counts. */
  answer(id: StreamId, { account, device, words, state }: StreamAnswerRow): void {
    this.#profile.database.command(`
      INSERT INTO stream_answer (stream, account, device, words, state) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (stream, device) DO UPDATE SET words = excluded.words, state = excluded.state
    `).run(id, account, device, words, state);
  }

  /** Inside a transaction. */
  leftBy(id: StreamId, device: DeviceId): boolean {
    return this.#profile.database.command(
      "UPDATE stream_answer SET state = 'left' WHERE stream = ? AND device = ? AND state = 'accepted'",
    ).run(id, device) > 0;
  }

  answers(id: StreamId): readonly StreamAnswerRow[] {
    return this.#profile.database.query("SELECT * FROM stream_answer WHERE stream = ?", (row) => ({
      account: row.text("account") as AccountId,
      device: row.text("device") as DeviceId,
      words: row.text("words") as StreamId,
      state: row.text("state") as StreamAnswerRow["state"],
    })).all(id);
  }

  #kept(where: string) {
    return this.#profile.database.query(`SELECT * FROM stream WHERE ${where}`, readKept);
  }

  async #open({ sealed, ...kept }: Kept): Promise<StreamRow> {
    const title = decodeUtf8(await this.#profile.vault.open("stream", kept.id, sealed)) ?? "";
    return { ...kept, title };
  }
}
