/** What was sent to a device of one conversation and is not acknowledged yet. */

/** Taken off the way by an acknowledgement. */
export interface Arrived {
  readonly envelopes: number;
  readonly bytes: number;
}

/** Arrived entries at the front before they are cut off: moving the rest costs more than keeping a few. */
const CUT_AFTER = 256;

/** Sequence numbers with the sizes of their packets, in order. One for each device and conversation: it allocates nothing for an envelope. */
export class OnTheWay {
  /** Highest `seq` sent: an acknowledgement never goes beyond (SR-53). */
  sentSeq = 0;
  /** Highest `seq` acknowledged on this connection. */
  acknowledgedSeq = 0;
  #seqs: number[] = [];
  #bytes: number[] = [];
  #front = 0;

  /** `seq` MUST be higher than every one before. */
  send(seq: number, bytes: number): void {
    this.sentSeq = seq;
    this.#seqs.push(seq);
    this.#bytes.push(bytes);
  }

  /** Takes off everything up to `seq`, which is one of what was sent. */
  acknowledge(seq: number): Arrived {
    this.acknowledgedSeq = seq;
    const from = this.#front;
    let bytes = 0;
    while (this.#front < this.#seqs.length && this.#seqs[this.#front] <= seq) {
      bytes += this.#bytes[this.#front++];
    }
    const envelopes = this.#front - from;
    if (this.#front >= CUT_AFTER) {
      this.#seqs = this.#seqs.slice(this.#front);
      this.#bytes = this.#bytes.slice(this.#front);
      this.#front = 0;
    }
    return { envelopes, bytes };
  }
}
