/** The record of who did what to whom. Only ever added to; what is too old goes in `expire`. */

import { Bug } from "../../../base/errors.ts";
import type { AccountName } from "../../../base/ids.ts";
import type { Database } from "../../../storage/database.ts";
import type { Row } from "../../../storage/row.ts";
import type { AuditEntry, RecordedAction } from "../moderation_store.ts";
import type { Judged } from "./roles.ts";
import { accountId, reason, rowNumber } from "./columns.ts";

/** Of a look at what has been done. A moderation action is a person's, and there is a look twice a second. */
const MODERATION_ACTIONS = 100;

/** The lines of the record. */
export class AuditTable {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  /** Returns the number of the entry. */
  write(
    { by, target }: Pick<Judged, "by"> & { target: number | null },
    line: { action: string; nowMs: number; untilMs?: number; detail: string },
  ): number {
    const { action, nowMs, untilMs, detail } = line;
    const row = this.#statements.insert.first(nowMs, action, by, target, untilMs ?? null, detail);
    if (row === undefined) throw new Bug("An entry of the record has no number");
    return row;
  }

  /** The same for a moderation action, which is returned as it was written down. */
  writeModerationAction(judged: Judged, line: Parameters<AuditTable["write"]>[1]): RecordedAction {
    const [moderationAction] = this.#statements.moderationAction.all(this.write(judged, line));
    return moderationAction;
  }

  list({ before, limit }: { before?: number; limit: number }): readonly AuditEntry[] {
    return this.#statements.list.all(before ?? Number.MAX_SAFE_INTEGER, limit);
  }

  /** The newest entry; 0 when there is none. */
  get newest(): number {
    return this.#statements.newest.first() ?? 0;
  }

  moderationActionsSince(
    entry: number = this.newest,
  ): { entry: number; moderationActions: readonly RecordedAction[] } {
    const { newest } = this;
    const moderationActions = newest === entry
      ? []
      : this.#statements.moderationActions.all(entry, MODERATION_ACTIONS);
    return {
      entry: moderationActions.length < MODERATION_ACTIONS
        ? newest
        : moderationActions[MODERATION_ACTIONS - 1].entry,
      moderationActions,
    };
  }
}

const COLUMNS =
  "e.id, e.at_ms, e.action, b.name AS by_name, t.name AS target_name, e.until_ms, e.detail";

const readEntry = (row: Row): AuditEntry => ({
  entry: row.integer("id"),
  atMs: row.integer("at_ms"),
  action: row.text("action"),
  // The casts: names were checked by their parser before they were written.
  by: row.optionalText("by_name") as AccountName | undefined,
  target: row.optionalText("target_name") as AccountName | undefined,
  untilMs: row.optionalInteger("until_ms"),
  detail: reason(row, "detail"),
});

const MODERATION_ACTION = `SELECT ${COLUMNS}, t.account FROM audit e
  JOIN account t ON t.id = e.target LEFT JOIN account b ON b.id = e.by`;

const readModerationAction = (row: Row): RecordedAction => ({
  ...readEntry(row),
  account: accountId(row),
});

function prepare(database: Database) {
  return {
    insert: database.query(
      "INSERT INTO audit (at_ms, action, by, target, until_ms, detail) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
      rowNumber,
    ),
    list: database.query(
      `SELECT ${COLUMNS} FROM audit e
        LEFT JOIN account b ON b.id = e.by LEFT JOIN account t ON t.id = e.target
        WHERE e.id < ? ORDER BY e.id DESC LIMIT ?`,
      readEntry,
    ),
    newest: database.query("SELECT max(id) AS id FROM audit", (row) => row.optionalInteger("id")),
    moderationAction: database.query(`${MODERATION_ACTION} WHERE e.id = ?`, readModerationAction),
    moderationActions: database.query(
      `${MODERATION_ACTION} WHERE e.id > ? AND e.action IN ('kick', 'grant') ORDER BY e.id LIMIT ?`,
      readModerationAction,
    ),
  };
}
