/**
 * Opens a run of envelopes of one conversation, one after the other, and decides what each means. Nothing is written before
 * `write`, which stands in one transaction with the group's next state (SR-24).
 */

import { readCharterChange, type RoomNews } from "../rooms/room_reading.ts";
import { ChatReading } from "../talk/chat_reading.ts";
import { ChainRun } from "./chains.ts";
import type { StoredGroup } from "./groups.ts";
import { isOpenTo, judgeSaid } from "./hearing.ts";
import { describeCommit, type PeerMessage, readPayload } from "./inbound.ts";
import { takeMediaMessage } from "./media_reading.ts";
import { type Messenger, noticeEntry } from "./messenger.ts";
import { openDelivered, type OpenedEnvelope } from "./opening.ts";
import { type OutOfStep, outOfStepText } from "./out_of_step.ts";
import { isMismatch, markDelivered, oweReceipt } from "./receipts.ts";
import { type RoomMessage, takeRoomMessage } from "./room_messages.ts";

/** Messages of the present epoch in a row that do not open, before a fork is assumed (SR-25). */
const MAX_UNREADABLE = 3;
/** In larger groups nobody confirms: each receipt would go to everyone, for every message of everyone. */
const MAX_RECEIPT_DEVICES = 16;

type Entry = ReturnType<typeof noticeEntry>;
type Link = Parameters<typeof openDelivered>[1];
type Conversation = NonNullable<ReturnType<Messenger["conversations"]["find"]>>;
type Delivered = Parameters<typeof openDelivered>[3];
type Opened = OpenedEnvelope["opened"];
type Message = Extract<Opened, { kind: "application" }>;
type OpenedCommit = Extract<Opened, { kind: "commit" }>;
type Unopened = Exclude<
  Opened,
  { kind: "application" | "commit" | "future-epoch" | "missing-certificates" }
>;

/** `ahead`: it cannot be opened yet, and nothing changed. */
export type Taken = "taken" | "ahead";

/** What a run of envelopes comes to. Used once: a run that could not be stored is opened again from the state on disk. */
export class Reading {
  /** After what was taken so far. */
  state: StoredGroup["state"];
  /** A room's charter, likewise. */
  charter: StoredGroup["charter"];
  /** Messages of the present epoch in a row that did not open. */
  unreadable: number;
  isOutOfStep = false;
  readonly entries: Entry[] = [];
  /** Strangers who write for the first time. */
  readonly requests = new Set<Entry["from"]>();
  /** What receipts confirmed; known after `write`. */
  delivered: readonly string[] = [];
  readonly #messenger: Messenger;
  readonly #conversation: Conversation;
  readonly #chains: ChainRun;
  readonly #chat: ChatReading;
  readonly #writes: (() => void)[] = [];

  constructor(messenger: Messenger, conversation: Conversation, group: StoredGroup) {
    this.#messenger = messenger;
    this.#conversation = conversation;
    this.state = group.state;
    this.charter = group.charter;
    this.unreadable = messenger.groups.unreadableIn(group.conversation);
    this.#chains = new ChainRun(messenger.chains, group.conversation);
    this.#chat = new ChatReading(messenger, conversation, {
      epoch: group.state.epoch,
      charter: group.charter,
    });
  }

  /** Opens one more. Rejects as `Link.ask` does, when a certificate is to be fetched. */
  async take(link: Link, delivered: Delivered): Promise<Taken> {
    const { opened, change } = await openDelivered(this.#messenger, link, this, delivered);
    switch (opened.kind) {
      case "future-epoch":
      case "missing-certificates":
        return "ahead";
      case "application":
        this.state = opened.next;
        this.unreadable = 0;
        await this.#message(opened, delivered.fields);
        break;
      case "commit":
        this.state = opened.next;
        this.unreadable = 0;
        await this.#commit(opened, change);
        break;
      default:
        this.#unopened(opened, delivered);
    }
    return "taken";
  }

  /** Inside the transaction that stores the state. */
  write(): void {
    this.#chains.write();
    for (const write of this.#writes) write();
  }

  async #message(opened: Message, envelope: Delivered["fields"]): Promise<void> {
    const read = readPayload(opened.payload, envelope.envelope);
    if (read.result === "newer") {
      return this.#note(
        "unreadable",
        "A message was written by a newer version of the program: update to read it",
      );
    }
    if (read.result === "malformed") return this.#note("unreadable", "A message could not be read");
    const { message, previous } = read;
    const { number, restart } = message.fields;
    const verdict = await this.#chains.take(opened.sender.deviceId, opened.payload, {
      number,
      previous,
      restart: restart === true,
      joinedLate: this.#conversation.joinedLate,
    });
    if (verdict.result === "repeated") {
      return this.#note("repeated", "A repeated message was dropped");
    }
    if (verdict.result === "restarted") {
      this.#note("restarted", "A device of this conversation lost its state and began anew");
    }
    if (verdict.result === "broken") {
      this.#outOfStep(
        "chain-broken",
        "The order of messages was changed on the way: do not rely on this conversation",
      );
    }
    await this.#accept(message, opened, envelope);
  }

  /** The sender is the leaf that sealed it, whatever the payload or the server says (SR-11). */
  async #accept(
    message: PeerMessage,
    opened: Message,
    envelope: Delivered["fields"],
  ): Promise<void> {
    const { conversation } = this.#conversation;
    const own = opened.sender.accountId === this.#messenger.profile.own.account;
    const { sender, epoch } = opened;
    const said = { ...this.#conversation, message, sender, epoch, atMs: envelope.atMs };
    const { isHeard, write, asks } = await judgeSaid(this.#messenger, said);
    if (write !== undefined) this.#writes.push(write);
    if (asks !== undefined) this.requests.add(asks);
    if (!isHeard) return;
    switch (message.kind) {
      case "receipt.delivered":
        // A device of one's own does not say what the other side has received.
        if (!own) this.#receipt(message);
        return;
      case "room.about":
      case "room.past":
        return await this.#room(message, opened.sender);
      case "file.offer":
      case "file.answer":
      case "file.ack":
      case "file.pause":
      case "file.resume":
      case "file.cancel":
      case "file.done":
      case "direct.offer":
      case "direct.answer":
      case "stream.offer":
      case "stream.answer":
      case "stream.stop":
        return this.#news(
          await takeMediaMessage(this.#messenger.profile, message, {
            from: sender.accountId,
            device: sender.deviceId,
            own,
            peer: this.#conversation.peer,
            conversation,
            epoch,
            seq: envelope.seq,
            atMs: envelope.atMs,
          }),
        );
      default: {
        const { entries, write } = await this.#chat.read(message, opened, envelope);
        this.entries.push(...entries);
        if (write !== undefined) this.#writes.push(write);
        if (own || this.state.members.length > MAX_RECEIPT_DEVICES) return;
        const { id } = message.fields;
        this.#writes.push(() => oweReceipt(this.#messenger, conversation, { id, epoch }));
      }
    }
  }

  async #room(message: RoomMessage, sender: Message["sender"]): Promise<void> {
    const { lines, entries, writes } = await takeRoomMessage(this.#messenger, message, {
      conversation: this.#conversation.conversation,
      charter: this.charter,
      sender,
      isTold: (id) => this.entries.some((entry) => entry.id === id),
    });
    this.#news({ lines });
    this.entries.push(...entries);
    this.#writes.push(...writes);
  }

  #news({ lines, write }: RoomNews): void {
    for (const { code, text } of lines) this.#note(code, text);
    if (write !== undefined) this.#writes.push(write);
  }

  #receipt({ fields }: Extract<PeerMessage, { kind: "receipt.delivered" }>): void {
    const { conversation } = this.#conversation;
    const isFork = fields.items.some((item) => isMismatch(this.#messenger, this.state, item));
    // Of two histories of the group, one does not confirm what was said in the other (SR-27).
    if (isFork) return this.#forked("forked");
    this.#writes.push(() => {
      const news = markDelivered(this.#messenger, conversation, fields.items);
      this.delivered = [...this.delivered, ...news];
    });
  }

  async #commit(opened: OpenedCommit, change: OpenedEnvelope["change"]): Promise<void> {
    const { conversation } = this.#conversation;
    const { epoch, transcriptHash: transcript, isActive } = opened.next;
    const { profile } = this.#messenger;
    const charter = change?.after ?? this.charter;
    this.#writes.push(await this.#chat.begin({ epoch, transcript }, charter));
    if (opened.added.length > 0) {
      this.#writes.push(() => this.#messenger.conversations.setSwept(conversation, 0));
    }
    for (const { deviceId } of newcomers(opened)) this.#chains.beginAnew(deviceId);
    const own = { account: profile.own.account, nameOf: (account: string) => account };
    for (const line of change?.entry === undefined ? describeCommit(opened, own) : []) {
      this.#note("members-changed", line);
    }
    if (change !== undefined) {
      this.charter = change.after;
      this.#news(readCharterChange(profile, conversation, { ...change, epoch }));
    }
    if (!isActive) this.#note("removed", "This device was removed from the conversation");
  }

  #unopened(opened: Unopened, { fields }: Delivered): void {
    if (opened.kind === "passed-commit") return this.#forked("forked");
    if (opened.kind === "replay") return this.#note("repeated", "A repeated message was dropped");
    if (fields.type === "commit") {
      this.#note(
        "refused-commit",
        `A change to the members was refused: it was not allowed, or not made by a member. As the server says, ${fields.account} sent it`,
      );
      return this.#forked("refused");
    }
    this.#note("unreadable", "A message could not be opened");
    // Too old to be opened is no sign of a fork.
    if (opened.kind === "past-epoch" || fields.epoch < this.state.epoch) return;
    this.unreadable++;
    if (this.unreadable === MAX_UNREADABLE) this.#forked("forked");
  }

  #forked(why: OutOfStep): void {
    this.#outOfStep("fork", outOfStepText(this.#conversation.peer, why));
  }

  /** Told once: what follows in a conversation that is held says nothing new. */
  #outOfStep(code: string, text: string): void {
    const { state } = this.#conversation;
    const isTold = this.isOutOfStep || state === "out-of-step" || state === "ahead";
    if (!isTold) this.#note(code, text);
    this.isOutOfStep = true;
  }

  #note(code: string, text: string): void {
    const { conversation, peer } = this.#conversation;
    // Nothing stands in a conversation that the person does not see.
    if (!isOpenTo(this.#messenger, peer)) return;
    this.entries.push(noticeEntry(this.#messenger, { conversation, peer, code, text }));
  }
}

/** Devices that were not in before; what only lost its state leaves and comes back in one commit. */
function newcomers({ added, removed }: OpenedCommit): OpenedCommit["added"] {
  return added.filter((one) => !removed.some(({ deviceId }) => deviceId === one.deviceId));
}
