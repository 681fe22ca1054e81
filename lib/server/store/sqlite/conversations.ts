/** Conversations: opening the one of two accounts, and what members and joiners ask about them. */

import type { Bytes } from "../../../base/bytes.ts";
import type { AccountId, ConversationId, EnvelopeId } from "../../../base/ids.ts";
import { judgeOpening } from "../../../relay/log_rules.ts";
import type { Database } from "../../../storage/database.ts";
import type { ConversationSummary, Member, Opening } from "../../../relay/message_log.ts";
import {
  accountId,
  conversationId,
  directKeyOf,
  envelopeId,
  rowNumber,
  type Sender,
} from "../columns.ts";
import type { CommitTable } from "./commits.ts";
import type { EnvelopeLog } from "./envelope_log.ts";
import type { SubmissionTable } from "./submissions.ts";

/** The conversations that there are, open and closed. */
export class ConversationTable {
  readonly #log: EnvelopeLog;
  readonly #submissions: SubmissionTable;
  readonly #commits: CommitTable;
  readonly #statements;

  constructor(
    database: Database,
    parts: { log: EnvelopeLog; submissions: SubmissionTable; commits: CommitTable },
  ) {
    this.#log = parts.log;
    this.#submissions = parts.submissions;
    this.#commits = parts.commits;
    this.#statements = prepare(database);
  }

  openDirect(opening: Opening):
    | { result: "opened" | "known"; seq: number }
    | { result: "taken"; conversation: ConversationId }
    | { result: "unknown-device" } {
    const { conversation, peer, added, replaces } = opening;
    const { sender, first } = this.#submissions.find(opening, "welcome");
    if (first !== undefined) return { result: "known", seq: first.seq };
    const joining = this.#statements.findDevice.first(added, peer);
    if (joining === undefined) return { result: "unknown-device" };
    const directKey = directKeyOf(sender.owner, joining.owner);
    const present = this.#statements.findPresent.first(directKey);
    const isUsed = this.#statements.findNumber.first(conversation) !== undefined;
    const taken = judgeOpening({ present: present?.conversation, replaces, isUsed });
    if (taken !== undefined) return { result: "taken", conversation: taken };
    if (present !== undefined) {
      this.#statements.close.run(present.id);
      // Nobody joins it any more, and it would stay for good.
      this.#commits.forgetGroupInfos(present.id);
    }
    this.#create(opening, { sender, joining, directKey });
    return { result: "opened", seq: 1 };
  }

  findGroup(
    { conversation, account }: { conversation: ConversationId; account: AccountId },
  ): { epoch: number; groupInfo: Bytes } | undefined {
    return this.#statements.findGroup.first(conversation, account);
  }

  findWinner(
    { conversation, account, epoch }: {
      conversation: ConversationId;
      account: AccountId;
      epoch: number;
    },
  ): EnvelopeId | undefined {
    return this.#statements.findWinner.first(conversation, account, epoch);
  }

  list({ account, device }: Member): readonly ConversationSummary[] {
    return this.#statements.list.all(device, account);
  }

  #create(
    opening: Opening,
    { sender, joining, directKey }: {
      sender: Sender;
      joining: { id: number; owner: number };
      directKey: string;
    },
  ): void {
    const { conversation, envelope, epoch, number, nowMs, welcome, groupInfo } = opening;
    this.#statements.insert.run(conversation, directKey, epoch);
    const id = this.#statements.findNumber.first(conversation) ?? 0;
    for (const owner of new Set([sender.owner, joining.owner])) {
      this.#statements.insertAccount.run(id, owner);
    }
    this.#log.join(id, sender.id, 0);
    this.#log.join(id, joining.id, 0);
    this.#log.write({
      conversation: id,
      seq: 1,
      envelope,
      type: "welcome",
      epoch,
      sender,
      number,
      recipient: joining.id,
      atMs: nowMs,
      body: welcome,
    });
    this.#log.follow({ id, lastSeq: 0 }, sender.id, 1);
    this.#commits.saveGroupInfo(id, epoch, groupInfo);
  }
}

function prepare(database: Database) {
  return {
    findDevice: database.query(
      `SELECT d.id, d.owner FROM device d JOIN account a ON a.id = d.owner
        WHERE d.device = ? AND d.removed = 0 AND a.account = ?`,
      (row) => ({ id: row.integer("id"), owner: row.integer("owner") }),
    ),
    findPresent: database.query(
      "SELECT id, conversation FROM conversation WHERE direct_key = ?",
      (row) => ({ id: row.integer("id"), conversation: conversationId(row) }),
    ),
    findNumber: database.query("SELECT id FROM conversation WHERE conversation = ?", rowNumber),
    close: database.command("UPDATE conversation SET open = 0, direct_key = NULL WHERE id = ?"),
    insert: database.command(
      "INSERT INTO conversation (conversation, direct_key, epoch) VALUES (?, ?, ?)",
    ),
    insertAccount: database.command(
      "INSERT INTO conversation_account (conversation, account) VALUES (?, ?)",
    ),
    findGroup: database.query(
      `SELECT c.epoch, g.info FROM conversation c JOIN account a
        JOIN group_info g ON g.conversation = c.id AND g.epoch = c.epoch
        WHERE c.conversation = ? AND c.open = 1 AND a.account = ? AND (
          EXISTS (SELECT 1 FROM conversation_account p WHERE p.conversation = c.id AND p.account = a.id)
          OR EXISTS (SELECT 1 FROM room_invitation i WHERE i.conversation = c.id AND i.account = a.id AND i.declined = 0)
          OR EXISTS (SELECT 1 FROM room o WHERE o.conversation = c.id AND o.open_name IS NOT NULL))
          AND NOT EXISTS (SELECT 1 FROM room_removal r WHERE r.conversation = c.id AND r.account = a.id)`,
      (row) => ({ epoch: row.integer("epoch"), groupInfo: row.bytes("info") }),
    ),
    findWinner: database.query(
      `SELECT w.envelope FROM conversation c
        JOIN conversation_account p ON p.conversation = c.id JOIN account a ON a.id = p.account
        JOIN commit_winner w ON w.conversation = c.id
        WHERE c.conversation = ? AND a.account = ? AND w.epoch = ?`,
      envelopeId,
    ),
    // Nothing but a Welcome has one recipient, and what was closed has no direct key.
    list: database.query(
      `SELECT c.conversation, c.epoch, coalesce(peer.account, own.account) AS peer,
          EXISTS (SELECT 1 FROM conversation_member m JOIN device d ON d.id = m.device
            WHERE m.conversation = c.id AND d.device = ?1) AS member,
          EXISTS (SELECT 1 FROM device d JOIN conversation_member m ON m.device = d.id AND m.conversation = c.id
            JOIN envelope e ON e.recipient = d.id AND e.conversation = c.id AND e.seq > m.cursor
            WHERE d.device = ?1) AS welcome
        FROM account own JOIN conversation_account p ON p.account = own.id
        JOIN conversation c ON c.id = p.conversation AND c.direct_key IS NOT NULL
        LEFT JOIN conversation_account other ON other.conversation = c.id AND other.account <> own.id
        LEFT JOIN account peer ON peer.id = other.account
        WHERE own.account = ?2 ORDER BY c.id`,
      (row): ConversationSummary => ({
        conversation: conversationId(row),
        peer: accountId(row, "peer"),
        epoch: row.integer("epoch"),
        member: row.boolean("member"),
        welcome: row.boolean("welcome"),
      }),
    ),
  };
}
