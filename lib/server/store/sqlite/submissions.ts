/** Who submits an envelope, who is to have it, and whether the same was submitted before: idempotent resending (SR-20). */

import type { Database } from "../../../storage/database.ts";
import { type EnvelopeType, requireSame, requireSender } from "../../../relay/log_rules.ts";
import type { Member, Submission } from "../../../relay/message_log.ts";
import { type FirstAnswer, firstAnswer, member, type Sender, sender } from "../columns.ts";

/** What devices have submitted. */
export class SubmissionTable {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  /** Throws Refusal as `requireSender` does. */
  findSender(submission: Pick<Submission, "account" | "device" | "generation">): Sender {
    const { device, account } = submission;
    return requireSender(this.#statements.findSender.first(device, account), submission);
  }

  /** Throws Refusal as `findSender` and `requireSame` do. */
  find(
    submission: Submission,
    type: EnvelopeType,
  ): { sender: Sender; first: FirstAnswer | undefined } {
    const sender = this.findSender(submission);
    const first = this.#statements.findFirst.first(sender.id, submission.number);
    if (first !== undefined) requireSame(first, submission, type);
    return { sender, first };
  }

  /** Who is to have what a device submits to a conversation. */
  recipients(conversation: number, { id }: Pick<Sender, "id">): readonly Member[] {
    return this.#statements.listOthers.all(conversation, id);
  }
}

function prepare(database: Database) {
  return {
    findSender: database.query(
      `SELECT d.id, d.owner, d.signed_in, a.generation FROM device d JOIN account a ON a.id = d.owner
        WHERE d.device = ? AND d.removed = 0 AND a.account = ?`,
      sender,
    ),
    listOthers: database.query(
      `SELECT a.account, d.device FROM conversation_member m
        JOIN device d ON d.id = m.device JOIN account a ON a.id = d.owner
        WHERE m.conversation = ? AND m.device <> ? ORDER BY m.device`,
      member,
    ),
    findFirst: database.query(
      `SELECT e.place, c.conversation, e.envelope, e.type, e.seq, e.epoch, e.at_ms
        FROM envelope e JOIN conversation c ON c.id = e.conversation
        WHERE e.sender = ? AND e.number = ?`,
      firstAnswer,
    ),
  };
}
