/**
 * What two have said, in its order, as ciphertext: kept by the one with the lower fingerprint. What a server does for many
 * (`relay.…`, docs/protocol.md), this does for two: the same answers, so that everything above cannot tell the difference.
 */

import type { Bytes } from "../../base/bytes.ts";
import { Refusal } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import type { PushFields, RequestFields } from "../../protocol/hop/mod.ts";
import {
  type EnvelopeType,
  judgeCommit,
  judgeMessage,
  judgeOpening,
  numberUsed,
  requireSame,
  SENDER_WAITING_MAX_BYTES,
  staleEpoch,
  tooMuchWaits,
} from "../../relay/log_rules.ts";
import type { Database } from "../../storage/database.ts";
import type { Row } from "../../storage/row.ts";

/** What comes with each envelope, whoever checked it. */
export type PairSubmission =
  & Pick<RequestFields<"relay.send">, "conversation" | "envelope" | "number" | "epoch">
  & { readonly sender: AccountId; readonly body: Bytes; readonly nowMs: number };

/** One that waits for the other side. */
export type PairEnvelope =
  & Omit<PushFields<"relay.envelope">, "device" | "place">
  & { readonly id: number; readonly body: Bytes };

/** Answers that are remembered: far more than are ever on the way. */
const KEPT_NUMBERS = 4096;

/** The order of one pair. Every method is one transaction. */
export class PairLog {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The open conversation, if there is one. */
  open(): { conversation: string; epoch: number } | undefined {
    return this.#database.query(
      "SELECT conversation, epoch FROM conversation WHERE open = 1",
      (row) => ({ conversation: row.text("conversation"), epoch: row.integer("epoch") }),
    ).first();
  }

  /** Whether a Welcome of this conversation waits for `account`. */
  hasWelcome(conversation: string, account: AccountId): boolean {
    return this.#database.query(
      `SELECT 1 AS found FROM envelope e JOIN conversation c ON c.id = e.conversation
        WHERE c.conversation = ? AND e.seq = 1 AND e.type = 'welcome' AND e.body IS NOT NULL AND e.sender <> ?`,
      (row) => row.integer("found"),
    ).first(conversation, account) !== undefined;
  }

  /** Claims the one conversation (SR-19). Undefined: it is this one; else the one that was first. */
  begin(
    submission: PairSubmission,
    { groupInfo, replaces }: { groupInfo: Bytes; replaces: string | undefined },
  ): string | undefined {
    return this.#database.transaction(() => {
      if (this.#first(submission, "welcome") !== undefined) return undefined;
      const taken = judgeOpening({
        present: this.open()?.conversation,
        replaces,
        isUsed: this.#find(submission.conversation) !== undefined,
      });
      if (taken !== undefined) return taken;
      this.#database.command("UPDATE conversation SET open = 0 WHERE open = 1").run();
      this.#database.command(
        "INSERT INTO conversation (conversation, epoch, group_info) VALUES (?, ?, ?)",
      ).run(submission.conversation, submission.epoch, groupInfo);
      this.#write(submission, "welcome");
      return undefined;
    });
  }

  /** Appends a message. Throws Refusal `not-member`, `stale-epoch` or `quota-exceeded`. */
  append(submission: PairSubmission): { seq: number; atMs: number } {
    return this.#database.transaction(() => {
      const { sender, epoch, body } = submission;
      const first = this.#first(submission, "message");
      const judged = judgeMessage({ first, epoch, place: this.#findOpen(submission) });
      if (judged.result === "known") return { seq: judged.first.seq, atMs: judged.first.atMs };
      if (judged.result === "stale-epoch") throw staleEpoch(judged.epoch);
      if (judged.result !== "fits") throw begunAnew();
      if (this.waitingBytes(sender) + body.length > SENDER_WAITING_MAX_BYTES) throw tooMuchWaits();
      return this.#write(submission, "message");
    });
  }

  /** Appends a commit if the group is still in its epoch (SR-21). Throws Refusal `not-member`. */
  commit(
    submission: PairSubmission,
    groupInfo: Bytes,
  ): { accepted: boolean; epoch: number; seq: number } {
    return this.#database.transaction(() => {
      const { epoch } = submission;
      const first = this.#first(submission, "commit");
      const judged = judgeCommit({ first, epoch, place: this.#findOpen(submission) });
      if (judged.result === "known") {
        return { accepted: true, epoch: judged.epoch, seq: judged.seq };
      }
      if (judged.result === "conflict") return { accepted: false, epoch: judged.epoch, seq: 0 };
      if (judged.result === "not-member") throw begunAnew();
      const { place } = judged;
      const { seq } = this.#write(submission, "commit");
      this.#database.command("UPDATE conversation SET epoch = ?, group_info = ? WHERE id = ?")
        .run(epoch + 1, groupInfo, place.id);
      this.#database.command("INSERT INTO winner VALUES (?, ?, ?)")
        .run(place.id, epoch, submission.envelope);
      return { accepted: true, epoch: epoch + 1, seq };
    });
  }

  /** What one needs to come back into the conversation. */
  group(conversation: string): { epoch: number; groupInfo: Bytes } | undefined {
    return this.#database.query(
      "SELECT epoch, group_info FROM conversation WHERE conversation = ? AND open = 1",
      (row) => ({ epoch: row.integer("epoch"), groupInfo: row.bytes("group_info") }),
    ).first(conversation);
  }

  /** Which commit won an epoch. */
  winner(conversation: string, epoch: number): string | undefined {
    return this.#database.query(
      `SELECT w.envelope FROM winner w JOIN conversation c ON c.id = w.conversation
        WHERE c.conversation = ? AND w.epoch = ?`,
      (row) => row.text("envelope"),
    ).first(conversation, epoch);
  }

  /** What the other one said that `account` has not stored, after the envelope `afterId`, in its order. */
  waiting(account: AccountId, afterId: number, limit: number): readonly PairEnvelope[] {
    return this.#database.query(
      `SELECT e.id, c.conversation, e.seq, e.envelope, e.type, e.epoch, e.sender, e.at_ms, e.body
        FROM member m JOIN envelope e ON e.sender = m.account AND e.body IS NOT NULL
        JOIN conversation c ON c.id = e.conversation
        WHERE m.account <> ? AND e.id > ? ORDER BY e.id LIMIT ?`,
      (row): PairEnvelope => ({
        id: row.integer("id"),
        conversation: row.text("conversation"),
        seq: row.integer("seq"),
        envelope: row.text("envelope"),
        type: typeOf(row),
        epoch: row.integer("epoch"),
        account: row.text("sender"),
        atMs: row.integer("at_ms"),
        body: row.bytes("body"),
      }),
    ).all(account, afterId, limit);
  }

  /** `account` has stored everything of the conversation up to `seq`: it is forgotten here (SR-24). */
  acknowledge(account: AccountId, conversation: string, seq: number): void {
    this.#database.command(
      `UPDATE envelope SET body = NULL WHERE seq <= ?3 AND body IS NOT NULL AND sender <> ?1
        AND conversation = (SELECT id FROM conversation WHERE conversation = ?2)`,
    ).run(account, conversation, seq);
  }

  /** Bytes of one side that wait for the other. */
  waitingBytes(sender: AccountId): number {
    return this.#database.query(
      "SELECT coalesce(sum(length(body)), 0) AS bytes FROM envelope WHERE sender = ? AND body IS NOT NULL",
      (row) => row.integer("bytes"),
    ).first(sender) ?? 0;
  }

  #findOpen({ conversation }: PairSubmission) {
    const place = this.#find(conversation);
    return place?.isOpen === true ? place : undefined;
  }

  #find(conversation: string) {
    return this.#database.query(
      "SELECT id, open, epoch FROM conversation WHERE conversation = ?",
      (row) => ({
        id: row.integer("id"),
        isOpen: row.boolean("open"),
        epoch: row.integer("epoch"),
      }),
    ).first(conversation);
  }

  /** What the same number led to before: a resend gets the same answer (SR-20), another envelope under it none (SR-23). */
  #first(
    submission: PairSubmission,
    type: EnvelopeType,
  ): { seq: number; epoch: number; atMs: number } | undefined {
    const { sender, number, envelope } = submission;
    const first = this.#database.query(
      `SELECT c.conversation, e.envelope, e.type, e.seq, e.epoch, e.at_ms FROM envelope e
        JOIN conversation c ON c.id = e.conversation WHERE e.sender = ? AND e.number = ?`,
      (row) => ({
        conversation: row.text("conversation"),
        envelope: row.text("envelope"),
        type: typeOf(row),
        seq: row.integer("seq"),
        epoch: row.integer("epoch"),
        atMs: row.integer("at_ms"),
      }),
    ).first(sender, number);
    if (first !== undefined) {
      requireSame(first, submission, type);
      return first;
    }
    if (number <= this.#highest(sender) - KEPT_NUMBERS) throw numberUsed();
    if (this.#isKnown(envelope)) {
      throw new Refusal("envelope-known", "This envelope was sent before under another number");
    }
    return undefined;
  }

  #isKnown(envelope: string): boolean {
    return this.#database.query(
      "SELECT 1 AS found FROM envelope WHERE envelope = ?",
      (row) => row.integer("found"),
    ).first(envelope) !== undefined;
  }

  #highest(sender: string): number {
    return this.#database.query(
      "SELECT highest_number FROM member WHERE account = ?",
      (row) => row.integer("highest_number"),
    ).first(sender) ?? 0;
  }

  #write(
    { conversation, envelope, epoch, sender, number, nowMs, body }: PairSubmission,
    type: EnvelopeType,
  ): { seq: number; atMs: number } {
    const place = this.#database.query(
      "UPDATE conversation SET last_seq = last_seq + 1 WHERE conversation = ? RETURNING id, last_seq",
      (row) => ({ id: row.integer("id"), seq: row.integer("last_seq") }),
    ).first(conversation);
    if (place === undefined) throw new Refusal("not-member", "There is no such conversation");
    this.#database.command(
      `INSERT INTO envelope (conversation, seq, envelope, type, epoch, sender, number, at_ms, body)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(place.id, place.seq, envelope, type, epoch, sender, number, nowMs, body);
    this.#database.command(
      "UPDATE member SET highest_number = max(highest_number, ?) WHERE account = ?",
    ).run(number, sender);
    this.#database.command(
      "DELETE FROM envelope WHERE sender = ? AND number <= ? AND body IS NULL",
    ).run(sender, number - KEPT_NUMBERS);
    return { seq: place.seq, atMs: nowMs };
  }
}

function begunAnew(): Refusal {
  return new Refusal("not-member", "The conversation was begun anew");
}

// Written by `#write` only.
const typeOf = (row: Row): EnvelopeType => row.text("type") as EnvelopeType;
