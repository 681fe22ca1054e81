/** What is forgotten with time (`sqlite/expiry.ts`), by one node at a time. */

import {
  AUDIT_LIFE_MS,
  ENVELOPE_LIFE_MS,
  EXPIRED_BYTES,
  EXPIRED_ROWS,
  KEY_PACKAGE_LIFE_MS,
} from "../lives.ts";
import { query, type Transaction } from "./database.ts";

/** Deletes what is too old, a bounded part per call. */
export async function expire(
  transaction: Transaction,
  nowMs: number,
): Promise<{ more: boolean }> {
  if (!await transaction.has(IS_MINE)) return { more: false };
  const envelopes = await expireEnvelopes(transaction, nowMs - ENVELOPE_LIFE_MS);
  const rows = await Promise.all([
    transaction.run(DELETE_TOKENS, nowMs, EXPIRED_ROWS),
    transaction.run(DELETE_KEY_PACKAGES, nowMs - KEY_PACKAGE_LIFE_MS, EXPIRED_ROWS),
    transaction.run(DELETE_SANCTIONS, nowMs, EXPIRED_ROWS),
    transaction.run(DELETE_AUDIT, nowMs - AUDIT_LIFE_MS, EXPIRED_ROWS),
    transaction.run(DELETE_INVITATIONS, nowMs, EXPIRED_ROWS),
  ]);
  return { more: envelopes > 0 || rows.includes(EXPIRED_ROWS) };
}

async function expireEnvelopes(transaction: Transaction, beforeMs: number): Promise<number> {
  await transaction.all(LOCK_DOOMED, beforeMs, EXPIRED_ROWS);
  return await transaction.integer(
    EXPIRE_ENVELOPES,
    beforeMs,
    EXPIRED_ROWS,
    EXPIRED_BYTES,
  ) ?? 0;
}

// Ends with the transaction. Whoever finds it taken leaves the rest to who has it.
const IS_MINE = "SELECT 1 WHERE pg_try_advisory_xact_lock(4804, hashtext(current_schema()))";
const OLDEST =
  "SELECT conversation, seq, at_ms, size_bytes FROM envelope WHERE at_ms < $1 ORDER BY at_ms, conversation, seq LIMIT $2";
const LOCK_DOOMED = query(
  `SELECT id FROM conversation WHERE id IN (SELECT conversation FROM (${OLDEST}) AS oldest)
    ORDER BY id FOR NO KEY UPDATE`,
  () => true,
);
// They wait for nobody any more. Cursors stay: the clock may have been set back, and then a younger one comes first.
const EXPIRE_ENVELOPES = `
  WITH doomed AS (
    SELECT conversation, seq FROM (
      SELECT conversation, seq,
        sum(size_bytes) OVER (ORDER BY at_ms, conversation, seq ROWS UNBOUNDED PRECEDING) - size_bytes
          AS before_bytes
      FROM (${OLDEST}) AS oldest) AS summed WHERE before_bytes < $3),
  gone AS (
    DELETE FROM envelope e USING doomed d WHERE e.conversation = d.conversation AND e.seq = d.seq
      RETURNING e.conversation, e.sender, e.number, e.upto_bytes),
  passed AS (
    UPDATE conversation_member m SET cursor_bytes = g.upto_bytes
      FROM (SELECT conversation, max(upto_bytes) AS upto_bytes FROM gone GROUP BY conversation) AS g
      WHERE m.conversation = g.conversation AND m.cursor_bytes < g.upto_bytes),
  saved AS (
    UPDATE device d SET highest_expired_number = greatest(d.highest_expired_number, g.number)
      FROM (SELECT sender, max(number) AS number FROM gone WHERE number IS NOT NULL GROUP BY sender) AS g
      WHERE d.id = g.sender)
  SELECT count(*) FROM gone`;
const DELETE_TOKENS = `DELETE FROM registration_token WHERE hash IN (
  SELECT hash FROM registration_token WHERE expires_ms <= $1 LIMIT $2)`;
const DELETE_SANCTIONS = `DELETE FROM sanction WHERE until_ms <= $1 AND (account, kind) IN (
  SELECT account, kind FROM sanction WHERE until_ms <= $1 LIMIT $2)`;
const DELETE_AUDIT = `DELETE FROM audit WHERE id IN (
  SELECT id FROM audit WHERE at_ms < $1 LIMIT $2)`;
const DELETE_INVITATIONS =
  `DELETE FROM room_invitation WHERE expires_ms <= $1 AND (conversation, account) IN (
    SELECT conversation, account FROM room_invitation WHERE expires_ms <= $1 LIMIT $2)`;
const DELETE_KEY_PACKAGES = `DELETE FROM key_package WHERE id IN (
  SELECT id FROM key_package WHERE published_ms < $1 LIMIT $2)`;
