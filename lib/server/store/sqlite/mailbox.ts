/** What waits for a device: everything beyond its cursors that it did not send and that is not for another alone. */

import type { ConversationId, DeviceId } from "../../../base/ids.ts";
import type { Database } from "../../../storage/database.ts";
import type { Envelope } from "../../../relay/message_log.ts";
import { conversationId, envelope } from "../columns.ts";

/** Rows that are looked at, own ones too: a device that was away for a month must not keep the store from others. */
const MAX_COUNTED = 10_000;

/** What a device fetches. */
export class MailboxTable {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  count(device: DeviceId): number {
    return this.#statements.count.first(device) ?? 0;
  }

  list(device: DeviceId): readonly { conversation: ConversationId; afterSeq: number }[] {
    return this.#statements.list.all(device);
  }

  fetch(
    { device, conversation, afterSeq, limit, maxBytes }: {
      device: DeviceId;
      conversation: ConversationId;
      afterSeq: number;
      limit: number;
      maxBytes: number;
    },
  ): readonly Envelope[] {
    return this.#statements.fetch.all(device, conversation, afterSeq, limit, maxBytes);
  }

  highestNumber(device: DeviceId): number {
    return this.#statements.highestNumber.first(device) ?? 0;
  }
}

function prepare(database: Database) {
  const waits = `e.body IS NOT NULL AND e.sender <> m.device
    AND (e.recipient IS NULL OR e.recipient = m.device)`;
  return {
    count: database.query(
      `SELECT count(*) FILTER (WHERE is_its) AS envelopes FROM (
          SELECT e.sender <> m.device AND (e.recipient IS NULL OR e.recipient = m.device) AS is_its
          FROM device d JOIN conversation_member m ON m.device = d.id
          JOIN envelope e INDEXED BY envelope_waiting ON e.conversation = m.conversation AND e.seq > m.cursor
          WHERE d.device = ? AND e.body IS NOT NULL LIMIT ${MAX_COUNTED})`,
      (row) => row.integer("envelopes"),
    ),
    list: database.query(
      `SELECT c.conversation, m.cursor FROM device d JOIN conversation_member m ON m.device = d.id
        JOIN conversation c ON c.id = m.conversation
        WHERE d.device = ? AND EXISTS (
          SELECT 1 FROM envelope e INDEXED BY envelope_waiting
          WHERE e.conversation = m.conversation AND e.seq > m.cursor AND ${waits})
        ORDER BY c.id`,
      (row) => ({ conversation: conversationId(row), afterSeq: row.integer("cursor") }),
    ),
    // Sizes first, so that no body is read that is not returned. One is returned however large it is.
    fetch: database.query(
      `SELECT c.conversation, e.seq, e.envelope, e.type, e.epoch, a.account, d.device, e.at_ms, e.place, e.body
        FROM (
          SELECT id, sum(size_bytes) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING) AS upto_bytes, rank
          FROM (
            SELECT e.id, e.seq, e.size_bytes, row_number() OVER (ORDER BY e.seq) AS rank
            FROM device own JOIN conversation_member m ON m.device = own.id
            JOIN conversation c ON c.id = m.conversation
            JOIN envelope e INDEXED BY envelope_waiting ON e.conversation = c.id
            WHERE own.device = ? AND c.conversation = ? AND e.seq > max(?, m.cursor) AND ${waits}
            ORDER BY e.seq LIMIT ?)) page
        JOIN envelope e ON e.id = page.id JOIN conversation c ON c.id = e.conversation
        JOIN device d ON d.id = e.sender JOIN account a ON a.id = d.owner
        WHERE page.rank = 1 OR page.upto_bytes <= ?
        ORDER BY e.seq`,
      envelope,
    ),
    highestNumber: database.query(
      `SELECT max(d.highest_expired_number,
          coalesce((SELECT max(e.number) FROM envelope e WHERE e.sender = d.id), 0)) AS number
        FROM device d WHERE d.device = ? AND d.removed = 0`,
      (row) => row.integer("number"),
    ),
  };
}
