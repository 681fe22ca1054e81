/** The order of commits: one wins each epoch, and with it who is on the delivery list (SR-21, SR-25, SR-35). */

import type { Bytes } from "../../../base/bytes.ts";
import { Refusal } from "../../../base/errors.ts";
import { judgeCommit, KEPT_GROUP_INFOS, requireOneAdded } from "../../../relay/log_rules.ts";
import type { CommitSubmission, Member } from "../../../relay/message_log.ts";
import { type LogPosition, rowNumber, type Sender } from "../columns.ts";
import type { Answer } from "../store.ts";
import { textArray } from "./arrays.ts";
import { query, type Transaction } from "./database.ts";
import { follow, joinList, leaveList, requireNewEnvelope, writeEntry } from "./envelope_log.ts";
import { lockAccounts, lockConversations } from "./locks.ts";
import { findSubmitted, listRecipients } from "./submissions.ts";

/** What is appended, and who goes, whoever judged it. */
type CommitBody = Omit<CommitSubmission, "added" | "welcome">;

/** Who comes in by a commit, and by what. */
interface Joining {
  readonly added: number;
  readonly welcome: Bytes;
}

/** See `MessageLog.commit`. */
export async function commit(
  transaction: Transaction,
  submission: CommitSubmission,
): Promise<Answer<"commit">> {
  const { account, device, conversation, joins, epoch, added, welcome } = submission;
  const judged = [account, ...added.map((one) => one.account)];
  const [, , { sender, first }, found] = await Promise.all([
    lockAccounts(transaction, { judged }),
    lockConversations(transaction, [conversation]),
    findSubmitted(transaction, submission, "commit"),
    transaction.first(FIND_PLACE, device, account, conversation),
  ]);
  const mayCommit = found?.isMember === true || joins && found?.mayJoin === true;
  const verdict = judgeCommit({ first, epoch, place: mayCommit ? found : undefined });
  if (verdict.result !== "fits") return verdict;
  const { place } = verdict;
  const id = await findAdded(transaction, submission, place.id);
  const joining = id === undefined || welcome === undefined ? undefined : { added: id, welcome };
  const recipients = await appendCommit(transaction, submission, { place, sender, joining });
  return { result: "committed", seq: place.lastSeq + 1, epoch: epoch + 1, recipients };
}

/** Appends a commit that was judged, and moves the epoch on. Returns who gets it. */
export async function appendCommit(
  transaction: Transaction,
  submission: CommitBody,
  { place, sender, joining }: {
    readonly place: LogPosition;
    readonly sender: Sender;
    readonly joining?: Joining | undefined;
  },
): Promise<readonly Member[]> {
  const [gone] = await Promise.all([
    findDevices(transaction, submission.removed),
    requireNewEnvelope(transaction, place.id, submission.envelope),
  ]);
  // A device that joins anew removes its own old leaf (SR-16); it stays on the list.
  await leaveList(transaction, place.id, gone.filter((device) => device !== sender.id));
  const [recipients] = await Promise.all([
    listRecipients(transaction, place.id, sender),
    write(transaction, submission, { place, sender, joining }),
  ]);
  return recipients;
}

/** The group state after an accepted epoch, for those who join. */
export async function saveGroupInfo(
  transaction: Transaction,
  conversation: number,
  { epoch, groupInfo }: { readonly epoch: number; readonly groupInfo: Bytes },
): Promise<void> {
  await Promise.all([
    transaction.run(INSERT_GROUP_INFO, conversation, epoch, groupInfo),
    transaction.run(DELETE_GROUP_INFOS, conversation, epoch - KEPT_GROUP_INFOS),
  ]);
}

/** With the end of a conversation: nobody joins it any more, and they would stay for good. */
export async function forgetGroupInfos(
  transaction: Transaction,
  conversation: number,
): Promise<void> {
  await transaction.run("DELETE FROM group_info WHERE conversation = $1", conversation);
}

/** The added device, checked: it is there, and its account is one of the conversation's (SR-17). */
async function findAdded(
  transaction: Transaction,
  { added, welcome }: CommitSubmission,
  conversation: number,
): Promise<number | undefined> {
  const joining = requireOneAdded(added, welcome);
  if (joining === undefined) return undefined;
  const id = await transaction.first(FIND_ALLOWED, joining.device, joining.account, conversation);
  if (id !== undefined) return id;
  throw new Refusal("no-device", "The added device is gone, or not of this conversation");
}

async function findDevices(
  transaction: Transaction,
  members: readonly Member[],
): Promise<readonly number[]> {
  if (members.length === 0) return [];
  const devices = textArray(members.map(({ device }) => device));
  return await transaction.all(
    FIND_DEVICES,
    devices,
    textArray(members.map(({ account }) => account)),
  );
}

/** Its statements are begun in this order, and each sees what those before have written. */
async function write(
  transaction: Transaction,
  submission: CommitBody,
  { place, sender, joining }: { place: LogPosition; sender: Sender; joining?: Joining | undefined },
): Promise<void> {
  const { envelope, epoch, number, nowMs: atMs, body, groupInfo } = submission;
  const conversation = place.id;
  const seq = place.lastSeq + 1;
  const shared = { conversation, envelope, sender, atMs };
  const entry = { ...shared, type: "commit", seq, epoch, number, recipient: undefined } as const;
  // Before the added device is on the list: it cannot read the commit that adds it.
  const writing = [writeEntry(transaction, { ...entry, body })];
  if (submission.joins) {
    writing.push(joinList(transaction, { conversation, device: sender.id, cursor: seq }));
  }
  let lastSeq = seq;
  if (joining !== undefined) {
    const { added: recipient, welcome } = joining;
    lastSeq = seq + 1;
    const next = { ...shared, seq: lastSeq, epoch: epoch + 1, number: undefined } as const;
    writing.push(
      joinList(transaction, { conversation, device: recipient, cursor: seq }),
      writeEntry(transaction, { ...next, type: "welcome", recipient, body: welcome }),
    );
  }
  await Promise.all([
    ...writing,
    follow(transaction, place, { sender, seq: lastSeq }),
    transaction.run(SET_EPOCH, epoch + 1, conversation),
    transaction.run(INSERT_WINNER, conversation, epoch, envelope),
    saveGroupInfo(transaction, conversation, { epoch: epoch + 1, groupInfo }),
  ]);
}

const FIND_PLACE = query(
  `SELECT c.id, c.epoch, c.last_seq,
      EXISTS (SELECT 1 FROM conversation_member m JOIN device d ON d.id = m.device
        WHERE m.conversation = c.id AND d.device = $1)::int AS is_member,
      EXISTS (SELECT 1 FROM conversation_account p JOIN account a ON a.id = p.account
        WHERE p.conversation = c.id AND a.account = $2)::int AS may_join
    FROM conversation c WHERE c.conversation = $3 AND c.open = 1
      AND NOT EXISTS (SELECT 1 FROM room WHERE room.conversation = c.id)`,
  (row) => ({
    id: row.integer("id"),
    epoch: row.integer("epoch"),
    lastSeq: row.integer("last_seq"),
    isMember: row.boolean("is_member"),
    mayJoin: row.boolean("may_join"),
  }),
);

const FIND_DEVICES = query(
  `SELECT d.id FROM unnest($1::text[], $2::text[]) AS gone(device, account)
    JOIN device d ON d.device = gone.device
    JOIN account a ON a.id = d.owner AND a.account = gone.account`,
  rowNumber,
);

const FIND_ALLOWED = query(
  `SELECT d.id FROM device d JOIN account a ON a.id = d.owner
    JOIN conversation_account p ON p.account = a.id
    WHERE d.device = $1 AND d.removed = 0 AND a.account = $2 AND p.conversation = $3`,
  rowNumber,
);

const SET_EPOCH = "UPDATE conversation SET epoch = $1 WHERE id = $2";
const INSERT_WINNER =
  "INSERT INTO commit_winner (conversation, epoch, envelope) VALUES ($1, $2, $3)";
const INSERT_GROUP_INFO = "INSERT INTO group_info (conversation, epoch, info) VALUES ($1, $2, $3)";
const DELETE_GROUP_INFOS = "DELETE FROM group_info WHERE conversation = $1 AND epoch <= $2";
