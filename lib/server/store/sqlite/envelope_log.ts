/**
 * The envelopes of conversations, who is on their delivery lists, and how far each of them is. Every change of one of these
 * goes through here or `open_conversations.ts`, so that the sums of bytes stay true by which the room in mailboxes is judged
 * (`quota.ts`).
 */

import type { Bytes } from "../../../base/bytes.ts";
import { Refusal, StorageError } from "../../../base/errors.ts";
import type { Database } from "../../../storage/database.ts";
import type { LogEntry, LogPosition } from "../columns.ts";
import { ENVELOPE_OVERHEAD_BYTES } from "../../../relay/log_rules.ts";

/** Writes envelopes and delivery lists; keeps the sums. It judges nothing: callers have. */
export class EnvelopeLog {
  readonly #statements;
  #writtenBytes = 0;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  /** Of all entries since this was made, those that were undone too: nothing that waits for a device grew by more. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** Writes an entry at `seq`, for the members of now, and makes that the conversation's last one. */
  write(entry: LogEntry): void {
    const { conversation, seq, sender, recipient, body } = entry;
    const uptoBytes = this.#statements.grow.first(sizeOf(body), seq, conversation) ?? 0;
    const isWanted = recipient !== undefined ||
      this.#statements.findOther.first(conversation, sender.id) !== undefined;
    this.insert(entry, { uptoBytes, isWanted });
  }

  /**
   * The entry's row alone; the caller keeps the conversation's sums. When it is refused, nothing was changed. `isWanted`:
   * there is somebody to get it.
   */
  insert(
    entry: LogEntry,
    { uptoBytes, isWanted }: { uptoBytes: number; isWanted: boolean },
  ): void {
    const { body } = entry;
    const sizeBytes = sizeOf(body);
    this.#writtenBytes += sizeBytes;
    try {
      this.#statements.insert.run(
        entry.conversation,
        entry.seq,
        entry.envelope,
        entry.type,
        entry.epoch,
        entry.sender.id,
        entry.number ?? null,
        entry.recipient ?? null,
        entry.atMs,
        sizeBytes,
        uptoBytes,
        entry.place ?? null,
        // With nobody to get it there is nothing to keep.
        isWanted ? body : null,
      );
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== "not-unique") throw error;
      // A device that was restored from a copy learns by it that it has said this before (SR-23).
      throw new Refusal("envelope-known", "This envelope id is already in the conversation", {
        cause: error,
      });
    }
  }

  /**
   * After entries up to `seq` were written: a sender who had everything before (`place`) also has what it said itself.
   */
  follow(place: LogPosition, sender: number, seq: number): void {
    this.#statements.follow.run(seq, sender, place.id, place.lastSeq);
  }

  /** Puts a device on the delivery list from after `cursor` on. One that is on it stays where it is. */
  join(conversation: number, device: number, cursor: number): void {
    const joined = this.#statements.join.run(device, conversation, cursor);
    if (joined > 0) this.#statements.changeList.run(conversation);
  }

  /** Takes a device off the delivery list: it gets nothing more, not even what waits. */
  leave(place: LogPosition, device: number): void {
    const cursor = this.#statements.findCursor.first(device, place.id);
    if (cursor === undefined) return;
    this.#statements.leave.run(device, place.id);
    this.#statements.changeList.run(place.id);
    this.deletePassed(place.id, cursor, place.lastSeq);
  }

  /** Deletes the bodies after `fromSeq`, up to `toSeq`, that no member needs any more. */
  deletePassed(conversation: number, fromSeq: number, toSeq: number): void {
    this.#statements.deletePassed.run(conversation, fromSeq, toSeq);
  }

  leaveAll(device: number): void {
    for (const place of this.#statements.listPlaces.all(device)) this.leave(place, device);
  }
}

function sizeOf(body: Bytes): number {
  return body.length + ENVELOPE_OVERHEAD_BYTES;
}

function prepare(database: Database) {
  return {
    grow: database.query(
      "UPDATE conversation SET sent_bytes = sent_bytes + ?, last_seq = ? WHERE id = ? RETURNING sent_bytes",
      (row) => row.integer("sent_bytes"),
    ),
    findOther: database.query(
      "SELECT device FROM conversation_member WHERE conversation = ? AND device <> ? LIMIT 1",
      (row) => row.integer("device"),
    ),
    insert: database.command(
      `INSERT INTO envelope (conversation, seq, envelope, type, epoch, sender, number, recipient, at_ms, size_bytes, upto_bytes, place, body)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    follow: database.command(
      `UPDATE conversation_member SET cursor = ?,
          cursor_bytes = (SELECT sent_bytes FROM conversation WHERE id = conversation_member.conversation)
        WHERE device = ? AND conversation = ? AND cursor = ?`,
    ),
    join: database.command(
      `INSERT INTO conversation_member (device, conversation, cursor, cursor_bytes)
        SELECT ?1, ?2, ?3, coalesce((SELECT upto_bytes FROM envelope WHERE conversation = ?2 AND seq = ?3), 0)
        WHERE true ON CONFLICT DO NOTHING`,
    ),
    changeList: database.command(
      "UPDATE conversation SET list_version = list_version + 1 WHERE id = ?",
    ),
    leave: database.command(
      "DELETE FROM conversation_member WHERE device = ? AND conversation = ?",
    ),
    findCursor: database.query(
      "SELECT cursor FROM conversation_member WHERE device = ? AND conversation = ?",
      (row) => row.integer("cursor"),
    ),
    listPlaces: database.query(
      `SELECT c.id, c.last_seq FROM conversation_member m JOIN conversation c ON c.id = m.conversation
        WHERE m.device = ?`,
      (row) => ({ id: row.integer("id"), lastSeq: row.integer("last_seq") }),
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
