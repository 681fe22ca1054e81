/** Conversations: opening the one of two accounts, and what members and joiners ask about them. */

import type { ConversationId } from "../../../base/ids.ts";
import { judgeOpening } from "../../../relay/log_rules.ts";
import type { Database } from "../../../storage/database.ts";
import type { Opening } from "../../../relay/message_log.ts";
import { conversationId, directKeyOf, rowNumber, type Sender } from "../columns.ts";
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
  };
}
