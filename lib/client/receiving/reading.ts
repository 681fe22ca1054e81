/**
 * Opens a run of envelopes of one conversation, one after the other, and decides what each means. Nothing is written before
 * `write`, which stands in one transaction with the group's next state (SR-24).
 */

import { Bug } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import { CHAT_MESSAGES } from "../../protocol/peer/chat.ts";
import { isOf, type SealedMessage } from "../../protocol/peer/payload.ts";
import { RECEIPT_MESSAGES, type ReceiptMessage } from "../../protocol/peer/receipt.ts";
import type { Link } from "../link/link.ts";
import type { Conversation } from "../store/conversations.ts";
import { DeferredEnvelopes, type Delivered } from "../store/deferred.ts";
import type { HistoryEntry } from "../store/history.ts";
import { learnByCommit, newcomers } from "../groups/agreed_removals.ts";
import { ChatReading } from "./chat_reading.ts";
import type { StoredGroup } from "../store/groups.ts";
import { isUnanswered, isWorthOpening, judgeSaid } from "./admission.ts";
import { describeCommit, readPayload } from "../store/inbound.ts";
import { type Messenger, type Notice, noticeEntry } from "../store/messenger.ts";
import type { PeerNews } from "../store/families.ts";
import { openDelivered, type OpenedEnvelope } from "./opening.ts";
import { markDelivered, oweReceipt } from "../sending/receipts.ts";
import { SenderCheck } from "./sender_check.ts";

/** In larger groups nobody confirms: each receipt would go to everyone, for every message of everyone. */
const MAX_RECEIPT_DEVICES = 16;

type Opened = OpenedEnvelope["opened"];
type Message = Extract<Opened, { kind: "application" }>;
type OpenedCommit = Extract<Opened, { kind: "commit" }>;
/**
 * `ahead`: it cannot be opened before something else came, and nothing changed. `later`: it costs more than may be spent on its
 * sender now; what comes after it may be taken.
 */
export type Taken = "taken" | "ahead" | "later";

/** What a run of envelopes comes to. Used once: a run that could not be stored is opened again from the state on disk. */
export class Reading {
  readonly #messenger: Messenger;
  readonly #conversation: Conversation;
  readonly peer: Conversation["peer"];
  /** After what was taken so far. */
  state: StoredGroup["state"];
  /** A room's membership log, likewise. */
  membershipLog: StoredGroup["membershipLog"];
  readonly entries: HistoryEntry[] = [];
  /** Strangers who write for the first time. */
  readonly requests = new Set<AccountId>();
  /** What receipts confirmed; known after `write`. */
  delivered: readonly string[] = [];
  readonly #check: SenderCheck;
  readonly #chat: ChatReading;
  readonly #writes: (() => void)[] = [];
  /** Something of this run is put aside for later. */
  #waits = false;
  #endsHere = false;

  constructor(
    messenger: Messenger,
    conversation: Conversation,
    group: StoredGroup,
  ) {
    this.#messenger = messenger;
    this.#conversation = conversation;
    this.peer = conversation.peer;
    this.state = group.state;
    this.membershipLog = group.membershipLog;
    this.#check = new SenderCheck(messenger, conversation, (code, text, device) => {
      this.#note(code, text, { device });
    });
    this.#chat = new ChatReading(messenger, conversation, {
      epoch: group.state.epoch,
      membershipLog: group.membershipLog,
    });
  }

  /** Opens one more. Rejects as `Link.ask` does, when a certificate is to be fetched. */
  async take(link: Link, delivered: Delivered): Promise<Taken> {
    if (this.#isUnheard(delivered.fields)) return "taken";
    const { opened, change } = await openDelivered(this.#messenger, link, this, delivered);
    switch (opened.kind) {
      case "future-epoch":
        // The server took it for an epoch that was, and no later one counts that only its sender claims.
        if (delivered.fields.epoch > this.state.epoch) return "ahead";
        this.#check.unopened(opened, delivered.fields, this.state);
        break;
      case "missing-certificates":
        return "ahead";
      case "not-yet":
        if (this.#mayComeLater(opened.steps, delivered)) return "later";
        this.#note("unreadable", "A message could not be opened");
        break;
      case "unheard":
        this.#check.passOver(opened.sender);
        break;
      case "application":
        this.state = opened.next;
        this.#check.opened();
        await this.#message(opened, delivered.fields);
        break;
      case "commit":
        this.state = opened.next;
        this.#check.opened();
        await this.#commit(link, opened, change);
        break;
      default:
        this.#check.unopened(opened, delivered.fields, this.state);
    }
    return "taken";
  }

  /** What a feature writes has to be on disk before its next message is judged: an offer before the word that withdraws it. */
  get endsHere(): boolean {
    return this.#endsHere;
  }

  /** The server showed different things to different members, or the other side is at fault. */
  get isOutOfStep(): boolean {
    return this.#check.isOutOfStep;
  }

  /**
   * Whether it is a message of somebody who is blocked, as the server says, which costs nothing to ask. A server that says so of
   * somebody else's hides no more than by dropping it: that one's chain shows the gap.
   */
  #isUnheard({ type, account: from, device }: Delivered["fields"]): boolean {
    if (type !== "message" || isWorthOpening(this.#messenger, { peer: this.peer, from })) {
      return false;
    }
    const sender = this.state.members.find(({ accountId, deviceId }) =>
      accountId === from && deviceId === device
    );
    if (sender !== undefined) this.#check.passOver(sender);
    return true;
  }

  /** What is too far ahead comes within reach when others that wait before it are opened. */
  #mayComeLater(steps: number, { fields }: Delivered): boolean {
    const { conversation } = this.#conversation;
    const { groups, profile: { database } } = this.#messenger;
    this.#waits ||= steps <= groups.forward.maxSteps ||
      new DeferredEnvelopes(database).hasBefore(conversation, fields.seq);
    return this.#waits;
  }

  /** Inside the transaction that stores the state. */
  write(): void {
    this.#check.write();
    for (const write of this.#writes) write();
  }

  async #message(opened: Message, envelope: Delivered["fields"]): Promise<void> {
    const { sender, payload } = opened;
    if (this.#check.isHeld(sender)) return;
    const read = readPayload(this.#messenger.features.families, payload, envelope.envelope);
    if (read.place !== undefined && !await this.#check.takesNext(opened, read.place)) return;
    switch (read.result) {
      case "newer":
        return this.#note(
          "unreadable",
          "A newer version of the program wrote a message: update to read it",
        );
      case "malformed":
        return this.#note("unreadable", "A message could not be read");
      case "message":
        return await this.#accept(read.message, opened, envelope);
    }
  }

  /** The sender is the leaf that sealed it, whatever the payload or the server says (SR-11). */
  async #accept(
    message: SealedMessage,
    opened: Message,
    envelope: Delivered["fields"],
  ): Promise<void> {
    const { conversation, peer } = this.#conversation;
    const own = opened.sender.accountId === this.#messenger.profile.own.account;
    const { sender, epoch } = opened;
    const said = { ...this.#conversation, message, sender, epoch, atMs: envelope.atMs };
    const { isHeard, write, asks } = await judgeSaid(this.#messenger, said);
    if (write !== undefined) this.#writes.push(write);
    if (asks !== undefined) this.requests.add(asks);
    if (!isHeard) return;
    const family = this.#messenger.features.families.of(message);
    if (family !== undefined) {
      const speaker = {
        ...this.#conversation,
        ...{ from: sender.accountId, device: sender.deviceId, own },
        ...{ epoch, seq: envelope.seq, atMs: envelope.atMs },
      };
      const reader = {
        identity: sender.identity,
        membershipLog: this.membershipLog,
        isTold: (id: string) => this.entries.some((entry) => entry.id === id),
      };
      const news = await family.take(this.#messenger, message, speaker, reader);
      this.#endsHere ||= news.write !== undefined;
      return this.#news(news);
    }
    if (isOf(RECEIPT_MESSAGES, message)) {
      // A device of one's own does not say what the other side has received.
      if (!own) this.#receipt(message, opened);
      return;
    }
    if (!isOf(CHAT_MESSAGES, message)) throw new Bug(`Nobody reads ${message.kind}`);
    const news = await this.#chat.read(message, opened, envelope);
    this.entries.push(...news.entries);
    if (news.write !== undefined) this.#writes.push(news.write);
    if (own || this.state.members.length > MAX_RECEIPT_DEVICES) return;
    // To somebody who is no contact nothing goes, though their text came in.
    if (isUnanswered(this.#messenger, peer)) return;
    const { id } = message.fields;
    this.#writes.push(() => oweReceipt(this.#messenger, conversation, { id, epoch }));
  }

  #news({ lines, entries = [], write }: PeerNews): void {
    for (const { code, text, ...about } of lines) this.#note(code, text, about);
    this.entries.push(...entries);
    if (write !== undefined) this.#writes.push(write);
  }

  #receipt(
    { fields: { items } }: ReceiptMessage,
    opened: Message,
  ): void {
    const { conversation } = this.#conversation;
    const confirmed = this.#check.confirmed(items, opened, this.state);
    this.#writes.push(() => {
      const news = markDelivered(this.#messenger, conversation, confirmed);
      this.delivered = [...this.delivered, ...news];
    });
  }

  async #commit(
    link: Link,
    opened: OpenedCommit,
    change: OpenedEnvelope["change"],
  ): Promise<void> {
    // Before anything is said in the new epoch.
    await learnByCommit(this.#messenger, link, opened, { isByName: change?.entry !== undefined });
    const { conversation } = this.#conversation;
    const { epoch, transcriptHash: transcript, isActive } = opened.next;
    const { profile } = this.#messenger;
    const membershipLog = change?.after ?? this.membershipLog;
    this.#writes.push(await this.#chat.begin({ epoch, transcript }, membershipLog));
    if (opened.added.length > 0) {
      this.#writes.push(() => this.#messenger.conversations.setSwept(conversation, 0));
    }
    for (const { deviceId } of opened.added) this.#check.begin(deviceId, epoch);
    const own = { account: profile.own.account, nameOf: (account: string) => account };
    for (const line of change?.entry === undefined ? describeCommit(opened, own) : []) {
      this.#note("members-changed", line);
    }
    if (change !== undefined) {
      this.membershipLog = change.after;
      this.#news(
        this.#messenger.features.roomCommits.changed(profile, conversation, { ...change, epoch }),
      );
    }
    const { revocations } = this.#messenger.directory;
    for (const device of newcomers(opened).filter((it) => revocations.isRevoked(it))) {
      this.#note(
        "removed-device",
        `A device that ${device.accountId} removed came back in. No messages are sent here until it is out again`,
      );
    }
    if (!isActive) this.#note("removed", "This device was removed from the conversation");
  }

  #note(
    code: string,
    text: string,
    about: Pick<Notice, "device" | "transfer" | "stream"> = {},
  ): void {
    const { conversation, peer } = this.#conversation;
    // Nothing stands in a conversation that the person does not see.
    if (!this.#messenger.contacts.contactStatuses.isShown(peer)) return;
    this.entries.push(noticeEntry(this.#messenger, { conversation, peer, code, text, ...about }));
  }
}
