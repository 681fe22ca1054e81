/** The record of who did what to whom. Only ever added to; what is too old goes in `expire`. */

import { Bug } from "../../../base/errors.ts";
import type { Database } from "../../../storage/database.ts";
import type { RecordedAction } from "../moderation_store.ts";
import type { JudgedAction } from "../moderation_rules.ts";
import { rowNumber } from "../columns.ts";
import {
  AUDIT_COLUMNS,
  MODERATION_ACTIONS_A_LOOK,
  pageOfActions,
  readRecordedAction,
} from "../moderation_rows.ts";

/** The lines of the record. */
export class AuditTable {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  /** Returns the number of the entry. */
  write(
    { by, target }: Pick<JudgedAction, "by"> & { target: number | null },
    line: { action: string; nowMs: number; untilMs?: number; detail: string },
  ): number {
    const { action, nowMs, untilMs, detail } = line;
    const row = this.#statements.insert.first(nowMs, action, by, target, untilMs ?? null, detail);
    if (row === undefined) throw new Bug("An entry of the record has no number");
    return row;
  }

  /** The same for a moderation action, which is returned as it was written down. */
  writeModerationAction(
    judged: JudgedAction,
    line: Parameters<AuditTable["write"]>[1],
  ): RecordedAction {
    const [moderationAction] = this.#statements.moderationAction.all(this.write(judged, line));
    return moderationAction;
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
      : this.#statements.moderationActions.all(entry, MODERATION_ACTIONS_A_LOOK);
    return pageOfActions(newest, moderationActions);
  }
}

const MODERATION_ACTION = `SELECT ${AUDIT_COLUMNS}, t.account FROM audit e
  JOIN account t ON t.id = e.target LEFT JOIN account b ON b.id = e.by`;

function prepare(database: Database) {
  return {
    insert: database.query(
      "INSERT INTO audit (at_ms, action, by, target, until_ms, detail) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
      rowNumber,
    ),
    newest: database.query("SELECT max(id) AS id FROM audit", (row) => row.optionalInteger("id")),
    moderationAction: database.query(`${MODERATION_ACTION} WHERE e.id = ?`, readRecordedAction),
    moderationActions: database.query(
      `${MODERATION_ACTION} WHERE e.id > ? AND e.action IN ('kick', 'grant') ORDER BY e.id LIMIT ?`,
      readRecordedAction,
    ),
  };
}
