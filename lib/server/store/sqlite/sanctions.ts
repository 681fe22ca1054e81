/** Kicks and mutes, as they stand. */

import type { AccountId, AccountName } from "../../../base/ids.ts";
import type { Database } from "../../../storage/database.ts";
import type { Row } from "../../../storage/row.ts";
import type { Sanction, SanctionKind } from "../moderation_store.ts";
import { accountId, accountName, reason } from "./columns.ts";

const COLUMNS = "s.kind, a.account, a.name, b.name AS by_name, s.at_ms, s.until_ms, s.reason";
// From the sanctions, not from all accounts: CROSS JOIN keeps SQLite to that order (sqlite.org/optoverview.html §8).
const SELECT = `SELECT ${COLUMNS} FROM sanction s
  CROSS JOIN account a ON a.id = s.account LEFT JOIN account b ON b.id = s.by`;
const HOLDS = "(s.until_ms IS NULL OR s.until_ms > ?)";

// The casts: only this room's own statements write these columns, from values that have the type.
const readSanction = (row: Row): Sanction => ({
  kind: row.text("kind") as SanctionKind,
  account: accountId(row),
  name: accountName(row),
  by: row.optionalText("by_name") as AccountName | undefined,
  atMs: row.integer("at_ms"),
  untilMs: row.optionalInteger("until_ms"),
  reason: reason(row, "reason"),
});

/** What is laid on accounts. One that has ended is as if it were not there. */
export class SanctionTable {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  find(kind: SanctionKind, account: AccountId, nowMs: number): Sanction | undefined {
    return this.#statements.find.first(kind, account, nowMs);
  }

  /** The same by the row of the account. */
  findByNumber(kind: SanctionKind, account: number, nowMs: number): Sanction | undefined {
    return this.#statements.findByNumber.first(account, kind, nowMs);
  }

  list(
    { kind, after, limit, nowMs }: {
      kind: SanctionKind;
      after?: AccountId;
      limit: number;
      nowMs: number;
    },
  ): readonly Sanction[] {
    return this.#statements.list.all(kind, after ?? "", nowMs, limit);
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
    find: database.query(
      `${SELECT} WHERE s.kind = ? AND s.account = (SELECT id FROM account WHERE account = ?)
        AND ${HOLDS}`,
      readSanction,
    ),
    findByNumber: database.query(
      `${SELECT} WHERE s.account = ? AND s.kind = ? AND ${HOLDS}`,
      readSanction,
    ),
    list: database.query(
      `${SELECT} WHERE s.kind = ? AND a.account > ? AND ${HOLDS} ORDER BY a.account LIMIT ?`,
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
