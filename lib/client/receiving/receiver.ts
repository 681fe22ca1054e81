/**
 * From envelopes to the history. One transaction writes the new ratchet state, what was said, and how far the mailbox was
 * read; only then the envelopes are acknowledged (SR-24). What cannot be read becomes a visible line and never stops the
 * queue. Only the holder of the lease may receive (SR-22).
 */

import { logger } from "../../base/log.ts";
import { parseConversationId } from "../../base/ids.ts";
import type { Link } from "../link/link.ts";
import type { Lease } from "../profile/lease.ts";
import { settleChanges } from "../talk/settling.ts";
import { closeConversation } from "../groups/closing.ts";
import type { Conversation } from "../store/conversations.ts";
import type { HistoryEntry } from "../store/history.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";
import { type DeferReason, DeferredEnvelopes, type Delivered } from "../store/deferred.ts";
import { Reading } from "./reading.ts";

const log = logger("client", "receiver");

/** What became of envelopes. */
export type Processed =
  /** Stored or put aside: they may be acknowledged. */
  | "done"
  /** The lease is gone: stop. */
  | "lost";

/** What a receiver needs of its sync engine. */
export interface ReceiverContext {
  readonly lease: Lease;
  /** Asks what became of commits of our own: one that was accepted opens the epoch that others speak in already. */
  settleCommits(): Promise<void>;
}

/** `ahead`: the first cannot be opened yet. `again`: somebody else wrote the group meanwhile. */
type Read = Processed | "ahead" | "again";

/** Takes delivered envelopes into the history. */
export class Receiver {
  readonly #messenger: Messenger;
  readonly #surroundings: ReceiverContext;
  readonly #deferred: DeferredEnvelopes;

  constructor(
    messenger: Messenger,
    surroundings: ReceiverContext,
  ) {
    this.#messenger = messenger;
    this.#surroundings = surroundings;
    this.#deferred = new DeferredEnvelopes(messenger.profile.database);
  }

  /** Processes envelopes of one conversation in their order. Those that are stored already are passed over. */
  async process(link: Link, run: readonly Delivered[]): Promise<Processed> {
    let seq = run.length === 0 ? 0 : this.#find(run[0])?.processedSeq ?? 0;
    const fresh = run.filter(({ fields }) => {
      const isFresh = fields.seq > seq;
      seq = Math.max(seq, fields.seq);
      return isFresh;
    });
    return await this.retry(link, fresh);
  }

  /** Processes envelopes of one conversation that count as read already because they were put aside. */
  async retry(link: Link, run: readonly Delivered[]): Promise<Processed> {
    let mayAsk = true;
    for (let rest = run; rest.length > 0;) {
      const conversation = this.#find(rest[0]);
      if (conversation === undefined || conversation.state === "lost") {
        return this.park(rest, "conversation");
      }
      const { result, taken } = await this.#read(link, conversation, rest);
      if (result === "lost") return "lost";
      if (result === "done") rest = rest.slice(taken);
      if (result !== "ahead") continue;
      if (mayAsk && this.#messenger.groups.ageOf(conversation.conversation)?.hasPending === true) {
        mayAsk = false;
        await this.#surroundings.settleCommits();
        continue;
      }
      if (this.park(rest.slice(0, 1), "epoch") === "lost") return "lost";
      rest = rest.slice(1);
    }
    return "done";
  }

  /** Keeps envelopes aside; they count as read. What there is no room for is lost, visibly if that can be (SR-24). */
  park(run: readonly Delivered[], reason: DeferReason): Processed {
    const { profile, conversations } = this.#messenger;
    return profile.database.transaction(() => {
      if (!this.#surroundings.lease.isHeld) return "lost";
      for (const delivered of run) {
        const { seq } = delivered.fields;
        this.#putAside(delivered, reason);
        const id = parseConversationId(delivered.fields.conversation);
        if (id !== undefined) conversations.setProcessed(id, seq);
      }
      return "done";
    });
  }

  #putAside(delivered: Delivered, reason: DeferReason): void {
    if (this.#deferred.add(delivered, reason)) return;
    log.warn("no room to put an envelope aside", { seq: delivered.fields.seq });
  }

  #find({ fields }: Delivered): Conversation | undefined {
    const id = parseConversationId(fields.conversation);
    return id === undefined ? undefined : this.#messenger.conversations.find(id);
  }

  /** Opens as many as can be opened now and stores what they say. */
  async #read(
    link: Link,
    conversation: Conversation,
    run: readonly Delivered[],
  ): Promise<{ result: Read; taken: number }> {
    const { groups, conversations, onEvent } = this.#messenger;
    const { conversation: id } = conversation;
    const group = await groups.load(id);
    if (group === undefined) {
      const result = await this.#store(run, { entries: this.#gaps(conversation, run) });
      return { result: result ? "done" : "lost", taken: run.length };
    }
    const { epoch } = group.state;
    const reading = new Reading(this.#messenger, conversation, group);
    const later: Delivered[] = [];
    let taken = 0;
    for (; taken < run.length && !reading.endsHere; taken++) {
      const result = await reading.take(link, run[taken]);
      if (result === "ahead") break;
      if (result === "later") later.push(run[taken]);
    }
    if (taken === 0) return { result: "ahead", taken };
    const { state } = reading;
    // A commit of ours that waited for an epoch that is over has lost (SR-21).
    const pending = state.epoch === epoch ? group.pending : undefined;
    const { membershipLog } = reading;
    const prepared = await groups.prepare(state, { ...group, membershipLog, pending });
    let moved = false;
    const stored = await this.#store(run.slice(0, taken), {
      entries: reading.entries,
      later,
      also: () => {
        moved = !groups.replace(prepared, group.version);
        if (moved) return false;
        reading.write();
        // One that is to be begun anew stays so.
        if (reading.isOutOfStep && conversation.state !== "ahead") {
          conversations.setState(id, "out-of-step");
        }
        // What had not left goes into the next conversation.
        if (!state.isActive) closeConversation(this.#messenger, id);
        return true;
      },
    });
    if (!stored) return { result: moved ? "again" : "lost", taken };
    await settleChanges(this.#messenger);
    for (const account of reading.requests) onEvent({ type: "request", account });
    for (const id of reading.delivered) onEvent({ type: "delivery", id, state: "delivered" });
    return { result: "done", taken };
  }

  /** Messages of a conversation whose keys are gone. */
  #gaps({ conversation, peer }: Conversation, run: readonly Delivered[]): HistoryEntry[] {
    const code = "unreadable";
    const text = "A message could not be opened";
    return run.filter(({ fields }) => fields.type === "message")
      .map(() => noticeEntry(this.#messenger, { conversation, peer, code, text }));
  }

  /**
   * One transaction: what the envelopes say, and that they are read, but for those that are put aside until `later`. False when
   * the lease is gone, or `also` says so.
   */
  #store(
    run: readonly Delivered[],
    { entries, later = [], also = () => true }: {
      entries: readonly HistoryEntry[];
      later?: readonly Delivered[];
      also?: () => boolean;
    },
  ): Promise<boolean> {
    const { conversations } = this.#messenger;
    const isLater = new Set(later);
    return record(this.#messenger, entries, () => {
      if (!this.#surroundings.lease.isHeld || !also()) return false;
      for (const delivered of run) {
        const { fields } = delivered;
        if (isLater.has(delivered)) this.#putAside(delivered, "steps");
        else this.#deferred.remove(delivered);
        const id = parseConversationId(fields.conversation);
        if (id !== undefined) conversations.setProcessed(id, fields.seq);
      }
      return true;
    });
  }
}
