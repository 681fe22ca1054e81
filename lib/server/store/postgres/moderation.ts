/** Roles, kicks and mutes: judged, done and written down in one transaction, one at a time. */

import { Refusal } from "../../../base/errors.ts";
import type { AccountId } from "../../../base/ids.ts";
import type { Action, Role } from "../../../protocol/permissions.ts";
import { rowNumber } from "../columns.ts";
import type { Actor, Denial, ModerationStore } from "../moderation_store.ts";
import { type JudgedAction, judgeRoles } from "../moderation_rules.ts";
import type { Answer } from "../store.ts";
import { endSessions } from "./accounts.ts";
import { writeAudit, writeModerationAction } from "./audit.ts";
import { query, type Transaction } from "./database.ts";
import { lockAccounts, lockNamed } from "./locks.ts";
import { lookUp } from "./lookups.ts";

type Arguments<Name extends keyof ModerationStore> = Parameters<ModerationStore[Name]>[0];

/** What the account had already is granted again, without a line in the record. */
export async function grantRole(
  transaction: Transaction,
  ordered: Arguments<"grantRole">,
): Promise<Answer<"grantRole">> {
  const { role, nowMs } = ordered;
  const judged = await lockAndJudge(transaction, { ...ordered, action: "grant" });
  if ("result" in judged) return judged;
  const before = judged.role;
  if (before === role) return { result: "done", before, moderationAction: undefined };
  if (await isLastOwner(transaction, judged, nowMs)) return { result: "last-owner" };
  if (role === "member") await transaction.run(CLEAR_ROLE, judged.target);
  else await transaction.run(SET_ROLE, judged.target, role);
  const line = { action: "grant", nowMs, detail: `${before} to ${role}` };
  const moderationAction = await writeModerationAction(transaction, judged, line);
  return { result: "done", before, moderationAction };
}

/** Replaces one of the same kind. A kick ends sessions: nothing that they still say counts. */
export async function addSanction(
  transaction: Transaction,
  ordered: Arguments<"addSanction">,
): Promise<Answer<"addSanction">> {
  const { kind, nowMs, untilMs, reason } = ordered;
  const judged = await lockAndJudge(transaction, { ...ordered, action: kind });
  if ("result" in judged) return judged;
  const { by, target } = judged;
  if (by === target) return { result: "yourself" };
  if (kind === "kick" && await isLastOwner(transaction, judged, nowMs)) {
    return { result: "last-owner" };
  }
  await transaction.run(PUT_SANCTION, target, kind, by, nowMs, untilMs ?? null, reason);
  if (kind === "kick") await endSessions(transaction, target);
  const line = { action: kind, nowMs, untilMs, detail: reason };
  return {
    result: "done",
    moderationAction: await writeModerationAction(transaction, judged, line),
  };
}

/** Takes back what holds. */
export async function liftSanction(
  transaction: Transaction,
  ordered: Arguments<"liftSanction">,
): Promise<Answer<"liftSanction">> {
  const { kind, account, nowMs } = ordered;
  const action = kind === "kick" ? "unkick" : "unmute";
  const judged = await lockAndJudge(transaction, { ...ordered, action });
  if ("result" in judged) return judged;
  const held = await lookUp(transaction, "findSanction", { kind, account, nowMs });
  await transaction.run(REMOVE_SANCTION, judged.target, kind);
  if (held === undefined) return { result: "none" };
  await writeAudit(transaction, judged, { action, nowMs, detail: "" });
  return { result: "done" };
}

/** Writes down what was done elsewhere. */
export async function recordModerationAction(
  transaction: Transaction,
  ordered: Arguments<"recordModerationAction">,
): Promise<Answer<"recordModerationAction">> {
  const judged = await lockAndJudge(transaction, ordered);
  if ("result" in judged) return judged;
  await writeAudit(transaction, judged, ordered);
  return { result: "done" };
}

/** Whether this is the only owner who is not kicked. The caller has the lock of roles. */
export async function isLastOwner(
  transaction: Transaction,
  { target, role }: Pick<JudgedAction, "target" | "role">,
  nowMs: number,
): Promise<boolean> {
  return role === "owner" && !await transaction.has(FIND_OTHER_OWNER, target, nowMs);
}

/**
 * Whether an action may be done, with the rows that it is about. Nobody is granted or kicked meanwhile, and what the account
 * itself does waits. Rejects with Refusal `unknown-account`: told only to those who may do this.
 */
async function lockAndJudge(
  transaction: Transaction,
  { by, action, account, nowMs }: {
    by: Actor;
    action: Action;
    account: AccountId;
    nowMs: number;
  },
): Promise<JudgedAction | Denial> {
  await lockNamed(transaction, "roles");
  await lockAccounts(transaction, { changed: [account] });
  const findOwn = async (): Promise<Role | "operator"> =>
    by === "operator" ? "operator" : await lookUp(transaction, "findRole", by);
  const [role, own, kick, target, actor] = await Promise.all([
    lookUp(transaction, "findRole", account),
    findOwn(),
    by === "operator"
      ? undefined
      : lookUp(transaction, "findSanction", { kind: "kick", account: by, nowMs }),
    transaction.first(FIND_NUMBER, account),
    by === "operator" ? undefined : transaction.first(FIND_NUMBER, by),
  ]);
  const denial = judgeRoles({ action, own, kick, role });
  if (denial !== undefined) return denial;
  if (target === undefined) throw new Refusal("unknown-account", "No such account");
  return { by: actor ?? null, target, role };
}

const FIND_NUMBER = query("SELECT id FROM account WHERE account = $1", rowNumber);
const FIND_OTHER_OWNER = `SELECT 1 FROM role r WHERE r.role = 'owner' AND r.account <> $1
  AND NOT EXISTS (SELECT 1 FROM sanction s WHERE s.account = r.account AND s.kind = 'kick'
    AND (s.until_ms IS NULL OR s.until_ms > $2))`;
const SET_ROLE = `INSERT INTO role (account, role) VALUES ($1, $2)
  ON CONFLICT (account) DO UPDATE SET role = excluded.role`;
const CLEAR_ROLE = "DELETE FROM role WHERE account = $1";

const PUT_SANCTION =
  `INSERT INTO sanction (account, kind, by, at_ms, until_ms, reason) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (account, kind) DO UPDATE SET by = excluded.by, at_ms = excluded.at_ms,
      until_ms = excluded.until_ms, reason = excluded.reason`;
const REMOVE_SANCTION = "DELETE FROM sanction WHERE account = $1 AND kind = $2";
