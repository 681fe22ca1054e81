/** What devices have: their cursors move, and bodies go that nobody needs any more (SR-53, SR-54). */

import type { ConversationId, DeviceId } from "../../../base/ids.ts";
import { integerArray, textArray } from "./arrays.ts";
import { query, type Transaction } from "./database.ts";
import { deletePassed } from "./envelope_log.ts";

/** Everything up to `seq` has arrived. */
export interface Acknowledgement {
  readonly device: DeviceId;
  readonly conversation: ConversationId;
  readonly seq: number;
}

/** How far a member's cursor moved. */
export interface MovedCursor {
  readonly conversation: number;
  readonly device: number;
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** Moves cursors, never back and never past the last envelope. The caller has locked the conversations. */
export async function moveCursors(
  transaction: Transaction,
  acknowledged: readonly Acknowledgement[],
): Promise<readonly MovedCursor[]> {
  if (acknowledged.length === 0) return [];
  return await transaction.all(
    MOVE,
    textArray(acknowledged.map(({ conversation }) => conversation)),
    textArray(acknowledged.map(({ device }) => device)),
    integerArray(acknowledged.map(({ seq }) => seq)),
  );
}

/** Deletes the bodies that are of no use since. */
export async function deleteAcknowledged(
  transaction: Transaction,
  moved: readonly MovedCursor[],
): Promise<void> {
  if (moved.length === 0) return;
  const passed = new Map<number, { conversation: number; fromSeq: number; toSeq: number }>();
  for (const { conversation, fromSeq, toSeq } of moved) {
    const known = passed.get(conversation);
    passed.set(conversation, {
      conversation,
      fromSeq: Math.min(fromSeq, known?.fromSeq ?? fromSeq),
      toSeq: Math.max(toSeq, known?.toSeq ?? toSeq),
    });
  }
  await Promise.all([
    transaction.run(
      DELETE_OWN,
      integerArray(moved.map(({ conversation }) => conversation)),
      integerArray(moved.map(({ device }) => device)),
      integerArray(moved.map(({ fromSeq }) => fromSeq)),
      integerArray(moved.map(({ toSeq }) => toSeq)),
    ),
    deletePassed(transaction, [...passed.values()]),
  ]);
}

// Expired envelopes are gone, and counted when they went.
const MOVE = query(
  `UPDATE conversation_member m SET cursor = moved.to_seq, cursor_bytes = greatest(m.cursor_bytes, (
      SELECT e.upto_bytes FROM envelope e
        WHERE e.conversation = moved.conversation AND e.seq <= moved.to_seq
        ORDER BY e.seq DESC LIMIT 1))
    FROM (
      SELECT o.conversation, o.device, o.cursor AS from_seq, max(least(a.seq, c.last_seq)) AS to_seq
      FROM unnest($1::text[], $2::text[], $3::bigint[]) AS a(conversation, device, seq)
      JOIN conversation c ON c.conversation = a.conversation JOIN device d ON d.device = a.device
      JOIN conversation_member o ON o.conversation = c.id AND o.device = d.id
      GROUP BY o.conversation, o.device, o.cursor
      HAVING max(least(a.seq, c.last_seq)) > o.cursor) AS moved
    WHERE m.conversation = moved.conversation AND m.device = moved.device
    RETURNING m.conversation, m.device, moved.from_seq, moved.to_seq`,
  (row): MovedCursor => ({
    conversation: row.integer("conversation"),
    device: row.integer("device"),
    fromSeq: row.integer("from_seq"),
    toSeq: row.integer("to_seq"),
  }),
);

const DELETE_OWN = `UPDATE envelope e SET body = NULL
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
    AS moved(conversation, device, from_seq, to_seq)
  WHERE e.recipient = moved.device AND e.conversation = moved.conversation
    AND e.seq > moved.from_seq AND e.seq <= moved.to_seq AND e.body IS NOT NULL`;
