/** Conversations: opening the one of two accounts, and what members and joiners ask about them. */

import type { Bytes } from "../../../base/bytes.ts";
import type { AccountId, ConversationId, EnvelopeId } from "../../../base/ids.ts";
import { judgeOpening } from "../../../relay/log_rules.ts";
import type { ConversationSummary, Member, Opening } from "../../../relay/message_log.ts";
import {
  accountId,
  conversationId,
  directKeyOf,
  envelopeId,
  rowNumber,
  type Sender,
} from "../columns.ts";
import type { Answer } from "../store.ts";
import { forgetGroupInfos, saveGroupInfo } from "./commits.ts";
import { query, type Statements, type Transaction } from "./database.ts";
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

/** See `MessageLog.findGroup`. */
export async function findGroup(
  statements: Statements,
  { conversation, account }: { conversation: ConversationId; account: AccountId },
): Promise<{ epoch: number; groupInfo: Bytes } | undefined> {
  return await statements.first(FIND_GROUP, conversation, account);
}

/** See `MessageLog.findWinner`. */
export async function findWinner(
  statements: Statements,
  { conversation, account, epoch }: {
    conversation: ConversationId;
    account: AccountId;
    epoch: number;
  },
): Promise<EnvelopeId | undefined> {
  return await statements.first(FIND_WINNER, conversation, account, epoch);
}

/** See `MessageLog.listConversations`. */
export async function listConversations(
  statements: Statements,
  { account, device }: Member,
): Promise<readonly ConversationSummary[]> {
  return await statements.all(LIST, device, account);
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

const FIND_GROUP = query(
  `SELECT c.epoch, g.info FROM conversation c CROSS JOIN account a
    JOIN group_info g ON g.conversation = c.id AND g.epoch = c.epoch
    WHERE c.conversation = $1 AND c.open = 1 AND a.account = $2 AND (
      EXISTS (SELECT 1 FROM conversation_account p WHERE p.conversation = c.id AND p.account = a.id)
      OR EXISTS (SELECT 1 FROM room_invitation i
        WHERE i.conversation = c.id AND i.account = a.id AND i.declined = 0)
      OR EXISTS (SELECT 1 FROM room o WHERE o.conversation = c.id AND o.open_name IS NOT NULL))
      AND NOT EXISTS (SELECT 1 FROM room_removal r WHERE r.conversation = c.id AND r.account = a.id)`,
  (row) => ({ epoch: row.integer("epoch"), groupInfo: row.bytes("info") }),
);

const FIND_WINNER = query(
  `SELECT w.envelope FROM conversation c
    JOIN conversation_account p ON p.conversation = c.id JOIN account a ON a.id = p.account
    JOIN commit_winner w ON w.conversation = c.id
    WHERE c.conversation = $1 AND a.account = $2 AND w.epoch = $3`,
  envelopeId,
);

// Nothing but a Welcome has one recipient, and what was closed has no direct key.
const LIST = query(
  `SELECT c.conversation, c.epoch, coalesce(peer.account, own.account) AS peer,
      EXISTS (SELECT 1 FROM conversation_member m JOIN device d ON d.id = m.device
        WHERE m.conversation = c.id AND d.device = $1)::int AS member,
      EXISTS (SELECT 1 FROM device d
        JOIN conversation_member m ON m.device = d.id AND m.conversation = c.id
        JOIN envelope e ON e.recipient = d.id AND e.conversation = c.id AND e.seq > m.cursor
        WHERE d.device = $1)::int AS welcome
    FROM account own JOIN conversation_account p ON p.account = own.id
    JOIN conversation c ON c.id = p.conversation AND c.direct_key IS NOT NULL
    LEFT JOIN conversation_account other ON other.conversation = c.id AND other.account <> own.id
    LEFT JOIN account peer ON peer.id = other.account
    WHERE own.account = $2 ORDER BY c.id`,
  (row): ConversationSummary => ({
    conversation: conversationId(row),
    peer: accountId(row, "peer"),
    epoch: row.integer("epoch"),
    member: row.boolean("member"),
    welcome: row.boolean("welcome"),
  }),
);
