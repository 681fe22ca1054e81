/** The order of commits: one wins each epoch, and with it who is on the delivery list (SR-21, SR-25, SR-35). */

import type { Bytes } from "../../../base/bytes.ts";
import { Refusal } from "../../../base/errors.ts";
import { judgeCommit, KEPT_GROUP_INFOS, requireOneAdded } from "../../../relay/log_rules.ts";
import type { Database } from "../../../storage/database.ts";
import type { CommitSubmission, Member } from "../../../relay/message_log.ts";
import { type LogPosition, rowNumber, type Sender } from "../columns.ts";
import type { EnvelopeLog } from "./envelope_log.ts";
import type { SubmissionTable } from "./submissions.ts";

/** What is appended, and who goes, whoever judged it. */
type CommitBody = Omit<CommitSubmission, "added" | "welcome">;

/** Judges commits, and keeps what those who join need of the group. */
export class CommitTable {
  readonly #log: EnvelopeLog;
  readonly #submissions: SubmissionTable;
  readonly #statements;

  constructor(database: Database, log: EnvelopeLog, submissions: SubmissionTable) {
    this.#log = log;
    this.#submissions = submissions;
    this.#statements = prepare(database);
  }

  commit(submission: CommitSubmission):
    | { result: "committed"; seq: number; epoch: number; recipients: readonly Member[] }
    | { result: "known"; seq: number; epoch: number }
    | { result: "conflict"; epoch: number }
    | { result: "not-member" } {
    const { sender, first } = this.#submissions.find(submission, "commit");
    const { conversation, joins, epoch } = submission;
    const found = this.#statements.findPlace.first(sender.id, sender.owner, conversation);
    const mayCommit = found?.isMember === true || joins && found?.mayJoin === true;
    const judged = judgeCommit({ first, epoch, place: mayCommit ? found : undefined });
    if (judged.result !== "fits") return judged;
    const { place } = judged;
    const added = this.#findAdded(submission, place.id);
    const { welcome } = submission;
    const joining = added === undefined || welcome === undefined ? undefined : { added, welcome };
    const recipients = this.append(submission, place, { sender, joining });
    return { result: "committed", seq: place.lastSeq + 1, epoch: epoch + 1, recipients };
  }

  /** Appends a commit that was judged, and moves the epoch on. Returns who gets it. */
  append(
    submission: CommitBody,
    place: LogPosition,
    { sender, joining }: { sender: Sender; joining?: { added: number; welcome: Bytes } },
  ): readonly Member[] {
    for (const gone of submission.removed) this.#remove(place, gone, sender);
    const recipients = this.#submissions.recipients(place.id, sender);
    this.#write(submission, place, { sender, joining });
    return recipients;
  }

  /** The group state after an accepted epoch, for those who join. */
  saveGroupInfo(conversation: number, epoch: number, groupInfo: Bytes): void {
    this.#statements.insertGroupInfo.run(conversation, epoch, groupInfo);
    this.#statements.deleteGroupInfos.run(conversation, epoch - KEPT_GROUP_INFOS);
  }

  /** With the end of a conversation. */
  forgetGroupInfos(conversation: number): void {
    this.#statements.deleteAllGroupInfos.run(conversation);
  }

  /** The added device, checked: it is there, and its account is one of the conversation's (SR-17). */
  #findAdded({ added, welcome }: CommitSubmission, conversation: number): number | undefined {
    const joining = requireOneAdded(added, welcome);
    if (joining === undefined) return undefined;
    const { device, account } = joining;
    const id = this.#statements.findAllowed.first(device, account, conversation);
    if (id === undefined) {
      throw new Refusal("no-device", "The added device is gone, or not of this conversation");
    }
    return id;
  }

  #remove(
    place: LogPosition,
    { account, device }: Member,
    sender: Sender,
  ): void {
    const id = this.#statements.findDevice.first(device, account);
    // A device that joins anew removes its own old leaf (SR-16); it stays on the list.
    if (id !== undefined && id !== sender.id) this.#log.leave(place, id);
  }

  #write(
    submission: CommitBody,
    place: LogPosition,
    { sender, joining }: { sender: Sender; joining?: { added: number; welcome: Bytes } },
  ): void {
    const { envelope, epoch, number, nowMs: atMs, body, groupInfo } = submission;
    const seq = place.lastSeq + 1;
    const shared = { conversation: place.id, envelope, sender, atMs };
    // Before the added device is on the list: it cannot read the commit that adds it.
    this.#log.write({ ...shared, type: "commit", seq, epoch, number, recipient: undefined, body });
    if (submission.joins) this.#log.join(place.id, sender.id, seq);
    let lastSeq = seq;
    if (joining !== undefined) {
      const { added, welcome } = joining;
      lastSeq = seq + 1;
      this.#log.join(place.id, added, seq);
      this.#log.write({
        ...shared,
        type: "welcome",
        seq: lastSeq,
        epoch: epoch + 1,
        number: undefined,
        recipient: added,
        body: welcome,
      });
    }
    this.#log.follow(place, sender.id, lastSeq);
    this.#statements.setEpoch.run(epoch + 1, place.id);
    this.#statements.insertWinner.run(place.id, epoch, envelope);
    this.saveGroupInfo(place.id, epoch + 1, groupInfo);
  }
}

function prepare(database: Database) {
  return {
    findPlace: database.query(
      `SELECT c.id, c.epoch, c.last_seq,
          EXISTS (SELECT 1 FROM conversation_member m WHERE m.conversation = c.id AND m.device = ?) AS is_member,
          EXISTS (SELECT 1 FROM conversation_account p WHERE p.conversation = c.id AND p.account = ?) AS may_join
        FROM conversation c WHERE c.conversation = ? AND c.open = 1
          AND NOT EXISTS (SELECT 1 FROM room WHERE room.conversation = c.id)`,
      (row) => ({
        id: row.integer("id"),
        epoch: row.integer("epoch"),
        lastSeq: row.integer("last_seq"),
        isMember: row.boolean("is_member"),
        mayJoin: row.boolean("may_join"),
      }),
    ),
    findDevice: database.query(
      "SELECT d.id FROM device d JOIN account a ON a.id = d.owner WHERE d.device = ? AND a.account = ?",
      rowNumber,
    ),
    findAllowed: database.query(
      `SELECT d.id FROM device d JOIN account a ON a.id = d.owner
        JOIN conversation_account p ON p.account = a.id
        WHERE d.device = ? AND d.removed = 0 AND a.account = ? AND p.conversation = ?`,
      rowNumber,
    ),
    setEpoch: database.command("UPDATE conversation SET epoch = ? WHERE id = ?"),
    insertWinner: database.command(
      "INSERT INTO commit_winner (conversation, epoch, envelope) VALUES (?, ?, ?)",
    ),
    insertGroupInfo: database.command(
      "INSERT INTO group_info (conversation, epoch, info) VALUES (?, ?, ?)",
    ),
    deleteGroupInfos: database.command(
      "DELETE FROM group_info WHERE conversation = ? AND epoch <= ?",
    ),
    deleteAllGroupInfos: database.command("DELETE FROM group_info WHERE conversation = ?"),
  };
}
