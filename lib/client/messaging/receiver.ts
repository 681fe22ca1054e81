/**
 * From envelopes to the history. One transaction writes the new ratchet state, what was said, and how far the mailbox was
 * read; only then the envelope is acknowledged (SR-24). What cannot be read becomes a visible line and never stops the
 * queue. Only the holder of the lease may receive (SR-22).
 */

import { type Bytes, decodeBase64, equalBytes } from "../../base/bytes.ts";
import { type AccountId, type ConversationId, parseConversationId } from "../../base/ids.ts";
import type { GroupState } from "../../crypto/mls/group_state.ts";
import { type Opened, openMessage } from "../../crypto/mls/open.ts";
import type { PushFields } from "../../protocol/hop/mod.ts";
import { SHORT_HASH_BYTES } from "../../protocol/peer/payload.ts";
import type { Link } from "../link.ts";
import type { Lease } from "../profile/lease.ts";
import { hashPayload } from "./chain.ts";
import type { Conversation } from "./conversations.ts";
import { policyOf, type StoredGroup } from "./groups.ts";
import type { HistoryEntry } from "./history.ts";
import { describeCommit, type PeerMessage, readPayload } from "./inbound.ts";
import { type Messenger, noticeEntry } from "./messenger.ts";

/** An envelope as the server delivered it. */
export interface Delivered {
  readonly fields: PushFields<"relay.envelope">;
  readonly body: Bytes;
}

/** What became of an envelope. */
export type Processed =
  /** Stored: it may be acknowledged. */
  | "done"
  /** Kept aside until a commit, a certificate or a decision is there; it may be acknowledged. */
  | "parked"
  /** The lease is gone: stop. */
  | "lost";

/** Messages of the present epoch in a row that do not open, before a fork is assumed (SR-25). */
const MAX_UNREADABLE = 3;

/** What is written for one envelope, decided before the transaction begins. */
interface Step {
  readonly next: GroupState;
  readonly unreadable: number;
  readonly outOfStep: boolean;
  readonly entries: readonly HistoryEntry[];
  /** Runs inside the transaction after the group was written. */
  readonly write: () => void;
}

export class Receiver {
  readonly #messenger: Messenger;
  readonly #lease: Lease;

  constructor(messenger: Messenger, lease: Lease) {
    this.#messenger = messenger;
    this.#lease = lease;
  }

  /** Processes a message or a commit of a conversation that this device is in. Throws StorageError. */
  async process(link: Link, delivered: Delivered): Promise<Processed> {
    const conversation = this.#find(delivered);
    if (conversation === undefined) return this.park(delivered, "conversation");
    return delivered.fields.seq <= conversation.processedSeq
      ? "done"
      : await this.retry(link, delivered);
  }

  /** Processes an envelope that counts as read already because it was put aside. */
  async retry(link: Link, delivered: Delivered): Promise<Processed> {
    const conversation = this.#find(delivered);
    if (conversation === undefined) return this.park(delivered, "conversation");
    for (;;) {
      const group = await this.#messenger.groups.load(conversation.conversation);
      if (group === undefined) return this.park(delivered, "conversation");
      const step = await this.#open(link, { conversation, group, delivered });
      if (step === "parked") return this.park(delivered, "epoch");
      const written = await this.#write(conversation, { group, step, seq: delivered.fields.seq });
      if (written !== "again") return written;
    }
  }

  /** Keeps an envelope aside; it counts as read. */
  park(delivered: Delivered, reason: string): Processed {
    const { database } = this.#messenger.profile;
    const { fields, body } = delivered;
    return database.transaction(() => {
      if (!this.#lease.isHeld) return "lost";
      database.command("INSERT OR IGNORE INTO parked VALUES (?, ?, ?, ?, ?)")
        .run(fields.conversation, fields.seq, reason, JSON.stringify(fields), body);
      const id = parseConversationId(fields.conversation);
      if (id !== undefined) this.#messenger.conversations.setProcessed(id, fields.seq);
      return "parked";
    });
  }

  /** Takes the envelopes that were put aside for these reasons, in order. They come back by `process` or `park`. */
  takeParked(...reasons: readonly string[]): readonly Delivered[] {
    const { database } = this.#messenger.profile;
    return database.transaction(() => {
      const parked = database.query(
        "SELECT reason, fields, body FROM parked ORDER BY conversation, seq",
        (row) => ({
          reason: row.text("reason"),
          fields: JSON.parse(row.text("fields")) as Delivered["fields"],
          body: row.bytes("body"),
        }),
      ).all().filter((row) => reasons.includes(row.reason));
      const remove = database.command("DELETE FROM parked WHERE conversation = ? AND seq = ?");
      for (const { fields } of parked) remove.run(fields.conversation, fields.seq);
      return parked;
    });
  }

  #find({ fields }: Delivered): Conversation | undefined {
    const id = parseConversationId(fields.conversation);
    return id === undefined ? undefined : this.#messenger.conversations.find(id);
  }

  async #open(
    link: Link,
    about: { conversation: Conversation; group: StoredGroup; delivered: Delivered },
  ): Promise<Step | "parked"> {
    const { conversation, group, delivered } = about;
    const { verifier, directory } = this.#messenger;
    const context = { verifier, policy: policyOf(group.state) };
    let opened = await openMessage(group.state, delivered.body, context);
    if (opened.kind === "missing-certificates") {
      await directory.fetch(link, opened.hashes);
      opened = await openMessage(group.state, delivered.body, context);
    }
    switch (opened.kind) {
      case "application":
        return await this.#message(conversation, { opened, envelope: delivered.fields });
      case "commit":
        return this.#commit(conversation, opened);
      case "future-epoch":
      case "missing-certificates":
        return "parked";
      default:
        return this.#unreadable(conversation, { group, opened, delivered });
    }
  }

  async #message(
    conversation: Conversation,
    about: { opened: Extract<Opened, { kind: "application" }>; envelope: Delivered["fields"] },
  ): Promise<Step> {
    const { opened, envelope } = about;
    const read = readPayload(opened.payload, envelope.envelope);
    if (read.result !== "message") {
      const text = read.result === "newer"
        ? "A message was written by a newer version of the program: update to read it"
        : "A message could not be read";
      return this.#step(opened.next, [this.#notice(conversation, "unreadable", text)]);
    }
    const { message, previous } = read;
    const { fields } = message;
    const hash = await hashPayload(opened.payload);
    const entries: HistoryEntry[] = [];
    const link = {
      number: fields.number,
      hash,
      previous,
      restart: fields.restart === true,
      joinedLate: conversation.joinedLate,
    };
    // Judged by what the transaction will find, since the lease lets nobody else receive; `write` writes it down.
    const { chains } = this.#messenger;
    const { deviceId } = opened.sender;
    const verdict = chains.judge(conversation.conversation, deviceId, link);
    if (verdict.result === "repeated") {
      return this.#step(opened.next, [
        this.#notice(conversation, "repeated", "A repeated message was dropped"),
      ]);
    }
    if (verdict.result === "broken") {
      entries.push(
        this.#notice(
          conversation,
          "chain-broken",
          "The order of messages was changed on the way: do not rely on this conversation",
        ),
      );
    }
    if (verdict.result === "restarted") {
      entries.push(
        this.#notice(
          conversation,
          "restarted",
          "A device of the other side lost its state and began anew",
        ),
      );
    }
    if (message.kind === "chat.text") {
      entries.push(textEntry(conversation, { message, opened, envelope, own: this.#own }));
    }
    const mismatch = message.kind === "receipt.delivered" && this.#isFork(conversation, message);
    if (mismatch) entries.push(this.#notice(conversation, "fork", FORK));
    return {
      ...this.#step(opened.next, entries),
      outOfStep: mismatch || verdict.result === "broken",
      write: () => {
        chains.receive(conversation.conversation, deviceId, link);
        if (message.kind === "receipt.delivered") this.#delivered(message);
        else if (opened.sender.accountId !== this.#own) {
          this.#oweReceipt(conversation, opened, fields.id);
        }
      },
    };
  }

  #commit(conversation: Conversation, opened: Extract<Opened, { kind: "commit" }>): Step {
    const lines = describeCommit(opened, {
      account: this.#own,
      nameOf: (account) => account,
    });
    const entries = lines.map((line) => this.#notice(conversation, "members-changed", line));
    if (!opened.next.isActive) {
      entries.push(
        this.#notice(conversation, "removed", "This device was removed from the conversation"),
      );
    }
    return this.#step(opened.next, entries);
  }

  #unreadable(
    conversation: Conversation,
    about: {
      group: StoredGroup;
      opened: Exclude<
        Opened,
        { kind: "application" | "commit" | "future-epoch" | "missing-certificates" }
      >;
      delivered: Delivered;
    },
  ): Step {
    const { group, opened, delivered } = about;
    const { state } = group;
    if (opened.kind === "passed-commit") {
      return {
        ...this.#step(state, [this.#notice(conversation, "fork", FORK)]),
        outOfStep: true,
      };
    }
    if (opened.kind === "replay") {
      return this.#step(state, [
        this.#notice(conversation, "repeated", "A repeated message was dropped"),
      ]);
    }
    const isPresent = opened.kind === "refused" && delivered.fields.epoch >= state.epoch;
    const unreadable = isPresent ? this.#unreadableSoFar(conversation) + 1 : 0;
    const isForeign = delivered.fields.type === "commit";
    const outOfStep = isForeign || unreadable >= MAX_UNREADABLE;
    const text = isForeign
      ? "A change to the members was refused: it was not allowed, or not made by a member"
      : "A message could not be opened";
    const entries = [this.#notice(conversation, isForeign ? "refused-commit" : "unreadable", text)];
    if (outOfStep) entries.push(this.#notice(conversation, "fork", FORK));
    return { ...this.#step(state, entries), unreadable, outOfStep };
  }

  #step(next: GroupState, entries: readonly HistoryEntry[]): Step {
    return { next, entries, unreadable: 0, outOfStep: false, write: () => {} };
  }

  async #write(
    conversation: Conversation,
    about: { group: StoredGroup; step: Step; seq: number },
  ): Promise<Processed | "again"> {
    const { profile, groups, conversations, history, onEvent } = this.#messenger;
    const { group, step, seq } = about;
    const { conversation: id } = conversation;
    const isSameEpoch = step.next.epoch === group.state.epoch;
    const prepared = await groups.prepare(step.next, {
      conversation: id,
      // A commit of ours that waited for an epoch that is over has lost (SR-21).
      pending: isSameEpoch ? group.pending : undefined,
      refreshedMs: group.refreshedMs,
      sentSince: group.sentSince,
    });
    let outcome: Processed | "again" = "done";
    await history.append(step.entries, () => {
      if (!this.#lease.isHeld) outcome = "lost";
      else outcome = groups.replace(prepared, group.version) ? "done" : "again";
      if (outcome !== "done") return false;
      step.write();
      profile.database.command("UPDATE mls_group SET unreadable = ? WHERE conversation = ?")
        .run(step.unreadable, id);
      if (step.outOfStep) conversations.setState(id, "out-of-step");
      if (!step.next.isActive) conversations.setState(id, "closed");
      conversations.setProcessed(id, seq);
      return true;
    });
    if (outcome === "done") {
      for (const entry of step.entries) onEvent({ type: "entry", entry });
    }
    return outcome;
  }

  /** Whether a receipt was sealed by someone who saw another history of the group than this device (SR-27). */
  #isFork(
    { conversation }: Conversation,
    message: Extract<PeerMessage, { kind: "receipt.delivered" }>,
  ): boolean {
    return message.fields.items.some(({ epoch, transcript }) => {
      const mine = this.#messenger.groups.transcriptOf(conversation, epoch);
      const theirs = decodeBase64(transcript);
      return mine !== undefined &&
        (theirs === undefined || !equalBytes(mine.slice(0, SHORT_HASH_BYTES), theirs));
    });
  }

  #delivered(message: Extract<PeerMessage, { kind: "receipt.delivered" }>): void {
    const { profile, onEvent } = this.#messenger;
    const mark = profile.database.command(
      "UPDATE delivery SET state = 'delivered' WHERE id = ? AND state IN ('sealed', 'sent')",
    );
    for (const { id } of message.fields.items) {
      if (mark.run(id) > 0) onEvent({ type: "delivery", id, state: "delivered" });
    }
  }

  #oweReceipt(
    { conversation }: Conversation,
    opened: Extract<Opened, { kind: "application" }>,
    id: string,
  ): void {
    this.#messenger.profile.database.command("INSERT OR IGNORE INTO receipt_due VALUES (?, ?, ?)")
      .run(conversation, id, opened.epoch);
  }

  #unreadableSoFar({ conversation }: Conversation): number {
    return this.#messenger.profile.database.query(
      "SELECT unreadable FROM mls_group WHERE conversation = ?",
      (row) => row.integer("unreadable"),
    ).first(conversation) ?? 0;
  }

  #notice(conversation: Conversation, code: string, text: string): HistoryEntry {
    const { conversation: id, peer } = conversation;
    return noticeEntry(this.#messenger, { conversation: id, peer, code, text });
  }

  get #own(): AccountId {
    return this.#messenger.profile.own.account;
  }
}

const FORK =
  "This conversation is out of step: the server showed you and the other side different things. Nothing more is sent";

/** The sender is the leaf that sealed it, whatever the payload says (SR-11). */
function textEntry(
  conversation: Conversation,
  about: {
    message: Extract<PeerMessage, { kind: "chat.text" }>;
    opened: Extract<Opened, { kind: "application" }>;
    envelope: Delivered["fields"];
    own: AccountId;
  },
): HistoryEntry {
  const { message, opened, envelope, own } = about;
  const { accountId, deviceId } = opened.sender;
  return {
    id: message.fields.id,
    conversation: conversation.conversation,
    peer: conversation.peer,
    from: accountId,
    device: deviceId,
    own: accountId === own,
    kind: "text",
    text: message.text,
    sentAtMs: message.fields.sentAtMs,
    atMs: envelope.atMs,
  };
}
