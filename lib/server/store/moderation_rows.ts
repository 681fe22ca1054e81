/** Roles, sanctions, the record and broadcasts as rows: the same columns on every database. */

import type { AccountName } from "../../base/ids.ts";
import type { Role } from "../../protocol/permissions.ts";
import type { Row } from "../../storage/row.ts";
import { accountId, accountName, reason } from "./columns.ts";
import type {
  AuditEntry,
  RecordedAction,
  RoleHolder,
  Sanction,
  SanctionKind,
} from "./moderation_store.ts";
import type { StoredBroadcast } from "./store.ts";

/** Column `role`. A CHECK of the table keeps it to these. */
export const roleOf = (row: Row): Role => row.text("role") as Role;

/** A role with the account that has it. */
export const readRoleHolder = (row: Row): RoleHolder => ({
  account: accountId(row),
  name: accountName(row),
  role: roleOf(row),
});

/** `s` is table `sanction`, `a` the account, `b` who laid it on. */
export const SANCTION_COLUMNS =
  "s.kind, a.account, a.name, b.name AS by_name, s.at_ms, s.until_ms, s.reason";

/** A row of `SANCTION_COLUMNS`. The casts: these columns are written from values that have the type. */
export const readSanction = (row: Row): Sanction => ({
  kind: row.text("kind") as SanctionKind,
  account: accountId(row),
  name: accountName(row),
  by: row.optionalText("by_name") as AccountName | undefined,
  atMs: row.integer("at_ms"),
  untilMs: row.optionalInteger("until_ms"),
  reason: reason(row, "reason"),
});

/** `e` is table `audit`, `b` who did it, `t` to whom. */
export const AUDIT_COLUMNS =
  "e.id, e.at_ms, e.action, b.name AS by_name, t.name AS target_name, e.until_ms, e.detail";

/** A row of `AUDIT_COLUMNS`. */
export const readAuditEntry = (row: Row): AuditEntry => ({
  entry: row.integer("id"),
  atMs: row.integer("at_ms"),
  action: row.text("action"),
  // The casts: names were checked by their parser before they were written.
  by: row.optionalText("by_name") as AccountName | undefined,
  target: row.optionalText("target_name") as AccountName | undefined,
  untilMs: row.optionalInteger("until_ms"),
  detail: reason(row, "detail"),
});

/** With column `account` of the one it was done to. */
export const readRecordedAction = (row: Row): RecordedAction => ({
  ...readAuditEntry(row),
  account: accountId(row),
});

/** A row of table `broadcast`. */
export const readBroadcast = (row: Row): StoredBroadcast => ({
  number: row.integer("number"),
  atMs: row.integer("at_ms"),
  statement: row.bytes("statement"),
});

/** Of a look at what has been done. A moderation action is a person's, and there is a look twice a second. */
export const MODERATION_ACTIONS_A_LOOK = 100;

/** Where to look on from, and what a look up to entry `newest` found. */
export function pageOfActions(
  newest: number,
  moderationActions: readonly RecordedAction[],
): { readonly entry: number; readonly moderationActions: readonly RecordedAction[] } {
  const isFull = moderationActions.length >= MODERATION_ACTIONS_A_LOOK;
  return { entry: isFull ? moderationActions.at(-1)?.entry ?? newest : newest, moderationActions };
}
