/** Broadcasts: numbered as they come, for as long as the server exists. */

import { compareBytes } from "../../../base/bytes.ts";
import { Refusal } from "../../../base/errors.ts";
import { accountId } from "../columns.ts";
import { readBroadcast } from "../moderation_rows.ts";
import { type Answer, type BroadcastStore, KEPT_BROADCASTS } from "../store.ts";
import { findAccountNumber, unknownAccount } from "./account_lookup.ts";
import { query, type Statements, type Transaction } from "./database.ts";
import { lockAccounts } from "./locks.ts";
import { lookUp } from "./lookups.ts";
import { lastNumber, nextNumber } from "./numbers.ts";

/** See `BroadcastStore.addBroadcast`. */
export async function addBroadcast(
  transaction: Transaction,
  { account, id, statement, nowMs }: Parameters<BroadcastStore["addBroadcast"]>[0],
): Promise<Answer<"addBroadcast">> {
  // One after the other on the server, and one way there and back.
  const [, , known, kick, mute, sender, before] = await Promise.all([
    lockAccounts(transaction, { judged: [account] }),
    // Whoever adds the same one at the same moment waits here; what comes to nothing gives its number back.
    transaction.first(LOCK_COUNTER),
    transaction.first(FIND_KNOWN, id),
    lookUp(transaction, "findSanction", { kind: "kick", account, nowMs }),
    lookUp(transaction, "findSanction", { kind: "mute", account, nowMs }),
    findAccountNumber(transaction, account),
    transaction.first(FIND_LAST),
  ]);
  if (known !== undefined) {
    const isSame = known.account === account && compareBytes(known.statement, statement) === 0;
    if (!isSame) throw new Refusal("bad-message", "Cannot broadcast: its id was used before");
    return { number: known.number, atMs: known.atMs, isNew: false };
  }
  const sanction = kick ?? mute;
  if (sanction !== undefined) return { sanction };
  if (sender === undefined) throw unknownAccount();
  // A server's clock may be set back; the order stays.
  const atMs = Math.max(nowMs, before?.atMs ?? 0);
  const number = await nextNumber(transaction, "broadcast");
  await Promise.all([
    transaction.run(INSERT, number, id, sender, atMs, statement),
    transaction.run("DELETE FROM broadcast WHERE number <= $1", number - KEPT_BROADCASTS),
  ]);
  return { number, atMs, isNew: true };
}

/** See `BroadcastStore.listBroadcasts`. */
export async function listBroadcasts(
  database: Statements,
  { after, sinceMs, limit }: Parameters<BroadcastStore["listBroadcasts"]>[0],
): Promise<Answer<"listBroadcasts">> {
  // First: one that is added meanwhile is for the next question.
  const latest = await lastNumber(database, "broadcast");
  return { broadcasts: await database.all(LIST, after, latest, sinceMs, limit), latest };
}

const LOCK_COUNTER = query(
  "SELECT 1 FROM counter WHERE name = 'broadcast' FOR NO KEY UPDATE",
  () => true,
);
const FIND_KNOWN = query(
  `SELECT a.account, b.number, b.at_ms, b.statement FROM broadcast b
    JOIN account a ON a.id = b.sender WHERE b.broadcast = $1`,
  (row) => ({ account: accountId(row), ...readBroadcast(row) }),
);
const FIND_LAST = query(
  "SELECT number, at_ms, statement FROM broadcast ORDER BY number DESC LIMIT 1",
  readBroadcast,
);
const INSERT =
  `INSERT INTO broadcast (number, broadcast, sender, at_ms, statement) VALUES ($1, $2, $3, $4, $5)`;
const LIST = query(
  `SELECT number, at_ms, statement FROM broadcast
    WHERE number > $1 AND number <= $2 AND at_ms >= $3 ORDER BY number LIMIT $4`,
  readBroadcast,
);
