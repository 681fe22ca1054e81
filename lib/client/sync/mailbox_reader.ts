/**
 * Takes a device's mailbox in over one link, as long as this process holds the lease: what waits, then what arrives. Many
 * envelopes of one conversation are stored together, since each commit of the disk costs more than opening ten of them.
 */

import { catchUpBroadcasts, takeBroadcast } from "../announcements/broadcasts.ts";
import type { Link } from "../link/link.ts";
import { type Incoming, IncomingQueue } from "./incoming.ts";
import { acceptWelcome } from "./invited.ts";
import { refillWhenPossible } from "../groups/key_packages.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";
import { joinMissing } from "../recovery/missing_conversations.ts";
import { Chains } from "../store/chains.ts";
import { type DeferReason, DeferredEnvelopes, type Delivered } from "../store/deferred.ts";
import { type Processed, Receiver } from "../receiving/receiver.ts";
import { keepUp } from "../groups/committing.ts";
import { parseConversationId, type Peer } from "../../base/ids.ts";
import type { Lease } from "../profile/lease.ts";
import { tellDisputed } from "../devices/own_revocations.ts";
import { holdOutOfStep } from "../groups/closing.ts";
import { conversationsOwing, sealReceipts } from "../sending/receipts.ts";
import { beginAheadAnew } from "../recovery/restored_server.ts";
import { isUnswept } from "../devices/sweeping.ts";

/** Reads one device's mailbox over one link. */
export class MailboxReader {
  readonly #messenger: Messenger;
  readonly #link: Link;
  readonly #surroundings: ReaderContext;
  readonly #receiver: Receiver;
  readonly #incoming = new IncomingQueue();
  /** Everything that waited at the beginning was read. */
  readonly #deferred: DeferredEnvelopes;
  #isCaughtUp = false;
  /** While something waits that was too dear. */
  #cancelSteps: (() => void) | undefined;

  constructor(
    messenger: Messenger,
    link: Link,
    surroundings: ReaderContext,
  ) {
    this.#messenger = messenger;
    this.#link = link;
    this.#surroundings = surroundings;
    const { lease, flush } = surroundings;
    this.#deferred = new DeferredEnvelopes(messenger.profile.database);
    this.#receiver = new Receiver(messenger, { lease, settleCommits: flush });
  }

  /** A held Welcome may be taken up now: the person accepted the contact's identity. */
  retryHeld(): void {
    this.#incoming.push({ type: "retry" });
  }

  /** This account has removed a device. */
  devicesChanged(): void {
    this.#incoming.push({ type: "devices" });
  }

  /** See `SyncEngine.receive`. */
  async run(options: { signal: AbortSignal; onCaughtUp: () => void }): Promise<void> {
    const link = this.#link;
    link.on("relay.envelope", (fields, body) => {
      this.#incoming.push({ type: "envelope", delivered: { fields, body } });
    });
    link.on("broadcast.message", (fields, statement) => {
      this.#incoming.push({ type: "broadcast", delivery: { ...fields, statement } });
    });
    link.on("room.news", () => this.#incoming.push({ type: "rooms" }));
    link.on("relay.caught-up", () => this.#incoming.push({ type: "caught-up" }));
    link.closed.then(() => this.#incoming.close());
    // Commits of ours that were interrupted come first: what waits may build on them (SR-21).
    await this.#surroundings.flush();
    await joinMissing(this.#messenger, link, { also: "none" });
    await this.#surroundings.keepRooms(false);
    await this.#retryParked("epoch", "conversation", "trust", "steps");
    await link.ask("relay.subscribe", {}, undefined, { onAnswer: () => this.#incoming.begin() });
    try {
      while (this.#surroundings.lease.isHeld) {
        options.signal.throwIfAborted();
        this.#waitForSteps();
        const first = await this.#incoming.first(options.signal);
        if (first === undefined) return;
        if (await this.#step(first, options.onCaughtUp) === "lost") return;
      }
    } finally {
      this.#cancelSteps?.();
    }
  }

  /** What was too dear is tried again when its sender may cost as much once more. */
  #waitForSteps(): void {
    const { profile, groups } = this.#messenger;
    if (this.#cancelSteps !== undefined || !this.#deferred.has("steps")) return;
    this.#cancelSteps = profile.clock.after(groups.forward.waitMs, () => {
      this.#cancelSteps = undefined;
      this.#incoming.push({ type: "steps" });
    });
  }

  async #step(first: Incoming, onCaughtUp: () => void): Promise<Processed> {
    if (first.type === "envelope") return await this.#envelopes(first.delivered);
    // Several changes of rooms at once are one.
    const isRepeated = first.type === "rooms" && this.#incoming.hasMore("rooms");
    this.#incoming.shift();
    if (first.type === "broadcast") {
      await takeBroadcast(this.#messenger, this.#link, first.delivery);
      return "done";
    }
    if (first.type === "retry") {
      // Whom another device of one's own accepted, or wrote to, has a conversation to come into.
      await joinMissing(this.#messenger, this.#link, { also: "none" });
      await this.#retryParked("trust");
      // A request that was accepted is answered.
      await this.#answer({ everywhere: true });
      return "done";
    }
    if (first.type === "steps") {
      await this.#retryParked("steps");
      await this.#answer({});
      return "done";
    }
    if (first.type === "devices") {
      await this.#surroundings.sweep({ isNews: true });
      return "done";
    }
    if (first.type === "rooms") {
      if (isRepeated) return "done";
      await this.#surroundings.keepRooms(this.#isCaughtUp);
      await this.#retryParked("conversation", "epoch");
      // What waited for a room goes into the one that repairs it.
      await this.#surroundings.send();
      return "done";
    }
    await this.#caughtUp();
    onCaughtUp();
    // Once the person does not wait for it.
    await refillWhenPossible(this.#messenger.profile, this.#link);
    return "done";
  }

  async #envelopes(first: Delivered): Promise<Processed> {
    const run = this.#incoming.takeRun(first);
    const { conversation, seq } = run[run.length - 1].fields;
    const processed = first.fields.type === "welcome"
      ? await this.#welcome(first)
      : await this.#receiver.process(this.#link, run);
    if (processed === "lost") return processed;
    this.#link.tell("relay.acknowledge", { conversation, seq });
    if (run.some(({ fields }) => fields.type === "commit")) {
      await this.#retryParked("epoch");
      if (this.#isInRoom(first)) this.#incoming.push({ type: "rooms" });
    }
    // Receipts and replies go out once for all that has arrived by now.
    if (this.#incoming.isEmpty) await this.#answer({});
    return processed;
  }

  /** After a commit there may be newcomers to greet and removals to go on with. */
  #isInRoom({ fields }: Delivered): boolean {
    return this.#messenger.conversations.isRoom(fields.conversation);
  }

  async #welcome(delivered: Delivered): Promise<Processed> {
    const { lease, flush } = this.#surroundings;
    const welcomed = await acceptWelcome(this.#messenger, this.#link, { lease, delivered });
    switch (welcomed.result) {
      case "lost":
        return "lost";
      case "held":
        return this.#receiver.park([delivered], "trust");
      case "dropped":
        this.#deferred.remove(delivered);
        return "done";
      case "joined":
        await keepUp(this.#messenger, welcomed.conversation);
        await flush();
        await this.#retryParked("conversation");
        return "done";
    }
  }

  async #answer(options: { everywhere?: boolean }): Promise<void> {
    await this.#surroundings.sweep({ isNews: false });
    await answer(this.#messenger, this.#link, this.#surroundings, options);
  }

  /** Tries again what was put aside; what still cannot be read is put aside again. */
  async #retryParked(...reasons: readonly DeferReason[]): Promise<void> {
    const byConversation = new Map<string, Delivered[]>();
    for (const delivered of this.#deferred.list(...reasons)) {
      if (delivered.fields.type === "welcome") {
        await this.#welcome(delivered);
        continue;
      }
      const { conversation } = delivered.fields;
      byConversation.set(conversation, [...byConversation.get(conversation) ?? [], delivered]);
    }
    for (const run of byConversation.values()) await this.#receiver.retry(this.#link, run);
  }

  /** Everything that waited was read: what is missing now is missing (SR-25, SR-28). */
  async #caughtUp(): Promise<void> {
    await this.#surroundings.flush();
    await joinMissing(this.#messenger, this.#link, { also: "left behind" });
    this.#isCaughtUp = true;
    await this.#surroundings.keepRooms(true);
    await this.#retryParked("epoch", "conversation", "trust");
    await this.#answer({ everywhere: true });
    await concludeReading(this.#messenger, this.#link, this.#surroundings.flush);
    await catchUpBroadcasts(this.#messenger, this.#link);
  }
}

/** What a reader needs of its sync engine. */
interface ReaderContext {
  readonly lease: Lease;
  /** Whether anything may leave for an account or a room. */
  isOpen(peer: Peer): Promise<boolean>;
  flush(): Promise<void>;
  send(): Promise<void>;
  /** Removes devices that were given up from groups (SR-10). `isNews`: the server says that there are others by now. */
  sweep(options: { isNews: boolean }): Promise<void>;
  /** Does what is due in rooms. `isCaughtUp`: everything that waited was read. */
  keepRooms(isCaughtUp: boolean): Promise<void>;
}

// What a device says after it has received: receipts, key updates that are due, texts that waited, and what is missing.

/** Receipts for what was received, and whatever else can leave now; and what the owner is to know of their devices. `everywhere`: looks for what is due in each conversation. */
async function answer(
  messenger: Messenger,
  link: Link,
  syncEngine: { isOpen(peer: Peer): Promise<boolean>; send(): Promise<void> },
  options: { everywhere?: boolean } = {},
): Promise<void> {
  await tellDisputed(messenger, link);
  const owing = new Set(conversationsOwing(messenger));
  for (const known of messenger.conversations.list()) {
    const { conversation, peer, state } = known;
    // Nothing is said to a device that was removed.
    if (isUnswept(messenger, known)) continue;
    const owes = owing.has(conversation);
    if (state !== "active" || !owes && options.everywhere !== true) continue;
    // A held contact gets no receipts either (SR-07).
    if (owes && await syncEngine.isOpen(peer)) await sealReceipts(messenger, conversation);
    await keepUp(messenger, conversation);
  }
  await syncEngine.send();
}

/** When everything that waited was read: what has to begin anew does so, and what is missing now is told. */
async function concludeReading(
  messenger: Messenger,
  link: Link,
  flush: () => Promise<void>,
): Promise<void> {
  await beginAheadAnew(messenger, link, flush);
  await tellMissing(messenger);
  await tellWithheld(messenger);
}

/** Numbers of a sender that did not come, though everything after them did (SR-28). */
async function tellMissing(messenger: Messenger): Promise<void> {
  const { conversations, profile: { database } } = messenger;
  const chains = new Chains(database);
  const missing = chains.listMissing();
  const entries = missing.flatMap(({ conversation, device, count }) => {
    const peer = conversations.find(conversation)?.peer;
    // What it was nobody knows who does not have it: a receipt has a number as well.
    const text = count === 1
      ? "1 message or receipt did not arrive here"
      : `${count} messages or receipts did not arrive here`;
    if (peer === undefined) return [];
    return [noticeEntry(messenger, { conversation, peer, code: "missing", text, device })];
  });
  if (missing.length === 0) return;
  await record(messenger, entries, () => {
    for (const gap of missing) chains.setTold(gap);
    return true;
  });
}

/** Messages of an epoch whose commit never came (SR-25). */
async function tellWithheld(messenger: Messenger): Promise<void> {
  for (const id of new DeferredEnvelopes(messenger.profile.database).aheadIn()) {
    const conversation = parseConversationId(id);
    if (conversation !== undefined) await holdOutOfStep(messenger, conversation, "withheld");
  }
}
