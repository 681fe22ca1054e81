/**
 * The envelopes of conversations, who is on their delivery lists, and what waits for whom. Every change of one of these
 * goes through here, so that the running counters of table `waiting` stay true.
 */

import type { Bytes } from "../../base/bytes.ts";
import { Refusal, StorageError } from "../../base/errors.ts";
import type { EnvelopeId } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import type { EnvelopeType } from "../store.ts";
import { ENVELOPE_OVERHEAD_BYTES } from "../store.ts";
import type { Sender } from "./submissions.ts";

/** A conversation, and the highest `seq` in it. */
export interface Place {
  readonly id: number;
  readonly lastSeq: number;
}

/** One envelope to write. */
export interface LogEntry {
  readonly conversation: number;
  readonly seq: number;
  readonly envelope: EnvelopeId;
  readonly type: EnvelopeType;
  readonly epoch: number;
  readonly sender: Sender;
  /** Undefined for an envelope that only goes along with the one submitted. */
  readonly number: number | undefined;
  /** The one device it is for; undefined for all members but the sender. */
  readonly recipient: number | undefined;
  readonly atMs: number;
  /** The number of something said in a room. */
  readonly place?: number;
  readonly body: Bytes;
}

/** Writes envelopes and moves cursors; keeps the counters. It judges nothing: callers have. */
export class EnvelopeLog {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  /** Writes an entry at `seq`, for the members of now. The caller moves the conversation's last `seq`. */
  write(entry: LogEntry): void {
    const { conversation, seq, sender, recipient, body } = entry;
    const sizeBytes = body.length + ENVELOPE_OVERHEAD_BYTES;
    const counted = recipient === undefined
      ? this.#statements.countForAll.run(sizeBytes, sender.owner, conversation, sender.id)
      : this.#statements.countForOne.run(sizeBytes, sender.owner, recipient);
    try {
      this.#statements.insert.run(
        conversation,
        seq,
        entry.envelope,
        entry.type,
        entry.epoch,
        sender.id,
        entry.number ?? null,
        recipient ?? null,
        entry.atMs,
        sizeBytes,
        entry.place ?? null,
        // With nobody to get it there is nothing to keep.
        counted > 0 ? body : null,
      );
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== "not-unique") throw error;
      // A device that was restored from a copy learns by it that it has said this before (SR-23).
      throw new Refusal("envelope-known", "This envelope id is in the conversation already", {
        cause: error,
      });
    }
  }

  /** After entries up to `seq` were written: a sender who had everything before also has what it said itself. */
  advance(place: Place, sender: number, seq: number): void {
    this.#statements.setLastSeq.run(seq, place.id);
    this.#statements.follow.run(seq, sender, place.id, place.lastSeq);
  }

  /** Puts a device on the delivery list from after `cursor` on. One that is on it stays where it is. */
  join(conversation: number, device: number, cursor: number): void {
    this.#statements.join.run(device, conversation, cursor);
  }

  /** Moves a member's cursor forward and deletes the bodies that nobody needs any more. */
  acknowledge(device: number, member: { conversation: number; cursor: number }, seq: number): void {
    const { conversation, cursor } = member;
    this.#release(device, member, seq);
    this.#statements.setCursor.run(seq, device, conversation);
    this.#statements.deletePassed.run(conversation, cursor, seq);
  }

  /** Takes a device off the delivery list: it gets nothing more, not even what waits. */
  leave(place: Place, device: number): void {
    const cursor = this.#statements.findCursor.first(device, place.id);
    if (cursor === undefined) return;
    this.#release(device, { conversation: place.id, cursor }, place.lastSeq);
    this.#statements.leave.run(device, place.id);
    this.#statements.deletePassed.run(place.id, cursor, place.lastSeq);
  }

  leaveAll(device: number): void {
    for (const place of this.#statements.listPlaces.all(device)) this.leave(place, device);
  }

  /** Takes `envelopes` of `sizeBytes` together, all sent by one account, off what waits for a device. */
  uncount(device: number, sender: number, sum: { envelopes: number; sizeBytes: number }): void {
    this.#statements.uncount.run(sum.envelopes, sum.sizeBytes, device, sender);
  }

  /** Takes what waits for the device in (cursor, seq] off its counters. */
  #release(device: number, member: { conversation: number; cursor: number }, seq: number): void {
    const { conversation, cursor } = member;
    const sums = this.#statements.sumWaiting.all(conversation, cursor, seq, device, device);
    for (const { sender, ...sum } of sums) this.uncount(device, sender, sum);
  }
}

function prepare(database: Database) {
  // Two rows for each device: what waits from the sender, and the sum of all senders.
  const count = (devices: string) =>
    database.command(
      `INSERT INTO waiting (device, sender, envelopes, size_bytes)
        SELECT receiver.device, given.sender * pair.column1, 1, given.size_bytes
        FROM (SELECT ? AS size_bytes, ? AS sender) given, (VALUES (0), (1)) pair, (${devices}) receiver
        WHERE true
        ON CONFLICT DO UPDATE SET envelopes = envelopes + 1, size_bytes = size_bytes + excluded.size_bytes`,
    );
  return {
    countForAll: count(
      "SELECT device FROM conversation_member WHERE conversation = ? AND device <> ?",
    ),
    countForOne: count("SELECT ? AS device"),
    insert: database.command(
      `INSERT INTO envelope (conversation, seq, envelope, type, epoch, sender, number, recipient, at_ms, size_bytes, place, body)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    setLastSeq: database.command("UPDATE conversation SET last_seq = ? WHERE id = ?"),
    follow: database.command(
      "UPDATE conversation_member SET cursor = ? WHERE device = ? AND conversation = ? AND cursor = ?",
    ),
    join: database.command(
      "INSERT INTO conversation_member (device, conversation, cursor) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    ),
    leave: database.command(
      "DELETE FROM conversation_member WHERE device = ? AND conversation = ?",
    ),
    findCursor: database.query(
      "SELECT cursor FROM conversation_member WHERE device = ? AND conversation = ?",
      (row) => row.integer("cursor"),
    ),
    setCursor: database.command(
      "UPDATE conversation_member SET cursor = ? WHERE device = ? AND conversation = ?",
    ),
    listPlaces: database.query(
      `SELECT c.id, c.last_seq FROM conversation_member m JOIN conversation c ON c.id = m.conversation
        WHERE m.device = ?`,
      (row) => ({ id: row.integer("id"), lastSeq: row.integer("last_seq") }),
    ),
    sumWaiting: database.query(
      `SELECT d.owner, count(*) AS envelopes, sum(e.size_bytes) AS size_bytes
        FROM envelope e JOIN device d ON d.id = e.sender
        WHERE e.conversation = ? AND e.seq > ? AND e.seq <= ? AND e.body IS NOT NULL
          AND e.sender <> ? AND (e.recipient IS NULL OR e.recipient = ?)
        GROUP BY d.owner`,
      (row) => ({
        sender: row.integer("owner"),
        envelopes: row.integer("envelopes"),
        sizeBytes: row.integer("size_bytes"),
      }),
    ),
    uncount: database.command(
      `UPDATE waiting SET envelopes = envelopes - ?, size_bytes = size_bytes - ?
        WHERE device = ? AND sender IN (?, 0)`,
    ),
    // The index on (conversation, cursor) finds the member furthest behind at once.
    deletePassed: database.command(
      `UPDATE envelope SET body = NULL
        WHERE conversation = ? AND seq > ? AND seq <= ? AND body IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM conversation_member m
          WHERE m.conversation = envelope.conversation AND m.cursor < envelope.seq
            AND m.device <> envelope.sender
            AND (envelope.recipient IS NULL OR envelope.recipient = m.device))`,
    ),
  };
}
