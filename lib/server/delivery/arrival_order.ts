/**
 * Envelopes of a conversation in the order of their numbers, though their news may come in another one: answers of a database with
 * several connections overtake each other, and so does what other nodes say. The store numbers in the order of its commits, so
 * whoever reads it after hearing of an envelope finds all before it (SR-24).
 */

import type { Clock } from "../../base/clock.ts";
import type { ConversationId } from "../../base/ids.ts";
import type { Envelope, Member } from "../../relay/message_log.ts";

/** Conversations of which the last envelope is remembered, those that were quiet for longest forgotten first: some 5 MB. */
const MAX_HEARD = 50_000;
/**
 * How long one that came early waits for those before it. Reading the store costs a statement for each device that is connected,
 * so it is worth more than the moments that answers and news of one machine room need.
 */
export const EARLY_MS = 50;
/** So many of one conversation may wait; with more, something was lost rather than overtaken. */
export const MAX_EARLY = 256;

type Recipients = readonly Member[];

/** What is made of what is heard. */
interface ArrivalOrderParts {
  readonly clock: Clock;
  /** No other node stores envelopes: of a conversation that was quiet for long, what comes is the next. */
  readonly isAlone: boolean;
  /** It follows on the one before. */
  readonly onNext: (envelope: Envelope, recipients: Recipients) => void;
  /** Something for these is in the store of which nothing was heard in time. */
  readonly onMissed: (recipients: Recipients) => void;
}

interface Early {
  readonly bySeq: Map<number, { readonly envelope: Envelope; readonly recipients: Recipients }>;
  cancel: () => void;
}

/** Its owner closes it. */
export class ArrivalOrder {
  readonly #parts: ArrivalOrderParts;
  /** Up to where it is handed on, or was missed. */
  readonly #heard = new Map<ConversationId, number>();
  readonly #early = new Map<ConversationId, Early>();

  constructor(parts: ArrivalOrderParts) {
    this.#parts = parts;
  }

  /** False: it was heard before. */
  hear(envelope: Envelope, recipients: Recipients): boolean {
    const { isAlone, onNext, onMissed } = this.#parts;
    const { conversation, seq } = envelope;
    const last = this.#heard.get(conversation);
    if (seq === last || this.#early.get(conversation)?.bySeq.has(seq) === true) return false;
    if (last !== undefined && seq > last + 1) {
      this.#await(envelope, recipients);
      return true;
    }
    // Of other nodes something before the first one may still be on the way.
    const isNext = last === undefined ? isAlone || seq === 1 : seq === last + 1;
    if (last === undefined || seq > last) this.#remember(conversation, seq);
    if (isNext) onNext(envelope, recipients);
    else onMissed(recipients.filter(({ device }) => device !== envelope.device));
    this.#goOn(conversation, seq);
    return true;
  }

  close(): void {
    for (const { cancel } of this.#early.values()) cancel();
    this.#early.clear();
  }

  #await(envelope: Envelope, recipients: Recipients): void {
    const { conversation, seq } = envelope;
    let early = this.#early.get(conversation);
    if (early === undefined) {
      this.#early.set(conversation, early = { bySeq: new Map(), cancel: () => {} });
      this.#setTimer(conversation, early);
    }
    early.bySeq.set(seq, { envelope, recipients });
    if (early.bySeq.size > MAX_EARLY) this.#giveUp(conversation, early);
  }

  /** Those that waited for the one of this number. */
  #goOn(conversation: ConversationId, seq: number): void {
    const early = this.#early.get(conversation);
    if (early === undefined) return;
    let last = seq;
    for (;;) {
      const next = early.bySeq.get(last + 1);
      if (next === undefined) break;
      early.bySeq.delete(++last);
      this.#remember(conversation, last);
      this.#parts.onNext(next.envelope, next.recipients);
    }
    if (early.bySeq.size > 0 && last === seq) return;
    early.cancel();
    if (early.bySeq.size > 0) this.#setTimer(conversation, early);
    else this.#early.delete(conversation);
  }

  #setTimer(conversation: ConversationId, early: Early): void {
    early.cancel = this.#parts.clock.after(EARLY_MS, () => this.#giveUp(conversation, early));
  }

  #giveUp(conversation: ConversationId, early: Early): void {
    early.cancel();
    this.#early.delete(conversation);
    this.#remember(conversation, Math.max(...early.bySeq.keys()));
    const lists = new Set([...early.bySeq.values()].map(({ recipients }) => recipients));
    for (const recipients of lists) this.#parts.onMissed(recipients);
  }

  #remember(conversation: ConversationId, seq: number): void {
    this.#heard.delete(conversation);
    this.#heard.set(conversation, seq);
    const [quietest] = this.#heard.size > MAX_HEARD ? this.#heard.keys() : [];
    if (quietest !== undefined) this.#heard.delete(quietest);
  }
}
