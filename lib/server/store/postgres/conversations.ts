/** Conversations: opening the one of two accounts, and what members and joiners ask about them. */

import { judgeOpening } from "../../../relay/log_rules.ts";
import type { Opening } from "../../../relay/message_log.ts";
import { conversationId, directKeyOf, rowNumber, type Sender } from "../columns.ts";
import type { Answer } from "../store.ts";
import { forgetGroupInfos, saveGroupInfo } from "./commits.ts";
import { query, type Transaction } from "./database.ts";
import { follow, joinList, writeEntry } from "./envelope_log.ts";
import { lockAccounts, lockConversations } from "./locks.ts";
import { findSubmitted } from "./submissions.ts";

/** Whose devices begin a conversation: each account is locked, so that the two open no other one meanwhile. */
interface Beginning {
  readonly sender: Sender;
  readonly joining: { readonly id: number; readonly owner: number };
}

/** See `MessageLog.openDirect`. */
export async function openDirect(
  transaction: Transaction,
  opening: Opening,
): Promise<Answer<"openDirect">> {
  const { account, conversation, peer, added, replaces } = opening;
  const [, , { sender, first }, joining, used] = await Promise.all([
    lockAccounts(transaction, { changed: [account, peer] }),
    lockConversations(transaction, replaces === undefined ? [] : [replaces]),
    findSubmitted(transaction, opening, "welcome"),
    transaction.first(FIND_DEVICE, added, peer),
    transaction.first(FIND_NUMBER, conversation),
  ]);
  if (first !== undefined) return { result: "known", seq: first.seq };
  if (joining === undefined) return { result: "unknown-device" };
  const directKey = directKeyOf(sender.owner, joining.owner);
  const present = await transaction.first(FIND_PRESENT, directKey);
  const isUsed = used !== undefined;
  const taken = judgeOpening({ present: present?.conversation, replaces, isUsed });
  if (taken !== undefined) return { result: "taken", conversation: taken };
  if (present !== undefined) {
    await transaction.run(CLOSE, present.id);
    await forgetGroupInfos(transaction, present.id);
  }
  await create(transaction, opening, { sender, joining });
  return { result: "opened", seq: 1 };
}

async function create(
  transaction: Transaction,
  opening: Opening,
  { sender, joining }: Beginning,
): Promise<void> {
  const { conversation, envelope, epoch, number, nowMs, welcome, groupInfo } = opening;
  const directKey = directKeyOf(sender.owner, joining.owner);
  const id = await transaction.first(INSERT, conversation, directKey, epoch) ?? 0;
  const owners = [...new Set([sender.owner, joining.owner])];
  // Each sees what those before have written.
  await Promise.all([
    ...owners.map((owner) => transaction.run(INSERT_ACCOUNT, id, owner)),
    joinList(transaction, { conversation: id, device: sender.id, cursor: 0 }),
    joinList(transaction, { conversation: id, device: joining.id, cursor: 0 }),
    writeEntry(transaction, {
      ...{ conversation: id, seq: 1, envelope, type: "welcome", epoch, sender, number },
      ...{ recipient: joining.id, atMs: nowMs, body: welcome },
    }),
    follow(transaction, { id, lastSeq: 0 }, { sender, seq: 1 }),
    saveGroupInfo(transaction, id, { epoch, groupInfo }),
  ]);
}

const FIND_DEVICE = query(
  `SELECT d.id, d.owner FROM device d JOIN account a ON a.id = d.owner
    WHERE d.device = $1 AND d.removed = 0 AND a.account = $2`,
  (row) => ({ id: row.integer("id"), owner: row.integer("owner") }),
);

const FIND_PRESENT = query(
  "SELECT id, conversation FROM conversation WHERE direct_key = $1",
  (row) => ({ id: row.integer("id"), conversation: conversationId(row) }),
);

const FIND_NUMBER = query("SELECT id FROM conversation WHERE conversation = $1", rowNumber);
const CLOSE = "UPDATE conversation SET open = 0, direct_key = NULL WHERE id = $1";
const INSERT = query(
  "INSERT INTO conversation (conversation, direct_key, epoch) VALUES ($1, $2, $3) RETURNING id",
  rowNumber,
);
const INSERT_ACCOUNT = "INSERT INTO conversation_account (conversation, account) VALUES ($1, $2)";

// Nothing but a Welcome has one recipient, and what was closed has no direct key.
