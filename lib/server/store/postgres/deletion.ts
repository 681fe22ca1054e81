/** The end of an account: judged and done in one transaction, so that server and rooms keep their last owners. */

import { conversationId } from "../columns.ts";
import type { AccountStore } from "../account_store.ts";
import { accountNumber } from "./account_lookup.ts";
import { eraseAccount } from "./accounts.ts";
import { writeAudit } from "./audit.ts";
import { query, type Transaction } from "./database.ts";
import { lockAccounts, lockConversationsOf, lockNamed } from "./locks.ts";
import { lookUp } from "./lookups.ts";
import { isLastOwner } from "./moderation.ts";

type Deletion = Parameters<AccountStore["deleteAccount"]>[0];

/** Deletes an account that may go. */
export async function deleteAccount(
  transaction: Transaction,
  { account, nowMs, rooms, trial }: Deletion,
): Promise<"deleted" | "allowed" | "last-owner" | "stale"> {
  await lockNamed(transaction, "roles");
  await lockAccounts(transaction, { changed: [account] });
  await lockConversationsOf(transaction, account);
  const target = await accountNumber(transaction, account);
  const role = await lookUp(transaction, "findRole", account);
  if (await isLastOwner(transaction, { target, role }, nowMs)) return "last-owner";
  if (rooms !== undefined && !await areThese(transaction, target, rooms)) return "stale";
  if (trial === true) return "allowed";
  if (role !== "member") {
    const line = { action: "grant", nowMs, detail: `${role} to member` };
    await writeAudit(transaction, { by: null, target }, line);
  }
  await eraseAccount(transaction, target);
  return "deleted";
}

/** Whether the account is in these rooms, each at its version, and in no other. */
async function areThese(
  transaction: Transaction,
  account: number,
  rooms: NonNullable<Deletion["rooms"]>,
): Promise<boolean> {
  const known = new Map(rooms.map(({ conversation, version }) => [conversation, version]));
  const present = await transaction.all(LIST_ROOMS, account);
  return present.length === known.size &&
    present.every(({ conversation, version }) => known.get(conversation) === version);
}

const LIST_ROOMS = query(
  `SELECT c.conversation, r.version FROM conversation_account p
    JOIN conversation c ON c.id = p.conversation AND c.open = 1
    JOIN room r ON r.conversation = c.id WHERE p.account = $1
      AND NOT EXISTS (
        SELECT 1 FROM room_removal x WHERE x.conversation = c.id AND x.account = p.account)`,
  (row) => ({ conversation: conversationId(row), version: row.integer("version") }),
);
