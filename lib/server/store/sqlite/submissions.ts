/** Who submits an envelope, and whether the same was submitted before: idempotent resending (SR-20). */

import { Refusal } from "../../../base/errors.ts";
import type { Database } from "../../../storage/database.ts";
import { type EnvelopeType, requireSame } from "../../../relay/log_rules.ts";
import type { Submission } from "../submission.ts";
import { conversationId, envelopeId, envelopeType } from "./columns.ts";

/** The rows of a submitting device and its account. */
export interface Sender {
  readonly id: number;
  readonly owner: number;
}

/** What an earlier submission of the same device and number led to. */
export interface FirstAnswer {
  readonly seq: number;
  readonly epoch: number;
  readonly atMs: number;
  readonly place: number | undefined;
}

/** What devices have submitted. */
export class SubmissionTable {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  /** Throws Refusal when the device is removed, and as `requireSame` does. */
  find(
    submission: Submission,
    type: EnvelopeType,
  ): { sender: Sender; first: FirstAnswer | undefined } {
    const { number, device, account } = submission;
    const sender = this.#statements.findSender.first(device, account);
    if (sender === undefined) throw new Refusal("device-refused", "This device was removed");
    const first = this.#statements.findFirst.first(sender.id, number);
    if (first !== undefined) requireSame(first, submission, type);
    return { sender, first };
  }
}

function prepare(database: Database) {
  return {
    findSender: database.query(
      `SELECT d.id, d.owner FROM device d JOIN account a ON a.id = d.owner
        WHERE d.device = ? AND d.removed = 0 AND a.account = ?`,
      (row): Sender => ({ id: row.integer("id"), owner: row.integer("owner") }),
    ),
    findFirst: database.query(
      `SELECT e.place, c.conversation, e.envelope, e.type, e.seq, e.epoch, e.at_ms
        FROM envelope e JOIN conversation c ON c.id = e.conversation
        WHERE e.sender = ? AND e.number = ?`,
      (row) => ({
        conversation: conversationId(row),
        envelope: envelopeId(row),
        type: envelopeType(row),
        seq: row.integer("seq"),
        epoch: row.integer("epoch"),
        atMs: row.integer("at_ms"),
        place: row.optionalInteger("place"),
      }),
    ),
  };
}
