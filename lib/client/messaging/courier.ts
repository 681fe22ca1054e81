/**
 * Carries a profile's messages over one link: what waits in the mailbox in, what waits in the outbox out. Any number of
 * processes may send; the one that holds the lease also receives.
 */

import { listConversations } from "./listed.ts";
import { Channel } from "../../base/channel.ts";
import { CryptoError, describeError, Refusal, TrustError } from "../../base/errors.ts";
import { type AccountId, type ConversationId, parseConversationId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { Link } from "../link.ts";
import type { Lease } from "../profile/lease.ts";
import type { Contact } from "./contacts.ts";
import { type Flushed, OutboxFlusher } from "./flusher.ts";
import { refillKeyPackages } from "./key_packages.ts";
import { type Messenger, noticeEntry } from "./messenger.ts";
import { ensureConversation, joinConversation, refreshKeys } from "./opening.ts";
import { type Delivered, type Processed, Receiver } from "./receiver.ts";
import { Sender } from "./sender.ts";
import { acceptWelcome } from "./welcome.ts";

const log = logger("client", "courier");

/** Why a text is not on its way yet. */
export type Held =
  /** The contact's identity changed, or the conversation is out of step. */
  | { readonly peer: AccountId; readonly error: TrustError }
  /** The server says no for now. */
  | { readonly peer: AccountId; readonly error: Refusal }
  /** A conversation begun by the other side has not been received yet. */
  | { readonly peer: AccountId; readonly error: undefined };

type Incoming =
  | { readonly type: "envelope"; readonly delivered: Delivered }
  | { readonly type: "caught-up" };

export class Courier {
  readonly #sender: Sender;
  readonly #messenger: Messenger;
  readonly #link: Link;
  readonly #flusher: OutboxFlusher;
  readonly #incoming = new Channel<Incoming>();
  #receiver: { readonly lease: Lease; readonly receiver: Receiver } | undefined;

  constructor(messenger: Messenger, link: Link) {
    this.#messenger = messenger;
    this.#link = link;
    this.#sender = new Sender(messenger);
    this.#flusher = new OutboxFlusher(messenger);
  }

  /**
   * Sends what waits. Returns what had to stay; it stays written down and goes out by a later call. Rejects with
   * TransportError when the link ends.
   */
  async send(): Promise<readonly Held[]> {
    const held: Held[] = [];
    // First what is sealed already, so that the order stays, and so that an opening is settled.
    await this.#flush();
    for (const peer of this.#sender.peersWithDrafts()) {
      const stopped = await this.#sendTo(peer);
      if (stopped !== undefined) held.push(stopped);
    }
    return held;
  }

  /**
   * Receives until the link ends or `signal` aborts, calling `onCaughtUp` each time that nothing waits any more. Returns when
   * the lease was lost. The caller holds the lease and releases it afterwards.
   */
  async receive(
    lease: Lease,
    options: { signal: AbortSignal; onCaughtUp: () => void },
  ): Promise<void> {
    const link = this.#link;
    this.#receiver = { lease, receiver: new Receiver(this.#messenger, lease) };
    link.on("relay.envelope", (fields, body) => {
      this.#incoming.push({ type: "envelope", delivered: { fields, body } });
    });
    link.on("relay.caught-up", () => this.#incoming.push({ type: "caught-up" }));
    link.closed.then(() => this.#incoming.close());
    // Commits of ours that were interrupted come first: what waits may build on them (SR-21).
    await this.#flush();
    await this.#joinMissing();
    await this.#retryParked("epoch", "conversation");
    await link.ask("relay.subscribe", {});
    while (lease.isHeld) {
      const incoming = await this.#incoming.next({ signal: options.signal });
      if (incoming === undefined) return;
      if (incoming.type === "envelope") {
        if (await this.#process(incoming.delivered) === "lost") return;
        // Receipts and replies go out once for all that has arrived by now.
        if (this.#incoming.size === 0) await this.#answer();
      } else {
        await this.#caughtUp();
        options.onCaughtUp();
      }
    }
  }

  /** A held Welcome may be taken up now: the person accepted the contact's identity. */
  async retryHeld(): Promise<void> {
    await this.#retryParked("trust");
  }

  async #process(delivered: Delivered): Promise<Processed> {
    if (this.#receiver === undefined) return "lost";
    const { lease, receiver } = this.#receiver;
    const { fields } = delivered;
    let processed: Processed = "done";
    if (fields.type === "welcome") {
      const welcomed = await acceptWelcome(this.#messenger, this.#link, { lease, delivered });
      if (welcomed === "lost") return "lost";
      if (welcomed === "held") processed = receiver.park(delivered, "trust");
      if (welcomed === "joined") {
        await this.#flush();
        await this.#retryParked("conversation");
        await refillKeyPackages(this.#messenger.profile, this.#link);
      }
    } else {
      processed = await receiver.process(this.#link, delivered);
      if (fields.type === "commit") await this.#retryParked("epoch");
    }
    if (processed !== "lost") {
      this.#link.tell("relay.acknowledge", { conversation: fields.conversation, seq: fields.seq });
    }
    return processed;
  }

  /** Tries again what was put aside; what still cannot be read is put aside again. */
  async #retryParked(...reasons: readonly string[]): Promise<void> {
    const { receiver, lease } = this.#receiver ?? {};
    if (receiver === undefined || lease === undefined) return;
    for (const delivered of receiver.takeParked(...reasons)) {
      if (delivered.fields.type !== "welcome") {
        await receiver.retry(this.#link, delivered);
        continue;
      }
      const welcomed = await acceptWelcome(this.#messenger, this.#link, { lease, delivered });
      if (welcomed === "held") receiver.park(delivered, "trust");
      if (welcomed === "joined") await this.#flush();
    }
  }

  /** Receipts for what was received, key updates that are due, drafts that waited for a conversation. */
  async #answer(): Promise<void> {
    for (const { conversation, peer, state } of this.#messenger.conversations.list()) {
      if (state !== "active") continue;
      try {
        await this.#sender.sealReceipts(peer, conversation);
      } catch (error) {
        // A held contact gets no receipts either (SR-07).
        if (!(error instanceof TrustError)) throw error;
      }
      await refreshKeys(this.#messenger, conversation, { atOnce: false });
    }
    await this.send();
  }

  /** Everything that waited was read: what is missing now is missing (SR-25, SR-28). */
  async #caughtUp(): Promise<void> {
    await this.#flush();
    await this.#retryParked("epoch", "conversation");
    await this.#answer();
    for (const { conversation, peer, state } of this.#messenger.conversations.list()) {
      await this.#tellMissing(conversation, peer);
      if (state === "active" && this.#hasParked(conversation)) {
        await this.#outOfStep(conversation, peer);
      }
    }
  }

  async #tellMissing(conversation: ConversationId, peer: AccountId): Promise<void> {
    const { profile, chains } = this.#messenger;
    const missing = profile.database.transaction(() => chains.takeMissing(conversation));
    for (const [device, count] of missing) {
      const text = count === 1
        ? "A message is missing: it was sent, but never delivered"
        : `${count} messages are missing: they were sent, but never delivered`;
      await this.#note({ conversation, peer, code: "missing", text, device });
    }
  }

  async #outOfStep(conversation: ConversationId, peer: AccountId): Promise<void> {
    this.#messenger.conversations.setState(conversation, "out-of-step");
    await this.#note({
      conversation,
      peer,
      code: "fork",
      text:
        "This conversation is out of step: the server holds back a change. Nothing more is sent",
    });
  }

  async #note(about: Parameters<typeof noticeEntry>[1]): Promise<void> {
    const entry = noticeEntry(this.#messenger, about);
    await this.#messenger.history.append([entry], () => true);
    this.#messenger.onEvent({ type: "entry", entry });
  }

  #hasParked(conversation: ConversationId): boolean {
    return this.#messenger.profile.database.query(
      "SELECT seq FROM parked WHERE conversation = ? AND reason = 'epoch' LIMIT 1",
      (row) => row.integer("seq"),
    ).first(conversation) !== undefined;
  }

  /** Conversations of the account that this device is not in yet: another device of it, or of the peer, began them. */
  async #joinMissing(): Promise<void> {
    const { conversations, directory } = this.#messenger;
    for (const listed of await listConversations(this.#link)) {
      const conversation = parseConversationId(listed.conversation);
      if (conversation === undefined || listed.member || conversations.isKnown(conversation)) {
        continue;
      }
      try {
        const { contact } = await directory.meet(this.#link, listed.peer);
        if (contact.changedTo !== undefined) continue;
        await this.#join(conversation, contact);
      } catch (error) {
        if (!(error instanceof Refusal || error instanceof TrustError)) throw error;
        log.warn("cannot join", { reason: describeError(error) });
      }
    }
  }

  async #join(conversation: ConversationId, contact: Contact): Promise<void> {
    // Whoever commits at the same moment wins one of the tries.
    for (let attempt = 0; attempt < 5; attempt++) {
      const joined = await joinConversation(this.#messenger, this.#link, {
        conversation,
        contact,
        known: undefined,
      });
      if (joined !== "lost") return;
    }
  }

  async #sendTo(peer: AccountId): Promise<Held | undefined> {
    const { contacts, directory } = this.#messenger;
    try {
      const contact = await contacts.find(peer) ?? (await directory.meet(this.#link, peer)).contact;
      const conversation = await ensureConversation(this.#messenger, this.#link, contact);
      if (conversation === undefined) return { peer, error: undefined };
      await this.#flush();
      const open = this.#messenger.conversations.openWith(peer);
      // Somebody else was first: the text waits for the conversation that the other side began.
      if (open?.state === "opening" || open === undefined) return { peer, error: undefined };
      if (open.state === "out-of-step") throw outOfStepError(contact);
      await this.#sender.sealDrafts(peer, open.conversation);
      const flushed = await this.#flush();
      return flushed.result === "refused" ? { peer, error: flushed.refusal } : undefined;
    } catch (error) {
      if (error instanceof TrustError || error instanceof Refusal) return { peer, error };
      if (error instanceof CryptoError) {
        return { peer, error: new TrustError("bad-directory", error.message, { cause: error }) };
      }
      throw error;
    }
  }

  #flush(): Promise<Flushed> {
    return this.#flusher.flush(this.#link);
  }
}

function outOfStepError(contact: Contact): TrustError {
  return new TrustError(
    "out-of-step",
    `The conversation with ${contact.name} is out of step: nothing is sent until you begin it anew`,
    { details: { account: contact.account } },
  );
}
