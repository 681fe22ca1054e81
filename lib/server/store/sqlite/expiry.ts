/** What is forgotten with time. */

import type { Database } from "../../../storage/database.ts";
import {
  AUDIT_LIFE_MS,
  ENVELOPE_LIFE_MS,
  EXPIRED_BYTES,
  EXPIRED_ROWS,
  KEY_PACKAGE_LIFE_MS,
} from "../lives.ts";

/** Deletes what is too old, a bounded part per call. */
export class Expiry {
  readonly #statements;

  constructor(database: Database) {
    database.command("CREATE TEMP TABLE doomed (id INTEGER PRIMARY KEY) STRICT").run();
    this.#statements = prepare(database);
  }

  expire(nowMs: number): { more: boolean } {
    const envelopes = this.#expireEnvelopes(nowMs - ENVELOPE_LIFE_MS);
    const tokens = this.#statements.deleteTokens.run(nowMs, EXPIRED_ROWS);
    const keyPackages = this.#statements.deleteKeyPackages.run(
      nowMs - KEY_PACKAGE_LIFE_MS,
      EXPIRED_ROWS,
    );
    const sanctions = this.#statements.deleteSanctions.run(nowMs, EXPIRED_ROWS);
    const audit = this.#statements.deleteAudit.run(nowMs - AUDIT_LIFE_MS, EXPIRED_ROWS);
    const invitations = this.#statements.deleteInvitations.run(nowMs, EXPIRED_ROWS);
    const rows = [tokens, keyPackages, sanctions, audit, invitations];
    return { more: envelopes > 0 || rows.includes(EXPIRED_ROWS) };
  }

  #expireEnvelopes(beforeMs: number): number {
    const doomed = this.#statements.doom.run(beforeMs, EXPIRED_ROWS, EXPIRED_BYTES);
    if (doomed === 0) return 0;
    this.#statements.passOver.run();
    this.#statements.saveNumbers.run();
    this.#statements.deleteEnvelopes.run();
    this.#statements.clear.run();
    return doomed;
  }
}

/** CROSS JOIN keeps SQLite to the order as written, from the few doomed ones (sqlite.org/optoverview.html §8). */
function prepare(database: Database) {
  return {
    doom: database.command(
      `INSERT INTO doomed SELECT id FROM (
          SELECT id, sum(size_bytes) OVER (ORDER BY at_ms, id ROWS UNBOUNDED PRECEDING) - size_bytes AS before_bytes
          FROM (SELECT id, at_ms, size_bytes FROM envelope WHERE at_ms < ? ORDER BY at_ms, id LIMIT ?))
        WHERE before_bytes < ?`,
    ),
    // They wait for nobody any more. Cursors stay: the clock may have been set back, and then a younger one comes first.
    passOver: database.command(
      `UPDATE conversation_member SET cursor_bytes = gone.upto_bytes
        FROM (SELECT e.conversation, max(e.upto_bytes) AS upto_bytes
          FROM doomed CROSS JOIN envelope e ON e.id = doomed.id GROUP BY e.conversation) AS gone
        WHERE conversation_member.conversation = gone.conversation AND cursor_bytes < gone.upto_bytes`,
    ),
    saveNumbers: database.command(
      `UPDATE device SET highest_expired_number = max(highest_expired_number, gone.number)
        FROM (SELECT e.sender, max(e.number) AS number FROM doomed CROSS JOIN envelope e ON e.id = doomed.id
          WHERE e.number IS NOT NULL GROUP BY e.sender) AS gone
        WHERE device.id = gone.sender`,
    ),
    deleteEnvelopes: database.command(
      "DELETE FROM envelope WHERE id IN (SELECT id FROM doomed)",
    ),
    clear: database.command("DELETE FROM doomed"),
    deleteTokens: database.command(
      `DELETE FROM registration_token WHERE hash IN
        (SELECT hash FROM registration_token WHERE expires_ms <= ? LIMIT ?)`,
    ),
    deleteSanctions: database.command(
      `DELETE FROM sanction WHERE (account, kind) IN
        (SELECT account, kind FROM sanction WHERE until_ms <= ? LIMIT ?)`,
    ),
    deleteAudit: database.command(
      "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at_ms < ? LIMIT ?)",
    ),
    deleteInvitations: database.command(
      `DELETE FROM room_invitation WHERE (conversation, account) IN
        (SELECT conversation, account FROM room_invitation WHERE expires_ms <= ? LIMIT ?)`,
    ),
    deleteKeyPackages: database.command(
      `DELETE FROM key_package WHERE id IN
        (SELECT id FROM key_package WHERE published_ms < ? LIMIT ?)`,
    ),
  };
}
