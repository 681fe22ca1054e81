/**
 * What two have said, in its order, as ciphertext: kept by the one with the lower fingerprint. What a server does for many
 * (`relay.…`, docs/protocol.md), this does for two: the same answers, so that everything above cannot tell the difference.
 */

import type { Bytes } from "../../base/bytes.ts";
import { Bug, Refusal } from "../../base/errors.ts";
import type { AccountId, ConversationId, DeviceId, EnvelopeId } from "../../base/ids.ts";
import {
  ENVELOPE_OVERHEAD_BYTES,
  type EnvelopeType,
  judgeCommit,
  judgeMessage,
  judgeOpening,
  leftInMailbox,
  type MailboxLimits,
  numberUsed,
  requireSame,
  requireSender,
} from "../../relay/log_rules.ts";
import type {
  CommitSubmission,
  ConversationSummary,
  Envelope,
  Member,
  MessageLog,
  MessageSubmission,
  Opening,
  Submission,
} from "../../relay/message_log.ts";
import type { Database } from "../../storage/database.ts";
import type { Row } from "../../storage/row.ts";

type Log = MessageLog<never>;
type Asked<Call extends keyof Log> = Parameters<Log[Call]>[0];

/** Answers that are remembered: far more than are ever on the way. */
const KEPT_NUMBERS = 4096;
/** Nobody ends the sessions of an account here: each has one, and a newer one takes its place. */
export const PAIR_GENERATION = 0;

/** The order of one pair. */
export class PairLog implements Log {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  openDirect(opening: Opening): ReturnType<Log["openDirect"]> {
    return this.#transaction(() => {
      const { conversation, epoch, peer, added, replaces, welcome, groupInfo } = opening;
      const { other, first } = this.#judge(opening, "welcome");
      if (first !== undefined) return { result: "known", seq: first.seq };
      if (other.account !== peer || other.device !== added) return { result: "unknown-device" };
      const isUsed = this.#database.has(
        "SELECT 1 FROM conversation WHERE conversation = ?",
        conversation,
      );
      const present = this.#database.query(
        "SELECT conversation FROM conversation WHERE open = 1",
        conversationId,
      ).first();
      const taken = judgeOpening({ present, replaces, isUsed });
      if (taken !== undefined) return { result: "taken", conversation: taken };
      this.#database.command("UPDATE conversation SET open = 0 WHERE open = 1").run();
      this.#database.command(
        "INSERT INTO conversation (conversation, epoch, group_info) VALUES (?, ?, ?)",
      ).run(conversation, epoch, groupInfo);
      return { result: "opened", seq: this.#write(opening, "welcome", welcome) };
    });
  }

  append(submission: MessageSubmission): ReturnType<Log["append"]> {
    return this.#transaction(() => {
      const { epoch, body, limits, nowMs: atMs } = submission;
      const { other, first } = this.#judge(submission, "message");
      const place = this.#findOpen(submission);
      const listFull = () => this.#hasRoom(submission.account, body.length, limits) ? [] : [other];
      const judged = judgeMessage({ first, epoch, place, listFull });
      if (judged.result === "known") {
        const { seq, atMs } = judged.first;
        return { result: "known", seq, atMs, place: undefined };
      }
      if (judged.result !== "fits") return judged;
      const seq = this.#write(submission, "message", body);
      const list = { listVersion: undefined, recipients: [other] };
      return { result: "appended", seq, atMs, place: undefined, ...list };
    });
  }

  commit(submission: CommitSubmission): ReturnType<Log["commit"]> {
    return this.#transaction(() => {
      const { epoch, added, welcome, body, groupInfo } = submission;
      if (welcome !== undefined || added.length > 0) {
        throw new Refusal("not-allowed", "Each of two has one device: a commit adds none");
      }
      const { other, first } = this.#judge(submission, "commit");
      const judged = judgeCommit({ first, epoch, place: this.#findOpen(submission) });
      if (judged.result !== "fits") return judged;
      const { id } = judged.place;
      const seq = this.#write(submission, "commit", body);
      this.#database.command("UPDATE conversation SET epoch = ?, group_info = ? WHERE id = ?")
        .run(epoch + 1, groupInfo, id);
      this.#database.command("INSERT INTO winner VALUES (?, ?, ?)")
        .run(id, epoch, submission.envelope);
      return { result: "committed", seq, epoch: epoch + 1, recipients: [other] };
    });
  }

  findGroup(
    { conversation, account }: Asked<"findGroup">,
  ): Promise<{ epoch: number; groupInfo: Bytes } | undefined> {
    return this.#transaction(() =>
      this.#database.query(
        `SELECT epoch, group_info FROM conversation WHERE conversation = ? AND open = 1
        AND EXISTS (SELECT 1 FROM member WHERE account = ?)`,
        (row) => ({ epoch: row.integer("epoch"), groupInfo: row.bytes("group_info") }),
      ).first(conversation, account)
    );
  }

  findWinner(
    { conversation, account, epoch }: Asked<"findWinner">,
  ): Promise<EnvelopeId | undefined> {
    return this.#transaction(() =>
      this.#database.query(
        `SELECT w.envelope FROM winner w JOIN conversation c ON c.id = w.conversation
        WHERE c.conversation = ? AND w.epoch = ? AND EXISTS (SELECT 1 FROM member WHERE account = ?)`,
        envelopeId,
      ).first(conversation, epoch, account)
    );
  }

  listConversations({ account, device }: Member): Promise<readonly ConversationSummary[]> {
    return this.#transaction(() =>
      this.#database.query(
        `SELECT c.conversation, c.epoch, o.account AS peer, own.device = ?1 AS member,
          own.device = ?1 AND EXISTS (SELECT 1 FROM envelope e WHERE e.conversation = c.id
            AND e.sender = o.account AND e.type = 'welcome' AND e.body IS NOT NULL) AS welcome
        FROM member own JOIN member o ON o.account <> own.account JOIN conversation c ON c.open = 1
        WHERE own.account = ?2`,
        (row) => ({
          conversation: conversationId(row),
          peer: accountId(row, "peer"),
          epoch: row.integer("epoch"),
          member: row.boolean("member"),
          welcome: row.boolean("welcome"),
        }),
      ).all(device, account)
    );
  }

  countWaiting(device: DeviceId): Promise<number> {
    return this.#transaction(() =>
      this.#database.integer(`SELECT count(*) FROM ${WAITING}`, device) ?? 0
    );
  }

  listWaiting(device: DeviceId): ReturnType<Log["listWaiting"]> {
    return this.#transaction(() =>
      this.#database.query(
        `SELECT c.conversation, min(e.seq) - 1 AS after_seq FROM ${WAITING}
        GROUP BY c.id ORDER BY c.id`,
        (row) => ({ conversation: conversationId(row), afterSeq: row.integer("after_seq") }),
      ).all(device)
    );
  }

  fetch(
    { device, conversation, afterSeq, limit, maxBytes }: Asked<"fetch">,
  ): Promise<readonly Envelope[]> {
    return this.#transaction(() =>
      this.#database.query(
        `SELECT c.conversation, e.seq, e.envelope, e.type, e.epoch, o.account, o.device, e.at_ms, e.body
        FROM (
          SELECT e.id, row_number() OVER page AS rank,
            sum(length(e.body) + ${ENVELOPE_OVERHEAD_BYTES}) OVER page AS upto_bytes
          FROM ${WAITING} AND c.conversation = ? AND e.seq > ?
          WINDOW page AS (ORDER BY e.seq ROWS UNBOUNDED PRECEDING) ORDER BY e.seq LIMIT ?) page
        JOIN envelope e ON e.id = page.id JOIN conversation c ON c.id = e.conversation
        JOIN member o ON o.account = e.sender
        WHERE page.rank = 1 OR page.upto_bytes <= ? ORDER BY e.seq`,
        (row): Envelope => ({
          conversation: conversationId(row),
          seq: row.integer("seq"),
          envelope: envelopeId(row),
          type: envelopeType(row),
          epoch: row.integer("epoch"),
          account: accountId(row, "account"),
          device: deviceId(row),
          atMs: row.integer("at_ms"),
          place: undefined,
          body: row.bytes("body"),
        }),
      ).all(device, conversation, afterSeq, limit, maxBytes)
    );
  }

  /** What the other side has stored is forgotten here (SR-24). */
  acknowledge({ device, conversation, seq }: Asked<"acknowledge">): Promise<void> {
    return this.#transaction(() => {
      this.#database.command(
        `UPDATE envelope SET body = NULL WHERE seq <= ?3 AND body IS NOT NULL
        AND sender = (SELECT o.account FROM member own JOIN member o ON o.account <> own.account WHERE own.device = ?1)
        AND conversation = (SELECT id FROM conversation WHERE conversation = ?2)`,
      ).run(device, conversation, seq);
    });
  }

  highestNumber(device: DeviceId): Promise<number> {
    return this.#transaction(() =>
      this.#database.integer("SELECT highest_number FROM member WHERE device = ?", device) ??
        0
    );
  }

  /** All at once, before the caller goes on; what it throws rejects. */
  #transaction<Answer>(action: () => Answer): Promise<Answer> {
    return new Promise((resolve) => resolve(this.#database.transaction(action)));
  }

  #hasRoom(sender: AccountId, bytes: number, limits: MailboxLimits): boolean {
    const waitingBytes = this.#database.integer(
      `SELECT coalesce(sum(length(body) + ${ENVELOPE_OVERHEAD_BYTES}), 0) FROM envelope
        WHERE sender = ? AND body IS NOT NULL`,
      sender,
    ) ?? 0;
    // All that waits for one is from the other.
    const waiting = { fromAllBytes: waitingBytes, fromSenderBytes: waitingBytes };
    return leftInMailbox(waiting, bytes + ENVELOPE_OVERHEAD_BYTES, limits) >= 0;
  }

  #findOpen({ conversation }: Submission): { id: number; epoch: number } | undefined {
    return this.#database.query(
      "SELECT id, epoch FROM conversation WHERE conversation = ? AND open = 1",
      (row) => ({ id: row.integer("id"), epoch: row.integer("epoch") }),
    ).first(conversation);
  }

  /** Who submits something to whom, and what the same number led to before (SR-20, SR-23). Throws Refusal. */
  #judge(submission: Submission, type: EnvelopeType) {
    const { account, device, number, envelope } = submission;
    const sender = this.#database.query(
      `SELECT m.highest_number, o.account, o.device FROM member m JOIN member o ON o.account <> m.account
        WHERE m.account = ? AND m.device = ?`,
      (row) => ({
        highest: row.integer("highest_number"),
        other: { account: accountId(row, "account"), device: deviceId(row) },
        ...{ isSignedIn: true, generation: PAIR_GENERATION },
      }),
    ).first(account, device);
    const { highest, other } = requireSender(sender, submission);
    const first = this.#database.query(
      `SELECT c.conversation, e.envelope, e.type, e.seq, e.epoch, e.at_ms FROM envelope e
        JOIN conversation c ON c.id = e.conversation WHERE e.sender = ? AND e.number = ?`,
      (row) => ({
        conversation: conversationId(row),
        envelope: envelopeId(row),
        type: envelopeType(row),
        seq: row.integer("seq"),
        epoch: row.integer("epoch"),
        atMs: row.integer("at_ms"),
      }),
    ).first(account, number);
    if (first !== undefined) requireSame(first, submission, type);
    else if (number <= highest - KEPT_NUMBERS) throw numberUsed();
    else if (this.#database.has("SELECT 1 FROM envelope WHERE envelope = ?", envelope)) {
      throw new Refusal("envelope-known", "This envelope was sent before under another number");
    }
    return { other, first };
  }

  /** Returns where it is in its conversation. */
  #write(submission: Submission, type: EnvelopeType, body: Bytes): number {
    const { conversation, envelope, epoch, account, number, nowMs } = submission;
    const place = this.#database.query(
      "UPDATE conversation SET last_seq = last_seq + 1 WHERE conversation = ? RETURNING id, last_seq",
      (row) => ({ id: row.integer("id"), seq: row.integer("last_seq") }),
    ).first(conversation);
    if (place === undefined) throw new Bug("Cannot write envelope: its conversation is gone");
    this.#database.command(
      `INSERT INTO envelope (conversation, seq, envelope, type, epoch, sender, number, at_ms, body)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(place.id, place.seq, envelope, type, epoch, account, number, nowMs, body);
    this.#database.command(
      "UPDATE member SET highest_number = max(highest_number, ?) WHERE account = ?",
    ).run(number, account);
    this.#database.command(
      "DELETE FROM envelope WHERE sender = ? AND number <= ? AND body IS NULL",
    ).run(account, number - KEPT_NUMBERS);
    return place.seq;
  }
}

/** What the other one said, and the device has not stored. */
const WAITING = `member own JOIN member o ON o.account <> own.account
  JOIN envelope e ON e.sender = o.account AND e.body IS NOT NULL
  JOIN conversation c ON c.id = e.conversation WHERE own.device = ?`;

// The casts: these columns are written from values that carry the brands.
const accountId = (row: Row, column: string): AccountId => row.text(column) as AccountId;
const deviceId = (row: Row): DeviceId => row.text("device") as DeviceId;
const conversationId = (row: Row): ConversationId => row.text("conversation") as ConversationId;
const envelopeId = (row: Row): EnvelopeId => row.text("envelope") as EnvelopeId;
const envelopeType = (row: Row): EnvelopeType => row.text("type") as EnvelopeType;
