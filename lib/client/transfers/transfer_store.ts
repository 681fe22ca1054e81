/**
 * The transfers of a profile. In clear stand ids, peer, state and counts; names, places and keys are sealed (SR-80). States
 * move in synchronous steps inside any transaction; what is sealed is changed by the process that runs transfers alone.
 */

import type { Bytes } from "../../base/bytes.ts";
import {
  type AccountId,
  type EnvelopeId,
  isRoom,
  parseRoomHandle,
  type Peer,
  type RoomHandle,
  type TransferId,
} from "../../base/ids.ts";
import type { Row, SqlValue } from "../../storage/row.ts";
import type { Profile } from "../profile/profile.ts";
import type { Incoming, Outgoing, OutgoingTransfer, Transfer } from "./transfer.ts";
import {
  isEnded,
  isToRelease,
  type ReceiverEvent,
  type ReceiverState,
  type SenderEvent,
  type SenderState,
  stepReceiver,
  stepSender,
} from "./transfer_state.ts";

/** Columns of a row, before what is sealed was opened. */
interface Kept {
  readonly id: TransferId;
  readonly number: number;
  readonly direction: Transfer["direction"];
  readonly peer: AccountId;
  readonly room: RoomHandle | undefined;
  readonly offer: TransferId | undefined;
  readonly state: string;
  readonly movedBytes: number;
  readonly verifiedBytes: number;
  readonly sealed: Bytes;
}

// The casts: only this class writes these columns, from values that have the type.
const readKept = (row: Row): Kept => ({
  id: row.text("id") as TransferId,
  number: row.integer("number"),
  direction: row.text("direction") as Transfer["direction"],
  peer: row.text("peer") as AccountId,
  room: parseRoomHandle(row.optionalText("room") ?? ""),
  offer: row.optionalText("offer") as TransferId | undefined,
  state: row.text("state"),
  movedBytes: row.integer("moved_bytes"),
  verifiedBytes: row.integer("verified_bytes"),
  sealed: row.bytes("sealed"),
});

/** Of one profile. */
export class TransferStore {
  readonly #profile: Profile;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  /** Seals what `insert` and `replace` write. */
  seal(id: TransferId, details: Outgoing | Incoming): Promise<Bytes> {
    return this.#profile.vault.sealValue("transfer", id, details);
  }

  /** Inside a transaction. False when it is known already. */
  insert(
    { id, direction, peer, room, offer }:
      & Pick<Transfer, "id" | "direction" | "peer">
      & Partial<Pick<Transfer, "room" | "offer">>,
    sealed: Bytes,
  ): boolean {
    return this.#profile.database.command(`
      INSERT OR IGNORE INTO transfer (id, direction, peer, room, offer, state, ended, sealed)
      VALUES (?, ?, ?, ?, ?, '{"state":"offered"}', 0, ?)
    `).run(id, direction, peer, room ?? null, offer ?? null, sealed) > 0;
  }

  /** Inside a transaction, by the process that runs transfers: what is sealed. */
  replace(id: TransferId, sealed: Bytes): void {
    this.#profile.database.command("UPDATE transfer SET sealed = ? WHERE id = ?").run(sealed, id);
  }

  /** How far it is, for those who look from elsewhere. */
  setMoved(id: TransferId, bytes: number): void {
    this.#profile.database.command("UPDATE transfer SET moved_bytes = ? WHERE id = ?")
      .run(bytes, id);
  }

  /** What the receiver says; it never goes back. */
  setVerified(id: TransferId, bytes: number): void {
    this.#profile.database.command(
      "UPDATE transfer SET verified_bytes = max(verified_bytes, ?) WHERE id = ?",
    ).run(bytes, id);
  }

  /** Inside a transaction: the word by which this device has answered an offer. */
  setAnswer(id: TransferId, controlMessage: EnvelopeId): void {
    this.#profile.database.command("UPDATE transfer SET answer = ? WHERE id = ?").run(
      controlMessage,
      id,
    );
  }

  /** What became of that word. */
  answerOf(
    id: TransferId,
  ): { readonly id: string; readonly state: string; readonly seq: number | undefined } | undefined {
    return this.#profile.database.query(
      "SELECT d.id, d.state, d.seq FROM transfer t JOIN delivery d ON d.id = t.answer WHERE t.id = ?",
      (row) => ({ id: row.text("id"), state: row.text("state"), seq: row.optionalInteger("seq") }),
    ).first(id);
  }

  /** Inside a transaction: the first word by which another device has taken it, while the own one has no number yet. */
  setRival(id: TransferId, seq: number | undefined): void {
    this.#profile.database.command(
      "UPDATE transfer SET rival_seq = min(?1, coalesce(rival_seq, ?1)) WHERE id = ?2",
    ).run(seq ?? null, id);
  }

  /** Moves one that goes out. Undefined when the event changes nothing, or there is none. */
  stepSender(id: TransferId, event: SenderEvent): SenderState | undefined {
    return this.#step(id, "out", (now) => stepSender(now as SenderState, event)) as
      | SenderState
      | undefined;
  }

  /** Moves one that comes in. */
  stepReceiver(id: TransferId, event: ReceiverEvent): ReceiverState | undefined {
    return this.#step(id, "in", (now) => stepReceiver(now as ReceiverState, event)) as
      | ReceiverState
      | undefined;
  }

  /** The state as it is on disk now: another process may have moved it. */
  stateOf(id: TransferId): SenderState | ReceiverState | undefined {
    const found = this.#kept("SELECT * FROM transfer WHERE id = ?").first(id);
    return found === undefined ? undefined : JSON.parse(found.state);
  }

  async find(id: TransferId): Promise<Transfer | undefined> {
    return (await this.#all("SELECT * FROM transfer WHERE id = ?", id))[0];
  }

  async byNumber(number: number): Promise<Transfer | undefined> {
    return (await this.#all("SELECT * FROM transfer WHERE number = ?", number))[0];
  }

  /** Those that are not over, oldest first. */
  async active(): Promise<readonly Transfer[]> {
    return await this.#all("SELECT * FROM transfer WHERE ended = 0 ORDER BY number");
  }

  /** The numbers of those that came in and wait for the person, oldest first. */
  waitingNumbers(): readonly number[] {
    const rows = this.#kept("SELECT * FROM transfer WHERE ended = 0 ORDER BY number").all();
    return rows.filter(({ direction, state }) => direction === "in" && waits(JSON.parse(state)))
      .map(({ number }) => number);
  }

  /** Those of which the server may hold something that nobody reads any more, oldest first. */
  async toRelease(): Promise<readonly OutgoingTransfer[]> {
    return await this.#outgoing("SELECT * FROM transfer WHERE to_release = 1 ORDER BY number");
  }

  /** The server was told. */
  setReleased(id: TransferId): void {
    this.#profile.database.command("UPDATE transfer SET to_release = 0 WHERE id = ?").run(id);
  }

  /** The newest of those that came in and were cancelled. */
  cancelledIn(limit: number): readonly TransferId[] {
    return this.#kept(`SELECT * FROM transfer WHERE direction = 'in' AND ended = 1
      AND state LIKE '%"cancelled"%' AND moved_bytes > 0 ORDER BY number DESC LIMIT ?`)
      .all(limit).map(({ id }) => id);
  }

  /** The newest, oldest of them first. */
  async newest(limit: number): Promise<readonly Transfer[]> {
    const newest = await this.#all("SELECT * FROM transfer ORDER BY number DESC LIMIT ?", limit);
    return newest.toReversed();
  }

  /** How the newest stand, oldest of them first: nothing is opened for that. */
  newestStates(limit: number): readonly Pick<Transfer, "id" | "state">[] {
    const newest = this.#kept("SELECT * FROM transfer ORDER BY number DESC LIMIT ?").all(limit);
    return newest.map(({ id, state }) => ({ id, state: JSON.parse(state) })).toReversed();
  }

  /** All that goes out by one offer to a room, in the order of its members. */
  async ofOffer(offer: TransferId): Promise<readonly OutgoingTransfer[]> {
    return await this.#outgoing(
      "SELECT * FROM transfer WHERE offer = ? AND direction = 'out' ORDER BY number",
      offer,
    );
  }

  /** What became of the transfers of an offer to a room. */
  countOffer(
    offer: TransferId,
  ): { readonly all: number; readonly done: number; readonly open: number } {
    return this.#profile.database.query(
      `SELECT count(*) AS every, coalesce(sum(state = '{"state":"done"}'), 0) AS done,
        coalesce(sum(ended = 0), 0) AS open FROM transfer WHERE offer = ? AND direction = 'out'`,
      (row) => ({
        all: row.integer("every"),
        done: row.integer("done"),
        open: row.integer("open"),
      }),
    ).first(offer) ?? { all: 0, done: 0, open: 0 };
  }

  /** Those that went to an account, or to a room, and are over, newest first: what may be sent once more (SR-63). */
  async sentTo(peer: Peer, limit: number): Promise<readonly OutgoingTransfer[]> {
    const where = isRoom(peer) ? "room = ?" : "peer = ? AND room IS NULL";
    return await this.#outgoing(
      `SELECT * FROM transfer
        WHERE ${where} AND direction = 'out' AND ended = 1 ORDER BY number DESC LIMIT ?`,
      peer,
      limit,
    );
  }

  #step(
    id: TransferId,
    direction: Transfer["direction"],
    step: (now: SenderState | ReceiverState) => SenderState | ReceiverState | undefined,
  ): SenderState | ReceiverState | undefined {
    const { database } = this.#profile;
    return database.transaction(() => {
      const found = this.#kept("SELECT * FROM transfer WHERE id = ?").first(id);
      if (found?.direction !== direction) return undefined;
      const next = step(JSON.parse(found.state));
      if (next === undefined) return undefined;
      database.command("UPDATE transfer SET state = ?, ended = ? WHERE id = ?")
        .run(JSON.stringify(next), isEnded(next) ? 1 : 0, id);
      const isFreed = direction === "out" && isToRelease(next, found.room !== undefined);
      if (isFreed) database.command("UPDATE transfer SET to_release = 1 WHERE id = ?").run(id);
      return next;
    });
  }

  #kept(sql: string) {
    return this.#profile.database.query(sql, readKept);
  }

  async #all(sql: string, ...values: readonly SqlValue[]): Promise<readonly Transfer[]> {
    return await Promise.all(this.#kept(sql).all(...values).map((row) => this.#open(row)));
  }

  async #outgoing(
    sql: string,
    ...values: readonly SqlValue[]
  ): Promise<readonly OutgoingTransfer[]> {
    const all = await this.#all(sql, ...values);
    return all.filter((transfer) => transfer.direction === "out");
  }

  async #open({ sealed, state, ...kept }: Kept): Promise<Transfer> {
    const details = await this.#profile.vault.openValue<object>("transfer", kept.id, sealed);
    // What `seal` was given for one of this direction; columns are newer than whatever of them was sealed too.
    return { ...details, ...kept, state: JSON.parse(state) } as Transfer;
  }
}

/** Whether an offer waits for the person's word. */
export function waits(state: ReceiverState): boolean {
  return state.state === "offered" || state.state === "paused" && state.was === "offered";
}
