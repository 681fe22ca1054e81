/** Who submits an envelope, who is to have it, and whether the same was submitted before: idempotent resending (SR-20). */

import type { Database } from "../../../storage/database.ts";
import { type EnvelopeType, requireSame, requireSender } from "../../../relay/log_rules.ts";
import type { AccountId, DeviceId } from "../../../base/ids.ts";
import type { Member, Submission } from "../../../relay/message_log.ts";
import { accountId, conversationId, envelopeId, envelopeType, member } from "./columns.ts";
import { type Rounds, RowMemory } from "./row_memory.ts";

/** The rows of a submitting device and its account, and what it may by them. */
export interface Sender {
  readonly id: number;
  readonly owner: number;
  readonly isSignedIn: boolean;
  /** The account's. */
  readonly generation: number;
}

/** The same, and the highest number under which it has submitted something that is not expired; 0 for none. */
interface KnownSender extends Sender {
  readonly account: AccountId;
  highestNumber: number;
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
  readonly #known: RowMemory<DeviceId, KnownSender | undefined>;

  constructor(database: Database, rounds: Rounds) {
    this.#statements = prepare(database);
    this.#known = new RowMemory(rounds, (device) => this.#statements.findKnown.first(device));
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

  /**
   * As `find`, for a draft: who says something again is not read again, and only a number that it may have used before is looked
   * for. When it is written, call `wrote`.
   */
  findKnown(
    submission: Submission,
    type: EnvelopeType,
  ): { sender: Sender; first: FirstAnswer | undefined } {
    const { device, account, number } = submission;
    const known = this.#known.get(device);
    const sender = requireSender(known?.account === account ? known : undefined, submission);
    if (number > sender.highestNumber) return { sender, first: undefined };
    const first = this.#statements.findFirst.first(sender.id, number);
    if (first !== undefined) requireSame(first, submission, type);
    return { sender, first };
  }

  /** A draft of the device was written under this number. */
  wrote({ device, number }: Pick<Submission, "device" | "number">): void {
    const known = this.#known.get(device);
    if (known !== undefined) known.highestNumber = Math.max(known.highestNumber, number);
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
      (row): Sender => ({
        id: row.integer("id"),
        owner: row.integer("owner"),
        isSignedIn: row.boolean("signed_in"),
        generation: row.integer("generation"),
      }),
    ),
    findKnown: database.query(
      `SELECT d.id, d.owner, d.signed_in, a.generation, a.account,
          coalesce((SELECT max(e.number) FROM envelope e WHERE e.sender = d.id), 0) AS highest_number
        FROM device d JOIN account a ON a.id = d.owner WHERE d.device = ? AND d.removed = 0`,
      (row): KnownSender => ({
        id: row.integer("id"),
        owner: row.integer("owner"),
        isSignedIn: row.boolean("signed_in"),
        generation: row.integer("generation"),
        account: accountId(row),
        highestNumber: row.integer("highest_number"),
      }),
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
