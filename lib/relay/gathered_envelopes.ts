/** Envelopes that were stored in one turn, put together: the answers of one commit of the store come in one. */

import type { ConversationId } from "../base/ids.ts";
import { WRITE_PIECE_BYTES } from "../protocol/limits.ts";
import { ENVELOPE_OVERHEAD_BYTES } from "./log_rules.ts";
import type { Envelope, Member } from "./message_log.ts";

/**
 * What has reached this size is handed on at once: one write of one piece. Smaller ones would be more writes, and what is greater
 * the socket takes in pieces anyway.
 */
const GATHERED_BYTES = WRITE_PIECE_BYTES;

/** Of one conversation, in their order, for the same devices. */
export interface StoredEnvelopes {
  readonly envelopes: readonly Envelope[];
  readonly recipients: readonly Member[];
}

interface Gathered extends StoredEnvelopes {
  readonly envelopes: Envelope[];
  sizeBytes: number;
}

/** Hands them on at the end of the turn, those of one conversation together. */
export class GatheredEnvelopes {
  readonly #handOn: (stored: StoredEnvelopes) => void;
  readonly #gathered = new Map<ConversationId, Gathered>();

  constructor(handOn: (stored: StoredEnvelopes) => void) {
    this.#handOn = handOn;
  }

  add(envelope: Envelope, recipients: readonly Member[]): void {
    const { conversation, body } = envelope;
    let gathered = this.#gathered.get(conversation);
    if (gathered !== undefined && !areSame(gathered.recipients, recipients)) {
      this.#take(conversation, gathered);
      gathered = undefined;
    }
    if (gathered === undefined) {
      if (this.#gathered.size === 0) queueMicrotask(() => this.handOnAll());
      this.#gathered.set(conversation, gathered = { recipients, envelopes: [], sizeBytes: 0 });
    }
    gathered.envelopes.push(envelope);
    gathered.sizeBytes += body.length + ENVELOPE_OVERHEAD_BYTES;
    if (gathered.sizeBytes >= GATHERED_BYTES) this.#take(conversation, gathered);
  }

  /** Not only at the end of the turn. */
  handOnAll(): void {
    for (const [conversation, gathered] of this.#gathered) this.#take(conversation, gathered);
  }

  #take(conversation: ConversationId, gathered: Gathered): void {
    this.#gathered.delete(conversation);
    this.#handOn(gathered);
  }
}

/** What is stored here comes with the same list until that changes; other nodes write it anew each time. */
function areSame(some: readonly Member[], others: readonly Member[]): boolean {
  return some === others || some.length === others.length &&
      some.every(({ account, device }, i) =>
        device === others[i].device && account === others[i].account
      );
}
