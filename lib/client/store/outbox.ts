/**
 * What waits to go to the server, in the order of the device's outbox number. A row is written in the same transaction as
 * the ratchet step that made it (SR-20) and sent as often as needed: the server answers the same number with the same
 * answer. Whoever sends, sends everything before it first, so that several processes keep the order.
 */

import type { Bytes } from "../../base/bytes.ts";
import type { ConversationId, EnvelopeId, Peer } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import type { Row } from "../../storage/row.ts";

/** One request that waits to be sent. */
export interface OutboxRow {
  readonly number: number;
  readonly conversation: ConversationId;
  readonly envelope: EnvelopeId;
  readonly kind: "open" | "message" | "commit";
  readonly epoch: number;
  /** Header fields of the request besides those above. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly body: Bytes;
  /** A message's payload, sealed by the vault. */
  readonly sealed: Bytes | undefined;
}

function read(row: Row): OutboxRow {
  return {
    number: row.integer("number"),
    // Written by `push` below only.
    conversation: row.text("conversation") as ConversationId,
    envelope: row.text("envelope") as EnvelopeId,
    kind: row.text("kind") as OutboxRow["kind"],
    epoch: row.integer("epoch"),
    fields: JSON.parse(row.text("fields")),
    body: row.bytes("body"),
    sealed: row.optionalBytes("sealed"),
  };
}

/** All methods are synchronous: they may be used in the middle of a transaction. */
export class Outbox {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Inside the transaction of the ratchet step. */
  push(row: Omit<OutboxRow, "number">): void {
    this.#database.command(`
      INSERT INTO outbox (conversation, envelope, kind, epoch, fields, body, sealed)
      VALUES (?, ?, ?, ?, ?, ?, ?)
    `).run(
      row.conversation,
      row.envelope,
      row.kind,
      row.epoch,
      JSON.stringify(row.fields),
      row.body,
      row.sealed ?? null,
    );
  }

  /** The next rows after `number`, in order. */
  after(number: number, limit: number): readonly OutboxRow[] {
    return this.#database.query(
      "SELECT * FROM outbox WHERE number > ? ORDER BY number LIMIT ?",
      read,
    ).all(number, limit);
  }

  /** Returns false when another process has removed it already. */
  remove(number: number): boolean {
    return this.#database.command("DELETE FROM outbox WHERE number = ?").run(number) > 0;
  }

  /** Whether a row is still there as it was read. */
  holds(row: OutboxRow): boolean {
    return this.#database.has(
      "SELECT number FROM outbox WHERE number = ? AND epoch = ?",
      row.number,
      row.epoch,
    );
  }

  /** Replaces what the server refused as too old; its number was not taken. */
  reseal(row: OutboxRow, sealed: { epoch: number; body: Bytes }): void {
    this.#database.command(
      "UPDATE outbox SET epoch = ?, body = ? WHERE number = ? AND epoch = ?",
    ).run(sealed.epoch, sealed.body, row.number, row.epoch);
  }

  /** The rows of a conversation, in order. */
  of(conversation: ConversationId): readonly OutboxRow[] {
    return this.#database.query(
      "SELECT * FROM outbox WHERE conversation = ? ORDER BY number",
      read,
    ).all(conversation);
  }

  /** The accounts and rooms that something waits for. */
  peers(): readonly Peer[] {
    return this.#database.query(
      "SELECT DISTINCT peer FROM outbox JOIN conversation USING (conversation)",
      // Written by `Conversations.add` from a branded value.
      (row) => row.text("peer") as Peer,
    ).all();
  }

  /** The highest number ever given, sent or not (SR-23). */
  get highestNumber(): number {
    return this.#database.integer("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'") ?? 0;
  }

  /** Inside a transaction: a number for what is sent at once and not resent, of the same sequence (SR-23). */
  takeNumber(): number {
    const number = this.highestNumber + 1;
    this.skipTo(number);
    return number;
  }

  /** After a rollback of the disk: numbers up to this one were used by the state that was lost (SR-23). */
  skipTo(number: number): void {
    this.#database.command(
      "INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox', 0 " +
        "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'outbox')",
    ).run();
    this.#database.command("UPDATE sqlite_sequence SET seq = ?1 WHERE name = 'outbox' AND seq < ?1")
      .run(number);
  }
}
