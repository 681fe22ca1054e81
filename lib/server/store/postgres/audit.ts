/** The record of who did what to whom. Only ever added to; what is too old goes in `expire`. */

import { Bug } from "../../../base/errors.ts";
import {
  AUDIT_COLUMNS,
  MODERATION_ACTIONS_A_LOOK,
  pageOfActions,
  readRecordedAction,
} from "../moderation_rows.ts";
import type { ModerationStore, RecordedAction } from "../moderation_store.ts";
import { query, type Statements, type Transaction } from "./database.ts";
import { lastNumber, nextNumber } from "./numbers.ts";

/** Of whom a line is, by the rows of their accounts; null for the operator and for nobody. */
interface AuditParties {
  readonly by: number | null;
  readonly target: number | null;
}

interface AuditLine {
  readonly action: string;
  readonly nowMs: number;
  readonly untilMs?: number;
  readonly detail: string;
}

/** Returns the number of the entry. */
export async function writeAudit(
  transaction: Transaction,
  { by, target }: AuditParties,
  { action, nowMs, untilMs, detail }: AuditLine,
): Promise<number> {
  const entry = await nextNumber(transaction, "audit");
  await transaction.run(INSERT, entry, nowMs, action, by, target, untilMs ?? null, detail);
  return entry;
}

/** The same for a moderation action, which is returned as it was written down. */
export async function writeModerationAction(
  transaction: Transaction,
  parties: AuditParties,
  line: AuditLine,
): Promise<RecordedAction> {
  const entry = await writeAudit(transaction, parties, line);
  const action = await transaction.first(FIND_ACTION, entry);
  if (action === undefined) throw new Bug("Cannot read back a line of the record");
  return action;
}

/** Of the operator. */
export async function recordCommand(
  transaction: Transaction,
  { detail, nowMs }: Parameters<ModerationStore["recordCommand"]>[0],
): Promise<void> {
  await writeAudit(transaction, { by: null, target: null }, { action: "console", nowMs, detail });
}

/** See `ModerationStore.moderationActionsSince`. */
export async function moderationActionsSince(
  database: Statements,
  entry?: number,
): Promise<{ entry: number; moderationActions: readonly RecordedAction[] }> {
  const newest = await lastNumber(database, "audit");
  const from = entry ?? newest;
  const actions = newest === from
    ? []
    : await database.all(LIST_ACTIONS, from, newest, MODERATION_ACTIONS_A_LOOK);
  return pageOfActions(newest, actions);
}

const INSERT = `INSERT INTO audit (id, at_ms, action, by, target, until_ms, detail)
  VALUES ($1, $2, $3, $4, $5, $6, $7)`;
const ACTION = `SELECT ${AUDIT_COLUMNS}, t.account FROM audit e
  JOIN account t ON t.id = e.target LEFT JOIN account b ON b.id = e.by`;
const FIND_ACTION = query(`${ACTION} WHERE e.id = $1`, readRecordedAction);
// Not beyond `newest`: what has come since the question for it is for the next look.
const LIST_ACTIONS = query(
  `${ACTION} WHERE e.id > $1 AND e.id <= $2 AND e.action IN ('kick', 'grant')
    ORDER BY e.id LIMIT $3`,
  readRecordedAction,
);
