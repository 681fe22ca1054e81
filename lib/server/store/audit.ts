/** The record of who did what to whom. Only ever added to; what is too old goes in `expire`. */

import type { AccountId, AccountName } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import type { AuditEntry } from "../moderation_store.ts";
import type { Judged } from "./roles.ts";
import { accountId } from "./columns.ts";

/** The lines of the record. */
export class AuditTable {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  write(
    { by, target }: Pick<Judged, "by"> & { target: number | null },
    line: { action: string; nowMs: number; untilMs?: number; detail: string },
  ): void {
    const { action, nowMs, untilMs, detail } = line;
    this.#statements.insert.run(nowMs, action, by, target, untilMs ?? null, detail);
  }

  list({ before, limit }: { before?: number; limit: number }): readonly AuditEntry[] {
    return this.#statements.list.all(before ?? Number.MAX_SAFE_INTEGER, limit);
  }

  kickedSince(entry: number): { entry: number; accounts: readonly AccountId[] } {
    const newest = this.#statements.newest.first(entry);
    if (newest === undefined) return { entry, accounts: [] };
    return { entry: newest, accounts: this.#statements.kicked.all(entry) };
  }
}

function prepare(database: Database) {
  return {
    insert: database.command(
      "INSERT INTO audit (at_ms, action, by, target, until_ms, detail) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    list: database.query(
      `SELECT e.id, e.at_ms, e.action, b.name AS by_name, t.name AS target_name, e.until_ms, e.detail FROM audit e
        LEFT JOIN account b ON b.id = e.by LEFT JOIN account t ON t.id = e.target
        WHERE e.id < ? ORDER BY e.id DESC LIMIT ?`,
      (row): AuditEntry => ({
        entry: row.integer("id"),
        atMs: row.integer("at_ms"),
        action: row.text("action"),
        // The casts: names were checked by their parser before they were written.
        by: row.optionalText("by_name") as AccountName | undefined,
        target: row.optionalText("target_name") as AccountName | undefined,
        untilMs: row.optionalInteger("until_ms"),
        detail: row.text("detail"),
      }),
    ),
    newest: database.query(
      "SELECT id FROM audit WHERE id > ? ORDER BY id DESC LIMIT 1",
      (row) => row.integer("id"),
    ),
    kicked: database.query(
      `SELECT DISTINCT a.account FROM audit e JOIN account a ON a.id = e.target
        WHERE e.id > ? AND e.action = 'kick'`,
      accountId,
    ),
  };
}
