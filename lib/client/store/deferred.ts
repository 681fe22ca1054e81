/**
 * Envelopes that cannot be opened yet: a commit or a certificate before them is missing, or a person must decide. They count
 * as read, so that the queue goes on; a row leaves in the transaction that stores what it said (SR-24).
 */

import type { Bytes } from "../../base/bytes.ts";
import type { ConversationId } from "../../base/ids.ts";
import type { PushFields } from "../../protocol/hop/mod.ts";
import type { Database } from "../../storage/database.ts";

/** An envelope as the server delivered it. */
export interface Delivered {
  readonly fields: PushFields<"relay.envelope">;
  readonly body: Bytes;
}

/** What an envelope waits for. */
export type DeferReason =
  /** Of an epoch whose commit has not come. */
  | "epoch"
  /** Of a conversation that this device is not in yet. */
  | "conversation"
  /** A Welcome of someone whose identity changed. */
  | "trust"
  /** More messages of its sender are missing before it than may be passed over in a minute. */
  | "steps";

/** SR-24. What comes on top is a visible gap. */
const MAX_ENVELOPES = 1000;
const MAX_BYTES = 8 * 1024 * 1024;

/** All methods are synchronous: they may be used in the middle of a transaction. */
export class DeferredEnvelopes {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Returns false when there is no room. A conversation that keeps more aside than this one makes room for it: nobody fills
   * the place of all others.
   */
  add({ fields, body }: Delivered, reason: DeferReason): boolean {
    const { conversation } = fields;
    while (!this.#hasRoom(body.length)) {
      const greatest = this.#greatest(conversation);
      if (greatest === undefined || greatest === conversation) return false;
      this.#removeLast(greatest);
    }
    this.#database.command(`
      INSERT INTO parked VALUES (?1, ?2, ?3, ?4, ?5)
      ON CONFLICT DO UPDATE SET reason = ?3
    `).run(conversation, fields.seq, reason, JSON.stringify(fields), body);
    return true;
  }

  #hasRoom(bytes: number): boolean {
    const { envelopes, sizeBytes } = this.#database.query(
      "SELECT count(*) AS envelopes, coalesce(sum(length(body)), 0) AS size_bytes FROM parked",
      (row) => ({ envelopes: row.integer("envelopes"), sizeBytes: row.integer("size_bytes") }),
    ).first() ?? { envelopes: 0, sizeBytes: 0 };
    return envelopes < MAX_ENVELOPES && sizeBytes + bytes <= MAX_BYTES;
  }

  /** The conversation that takes most of the room, by its share of both limits; of equal ones `own`. */
  #greatest(own: string): string | undefined {
    return this.#database.text(
      `SELECT conversation FROM parked GROUP BY conversation
        ORDER BY count(*) * ? + sum(length(body)) DESC, conversation = ? DESC LIMIT 1`,
      MAX_BYTES / MAX_ENVELOPES,
      own,
    );
  }

  #removeLast(conversation: string): void {
    this.#database.command(
      `DELETE FROM parked WHERE conversation = ?1
        AND seq = (SELECT max(seq) FROM parked WHERE conversation = ?1)`,
    ).run(conversation);
  }

  /** What waits for these reasons, in the order of each conversation. */
  list(...reasons: readonly DeferReason[]): readonly Delivered[] {
    return this.#database.query(
      "SELECT reason, fields, body FROM parked ORDER BY conversation, seq",
      (row) => ({
        reason: row.text("reason"),
        fields: JSON.parse(row.text("fields")) as Delivered["fields"],
        body: row.bytes("body"),
      }),
      // Written by `add` from values of these types.
    ).all().filter((row) => reasons.includes(row.reason as DeferReason));
  }

  remove({ fields }: Pick<Delivered, "fields">): void {
    this.#database.command("DELETE FROM parked WHERE conversation = ? AND seq = ?")
      .run(fields.conversation, fields.seq);
  }

  removeUpTo(conversation: ConversationId, seq: number): void {
    this.#database.command("DELETE FROM parked WHERE conversation = ? AND seq <= ?")
      .run(conversation, seq);
  }

  /** Whether anything waits for this reason. */
  has(reason: DeferReason): boolean {
    return this.#database.has("SELECT reason FROM parked WHERE reason = ? LIMIT 1", reason);
  }

  /** Whether something of a conversation waits for the steps to it, and is older than this. */
  hasBefore(conversation: ConversationId, seq: number): boolean {
    return this.#database.has(
      "SELECT seq FROM parked WHERE conversation = ? AND reason = 'steps' AND seq < ? LIMIT 1",
      conversation,
      seq,
    );
  }

  /** Conversations in which something waits for its commit. */
  aheadIn(): ReadonlySet<string> {
    return new Set(
      this.#database.query(
        "SELECT DISTINCT conversation FROM parked WHERE reason = 'epoch'",
        (row) => row.text("conversation"),
      ).all(),
    );
  }
}
