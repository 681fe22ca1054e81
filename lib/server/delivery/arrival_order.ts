/**
 * Envelopes of a conversation in the order of their numbers, though their news may come in another one: answers of a database with
 * several connections overtake each other, and so does what other nodes say. The store numbers in the order of its commits, so
 * whoever reads it after hearing of an envelope finds all before it (SR-24).
 */

import type { Clock } from "../../base/clock.ts";
import type { ConversationId, DeviceId } from "../../base/ids.ts";
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
/** Conversations of which is remembered who was told to read the store: of others everybody is told once more. */
const MAX_TOLD = 1_000;

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

/** An envelope and who gets it: its sender is among them or not. */
interface Arrived {
  readonly envelope: Envelope;
  readonly recipients: Recipients;
}

interface Early {
  readonly bySeq: Map<number, Arrived>;
  cancel: () => void;
}

/** Of one conversation. */
interface Heard {
  /** Up to where it is handed on, or was missed. */
  readonly last: number;
  /** News of those up to here may still come for the first time; of later ones they are repeated. */
  readonly missedTo: number;
}

/** Its owner closes it. */
export class ArrivalOrder {
  readonly #parts: ArrivalOrderParts;
  readonly #heard = new Map<ConversationId, Heard>();
  readonly #early = new Map<ConversationId, Early>();
  /** Devices that read everything up to `missedTo` anyway: what comes late is no news for them. */
  readonly #told = new Map<ConversationId, Set<DeviceId>>();

  constructor(parts: ArrivalOrderParts) {
    this.#parts = parts;
  }

  /** False: it was heard before. */
  hear(envelope: Envelope, recipients: Recipients): boolean {
    const { conversation, seq } = envelope;
    const heard = this.#heard.get(conversation);
    const { last, missedTo } = heard ?? this.#begin(seq);
    if (seq > last + 1) return this.#await(envelope, recipients);
    if (seq === last + 1) {
      this.#remember(conversation, { last: seq, missedTo });
      this.#parts.onNext(envelope, recipients);
      this.#goOn(conversation, seq);
      return true;
    }
    if (seq > missedTo || seq === heard?.last) return false;
    // Of other nodes something before the first one may still be on the way.
    this.#miss(conversation, { last, missedTo }, readersOf({ envelope, recipients }));
    this.#goOn(conversation, last);
    return true;
  }

  close(): void {
    for (const { cancel } of this.#early.values()) cancel();
    this.#early.clear();
  }

  /** Nothing was heard of its conversation, or not for long. */
  #begin(seq: number): Heard {
    const last = this.#parts.isAlone || seq === 1 ? seq - 1 : seq;
    return { last, missedTo: last };
  }

  #await(envelope: Envelope, recipients: Recipients): boolean {
    const { conversation, seq } = envelope;
    let early = this.#early.get(conversation);
    if (early === undefined) {
      this.#early.set(conversation, early = { bySeq: new Map(), cancel: () => {} });
      this.#setTimer(conversation, early);
    }
    if (early.bySeq.has(seq)) return false;
    early.bySeq.set(seq, { envelope, recipients });
    if (early.bySeq.size > MAX_EARLY) this.#giveUp(conversation, early);
    return true;
  }

  /** Those that waited for the one of this number. */
  #goOn(conversation: ConversationId, seq: number): void {
    const early = this.#early.get(conversation);
    if (early === undefined) return;
    const { missedTo } = this.#heard.get(conversation) ?? this.#begin(seq);
    let last = seq;
    for (;;) {
      const next = early.bySeq.get(last + 1);
      if (next === undefined) break;
      early.bySeq.delete(++last);
      this.#remember(conversation, { last, missedTo });
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
    this.#told.delete(conversation);
    const last = Math.max(...early.bySeq.keys());
    this.#miss(
      conversation,
      { last, missedTo: last },
      [...early.bySeq.values()].flatMap(readersOf),
    );
  }

  /** Each of these reads the store once for all that was missed, which is there when the news of the last of it have come. */
  #miss(conversation: ConversationId, heard: Heard, recipients: Recipients): void {
    this.#remember(conversation, heard);
    const told = this.#told.get(conversation) ?? new Set();
    const untold = recipients.filter(({ device }) => {
      const isTold = told.has(device);
      told.add(device);
      return !isTold;
    });
    putLast(this.#told, conversation, told, MAX_TOLD);
    if (untold.length > 0) this.#parts.onMissed(untold);
  }

  #remember(conversation: ConversationId, heard: Heard): void {
    putLast(this.#heard, conversation, heard, MAX_HEARD);
  }
}

/** Its sender, too: something of others is missed before it, which the next envelope that is pushed to the sender would pass over. */
function readersOf({ envelope: { account, device }, recipients }: Arrived): Recipients {
  return [...recipients, { account, device }];
}

/** The one that was put there longest ago goes when there are more than `max`. */
function putLast<Value>(
  map: Map<ConversationId, Value>,
  conversation: ConversationId,
  value: Value,
  max: number,
): void {
  map.delete(conversation);
  map.set(conversation, value);
  const [oldest] = map.size > max ? map.keys() : [];
  if (oldest !== undefined) map.delete(oldest);
}
