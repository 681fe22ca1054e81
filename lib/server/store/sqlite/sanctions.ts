/** Kicks and mutes, as they stand. */

import type { Database } from "../../../storage/database.ts";
import type { Sanction, SanctionKind } from "../moderation_store.ts";
import { readSanction, SANCTION_COLUMNS } from "../moderation_rows.ts";

// From the sanctions, not from all accounts: CROSS JOIN keeps SQLite to that order (sqlite.org/optoverview.html §8).
const SELECT = `SELECT ${SANCTION_COLUMNS} FROM sanction s
  CROSS JOIN account a ON a.id = s.account LEFT JOIN account b ON b.id = s.by`;
const HOLDS = "(s.until_ms IS NULL OR s.until_ms > ?)";

/** What is laid on accounts. One that has ended is as if it were not there. */
export class SanctionTable {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  /** The same by the row of the account. */
  findByNumber(kind: SanctionKind, account: number, nowMs: number): Sanction | undefined {
    return this.#statements.findByNumber.first(account, kind, nowMs);
  }

  put(
    moderationAction: { target: number; by: number | null },
    sanction: {
      kind: SanctionKind;
      nowMs: number;
      untilMs: number | undefined;
      reason: string;
    },
  ): void {
    const { kind, nowMs, untilMs, reason } = sanction;
    this.#statements.put.run(
      moderationAction.target,
      kind,
      moderationAction.by,
      nowMs,
      untilMs ?? null,
      reason,
    );
  }

  /** Returns whether one was there that still held. */
  remove(kind: SanctionKind, account: number, nowMs: number): boolean {
    const held = this.findByNumber(kind, account, nowMs) !== undefined;
    this.#statements.remove.run(account, kind);
    return held;
  }
}

function prepare(database: Database) {
  return {
    findByNumber: database.query(
      `${SELECT} WHERE s.account = ? AND s.kind = ? AND ${HOLDS}`,
      readSanction,
    ),
    put: database.command(
      `INSERT INTO sanction (account, kind, by, at_ms, until_ms, reason) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (account, kind) DO UPDATE SET by = excluded.by, at_ms = excluded.at_ms,
          until_ms = excluded.until_ms, reason = excluded.reason`,
    ),
    remove: database.command("DELETE FROM sanction WHERE account = ? AND kind = ?"),
  };
}
