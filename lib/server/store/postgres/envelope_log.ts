/**
 * The envelopes of conversations, who is on their delivery lists, and how far each of them is. Every change of one of these
 * goes through here or `message_batch.ts`, so that the sums of bytes stay true by which the room in mailboxes is judged. The
 * caller has locked the conversation (`locks.ts`) and judged what is written.
 */

import { Refusal } from "../../../base/errors.ts";
import type { EnvelopeId } from "../../../base/ids.ts";
import { ENVELOPE_OVERHEAD_BYTES } from "../../../relay/log_rules.ts";
import type { LogEntry, LogPosition, Sender } from "../columns.ts";
import { integerArray } from "./arrays.ts";
import { query, type Statements, type Transaction } from "./database.ts";

/** What members have acknowledged, or one that left had: bodies after `fromSeq` up to `toSeq` may go. */
export interface Passed {
  readonly conversation: number;
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** A device that was restored from a copy learns by it that it has said this before (SR-23). */
export function envelopeKnown(): Refusal {
  return new Refusal("envelope-known", "This envelope id is already in the conversation");
}

/** Throws Refusal `envelope-known`. */
export async function requireNewEnvelope(
  statements: Statements,
  conversation: number,
  envelope: EnvelopeId,
): Promise<void> {
  if (await statements.has(FIND_ENVELOPE, conversation, envelope)) throw envelopeKnown();
}

/** Writes an entry at `seq`, for the members of now, and makes that the conversation's last one. */
export async function writeEntry(transaction: Transaction, entry: LogEntry): Promise<void> {
  const { conversation, seq, envelope, type, epoch, sender, number, recipient, atMs, body } = entry;
  await transaction.run(
    WRITE,
    ...[conversation, seq, envelope, type, epoch, sender.id, number ?? null, recipient ?? null],
    ...[atMs, body.length + ENVELOPE_OVERHEAD_BYTES, body],
  );
}

/** After entries up to `seq` were written: a sender who had everything before (`place`) also has what it said itself. */
export async function follow(
  transaction: Transaction,
  place: LogPosition,
  { sender, seq }: { readonly sender: Pick<Sender, "id">; readonly seq: number },
): Promise<void> {
  await transaction.run(FOLLOW, seq, sender.id, place.id, place.lastSeq);
}

/** Puts a device on the delivery list from after `cursor` on. One that is on it stays where it is. */
export async function joinList(
  transaction: Transaction,
  { conversation, device, cursor }: {
    readonly conversation: number;
    readonly device: number;
    readonly cursor: number;
  },
): Promise<void> {
  await transaction.run(JOIN, device, conversation, cursor);
}

/** Takes devices off the delivery list of a conversation: they get nothing more, not even what waits. */
export async function leaveList(
  transaction: Transaction,
  conversation: number,
  devices: readonly number[],
): Promise<void> {
  if (devices.length === 0) return;
  const left = await transaction.all(LEAVE, integerArray(devices), conversation);
  await deleteUnwanted(transaction, left);
}

/** The same of all conversations, which the caller has locked. */
export async function leaveEverywhere(transaction: Transaction, device: number): Promise<void> {
  const left = await transaction.all(LEAVE, integerArray([device]), null);
  await deleteUnwanted(transaction, left);
}

/**
 * Deletes the bodies that members have acknowledged and nobody needs any more. Of two who are behind an envelope, one at least
 * did not send it: it waits for somebody. So nothing beyond the second last member is looked at.
 */
export async function deletePassed(
  transaction: Transaction,
  passed: readonly Passed[],
): Promise<void> {
  if (passed.length > 0) await transaction.run(DELETE_PASSED, ...columnsOf(passed), 1);
}

/** The same of what waited for devices that are on the list no more: Welcomes for them too. */
async function deleteUnwanted(transaction: Transaction, left: readonly Passed[]): Promise<void> {
  if (left.length > 0) await transaction.run(DELETE_PASSED, ...columnsOf(left), 0);
}

function columnsOf(passed: readonly Passed[]): [string, string, string] {
  return [
    integerArray(passed.map(({ conversation }) => conversation)),
    integerArray(passed.map(({ fromSeq }) => fromSeq)),
    integerArray(passed.map(({ toSeq }) => toSeq)),
  ];
}

const FIND_ENVELOPE =
  "SELECT 1 FROM envelope WHERE conversation = $1 AND envelope = $2 AND number IS NOT NULL";

// With nobody to get it there is nothing to keep.
const WRITE = `WITH grown AS (
    UPDATE conversation SET sent_bytes = sent_bytes + $10::bigint, last_seq = $2
      WHERE id = $1 RETURNING sent_bytes)
  INSERT INTO envelope (conversation, seq, envelope, type, epoch, sender, number, recipient, at_ms,
      size_bytes, upto_bytes, body)
    SELECT $1::bigint, $2::bigint, $3::text, $4::text, $5::bigint, $6::bigint, $7::bigint, $8::bigint,
      $9::bigint, $10::bigint, grown.sent_bytes, CASE WHEN $8::bigint IS NOT NULL OR EXISTS (
        SELECT 1 FROM conversation_member WHERE conversation = $1 AND device <> $6)
      THEN $11::bytea END FROM grown`;

const FOLLOW = `UPDATE conversation_member SET cursor = $1,
    cursor_bytes = (SELECT sent_bytes FROM conversation WHERE id = conversation_member.conversation)
  WHERE device = $2 AND conversation = $3 AND cursor = $4`;

const JOIN = `WITH joined AS (
    INSERT INTO conversation_member (device, conversation, cursor, cursor_bytes)
      SELECT $1::bigint, $2::bigint, $3::bigint, coalesce(
        (SELECT upto_bytes FROM envelope WHERE conversation = $2 AND seq = $3), 0)
      ON CONFLICT DO NOTHING RETURNING device)
  UPDATE conversation SET list_version = list_version + 1
    WHERE id = $2 AND EXISTS (SELECT 1 FROM joined)`;

const LEAVE = query(
  `WITH gone AS (
      DELETE FROM conversation_member
        WHERE device = ANY ($1::bigint[]) AND ($2::bigint IS NULL OR conversation = $2)
        RETURNING conversation, cursor),
    places AS (SELECT conversation, min(cursor) AS cursor, count(*) AS devices FROM gone GROUP BY conversation)
    UPDATE conversation SET list_version = list_version + places.devices
      FROM places WHERE id = places.conversation
      RETURNING id, places.cursor, last_seq`,
  (row): Passed => ({
    conversation: row.integer("id"),
    fromSeq: row.integer("cursor"),
    toSeq: row.integer("last_seq"),
  }),
);

const DELETE_PASSED = `UPDATE envelope e SET body = NULL FROM (
    SELECT p.conversation, p.from_seq, CASE WHEN $4::int = 0 THEN p.to_seq ELSE least(p.to_seq, (
        SELECT m.cursor FROM conversation_member m WHERE m.conversation = p.conversation
          ORDER BY m.cursor OFFSET 1 LIMIT 1)) END AS to_seq
      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS p(conversation, from_seq, to_seq)) AS passed
  WHERE e.conversation = passed.conversation AND e.seq > passed.from_seq AND e.seq <= passed.to_seq
    AND e.body IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM conversation_member m WHERE m.conversation = e.conversation AND m.cursor < e.seq
        AND m.device <> e.sender AND (e.recipient IS NULL OR e.recipient = m.device))`;
