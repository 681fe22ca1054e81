/** What waits for a device: everything beyond its cursors that it did not send and that is not for another alone. */

import type { ConversationId, DeviceId } from "../../../base/ids.ts";
import type { Envelope } from "../../../relay/message_log.ts";
import { conversationId, deviceId, envelope } from "../columns.ts";
import { textArray } from "./arrays.ts";
import { query, type Statements } from "./database.ts";

/** Rows that are looked at, own ones too: a device that was away for a month must not keep the store from others. */
const MAX_COUNTED = 10_000;

/** See `MessageLog.countWaiting`. */
export async function countWaiting(statements: Statements, device: DeviceId): Promise<number> {
  return await statements.integer(COUNT, device) ?? 0;
}

/** See `MessageLog.listWaiting`. */
export async function listWaiting(
  statements: Statements,
  device: DeviceId,
): Promise<readonly { conversation: ConversationId; afterSeq: number }[]> {
  return await statements.all(LIST, device);
}

/** See `Store.filterWaiting`. */
export async function filterWaiting(
  statements: Statements,
  devices: readonly DeviceId[],
): Promise<readonly DeviceId[]> {
  return await statements.all(FILTER, textArray(devices));
}

/** See `MessageLog.fetch`. */
export async function fetchEnvelopes(
  statements: Statements,
  { device, conversation, afterSeq, limit, maxBytes }: {
    device: DeviceId;
    conversation: ConversationId;
    afterSeq: number;
    limit: number;
    maxBytes: number;
  },
): Promise<readonly Envelope[]> {
  return await statements.all(FETCH, device, conversation, afterSeq, limit, maxBytes);
}

/** See `MessageLog.highestNumber`. */
export async function highestNumber(statements: Statements, device: DeviceId): Promise<number> {
  return await statements.integer(HIGHEST_NUMBER, device) ?? 0;
}

const WAITS = `e.body IS NOT NULL AND e.sender <> m.device
  AND (e.recipient IS NULL OR e.recipient = m.device)`;

const COUNT = `SELECT count(*) FILTER (WHERE is_its) AS envelopes FROM (
    SELECT e.sender <> m.device AND (e.recipient IS NULL OR e.recipient = m.device) AS is_its
    FROM device d JOIN conversation_member m ON m.device = d.id
    JOIN envelope e ON e.conversation = m.conversation AND e.seq > m.cursor
    WHERE d.device = $1 AND e.body IS NOT NULL LIMIT ${MAX_COUNTED}) AS waiting`;

const LIST = query(
  `SELECT c.conversation, m.cursor FROM device d JOIN conversation_member m ON m.device = d.id
    JOIN conversation c ON c.id = m.conversation
    WHERE d.device = $1 AND EXISTS (
      SELECT 1 FROM envelope e WHERE e.conversation = m.conversation AND e.seq > m.cursor AND ${WAITS})
    ORDER BY c.id`,
  (row) => ({ conversation: conversationId(row), afterSeq: row.integer("cursor") }),
);

// One look into each index for each device and conversation, whatever the statistics say.
const FILTER = query(
  `SELECT asked.device FROM unnest($1::text[]) AS asked(device)
    CROSS JOIN LATERAL (SELECT id FROM device WHERE device = asked.device LIMIT 1) AS d
    WHERE EXISTS (
      SELECT 1 FROM conversation_member m CROSS JOIN LATERAL (
        SELECT 1 FROM envelope e
        WHERE e.conversation = m.conversation AND e.seq > m.cursor AND ${WAITS} LIMIT 1) AS e
      WHERE m.device = d.id)`,
  deviceId,
);

// The member first, and alone: without statistics, as of a new database, PostgreSQL would go through all members for each
// envelope. Large bodies are read only of what is returned. One is returned however large it is.
const FETCH = query(
  `WITH own AS MATERIALIZED (
      SELECT m.conversation, m.device, greatest($3::bigint, m.cursor) AS after_seq
      FROM device d JOIN conversation_member m ON m.device = d.id
      JOIN conversation c ON c.id = m.conversation WHERE d.device = $1 AND c.conversation = $2)
    SELECT $2::text AS conversation, e.seq, e.envelope, e.type, e.epoch, a.account, d.device, e.at_ms, e.place, e.body
    FROM (
      SELECT e.*, row_number() OVER (ORDER BY e.seq) AS rank,
        sum(e.size_bytes) OVER (ORDER BY e.seq ROWS UNBOUNDED PRECEDING) AS upto_bytes
      FROM own m CROSS JOIN LATERAL (
        SELECT e.seq, e.envelope, e.type, e.epoch, e.sender, e.at_ms, e.place, e.body, e.size_bytes
        FROM envelope e WHERE e.conversation = m.conversation AND e.seq > m.after_seq AND ${WAITS}
        ORDER BY e.seq LIMIT $4) AS e) AS e
    JOIN device d ON d.id = e.sender JOIN account a ON a.id = d.owner
    WHERE e.rank = 1 OR e.upto_bytes <= $5
    ORDER BY e.seq`,
  envelope,
);

const HIGHEST_NUMBER = `SELECT greatest(d.highest_expired_number,
    (SELECT max(e.number) FROM envelope e WHERE e.sender = d.id)) AS number
  FROM device d WHERE d.device = $1 AND d.removed = 0`;
