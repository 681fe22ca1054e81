/** Envelopes of one conversation that were stored one after the other, encoded once for all devices that get them. */

import type { Bytes } from "../base/bytes.ts";
import { Bug } from "../base/errors.ts";
import type { ConversationId } from "../base/ids.ts";
import { PacketWriter } from "../protocol/packet.ts";
import type { Envelope } from "./message_log.ts";

/** One for all: a run is encoded in one synchronous step. */
const writer = new PacketWriter();

/**
 * At least one envelope, their `seq` ascending. A hundred devices that get fifty envelopes are a hundred slices of one buffer
 * instead of five thousand packets in a hundred queues. Devices remember runs until they acknowledge: after `release` only
 * the numbers are left.
 */
export class EnvelopeRun {
  readonly conversation: ConversationId;
  readonly #seqs: readonly number[];
  /** Bytes of the packets up to and with each. */
  readonly #ends: readonly number[];
  #bytes: Bytes | undefined;

  /** Throws `UsageError` where no receiver would take the packet of one. */
  constructor(envelopes: readonly Envelope[]) {
    const seqs: number[] = [];
    const ends: number[] = [];
    try {
      for (const { body, ...fields } of envelopes) {
        writer.write({ kind: "relay.envelope", ...fields }, body);
        seqs.push(fields.seq);
        ends.push(writer.sizeBytes);
      }
    } finally {
      this.#bytes = writer.take();
    }
    this.conversation = envelopes[0].conversation;
    this.#seqs = seqs;
    this.#ends = ends;
  }

  get count(): number {
    return this.#seqs.length;
  }

  seqAt(index: number): number {
    return this.#seqs[index];
  }

  /** The first of `from` to before `to` whose `seq` is higher; `to` when there is none. */
  findAfter(seq: number, from: number, to: number): number {
    let index = from;
    while (index < to && this.#seqs[index] <= seq) index++;
    return index;
  }

  /** Bytes of the packets of `from` to before `to`. */
  sizeOf(from: number, to: number): number {
    return to === from ? 0 : this.#ends[to - 1] - (from === 0 ? 0 : this.#ends[from - 1]);
  }

  /** The packets of `from` to before `to`, to be sent as they are. */
  packets(from: number, to: number): Bytes {
    if (this.#bytes === undefined) throw new Bug("Cannot send envelopes: they were released");
    const start = from === 0 ? 0 : this.#ends[from - 1];
    return this.#bytes.subarray(start, this.#ends[to - 1]);
  }

  /** Everybody has got it. */
  release(): void {
    this.#bytes = undefined;
  }
}
