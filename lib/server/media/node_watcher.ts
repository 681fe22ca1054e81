/**
 * All connections at another node that watch a stream which is sent here: that node gets each unit once, whole. The oldest units are
 * dropped for newer ones, so that no line between nodes delays what else they say.
 */

import type { Bytes } from "../../base/bytes.ts";
import { STREAM_QUEUE_BYTES, STREAM_UNIT_LEAST_BYTES } from "../../protocol/limits.ts";
import type { LiveWatcher, StreamEnd, StreamPart } from "../../relay/live_stream.ts";

/** Of one stream on its way to one node: what a stream of the highest rate sends while a word goes there and back. */
const ON_THE_WAY_BYTES = 2 * STREAM_QUEUE_BYTES;

/** How it reaches the other node. Neither waits. */
export interface NodeLine {
  unit(unit: { readonly unit: number; readonly sentBytes: number; readonly bytes: Bytes }): void;
  over(reason: StreamEnd): void;
}

interface Unit {
  readonly number: number;
  readonly bytes: Bytes;
}

/** Has nothing to close. */
export class NodeWatcher implements LiveWatcher {
  readonly account = undefined;
  /** Older units are dropped for newer ones: no sender waits for it. */
  readonly owedBytes = 0;
  connections: number;
  readonly #line: NodeLine;
  /** The unit whose parts come now. */
  #filling: (Unit & { filled: number }) | undefined;
  #queue: Unit[] = [];
  #queuedBytes = 0;
  #sentBytes = 0;
  #takenBytes = 0;
  #dropped = 0;

  constructor(connections: number, line: NodeLine) {
    this.connections = connections;
    this.#line = line;
  }

  /** Units that it did not get because it was slow. */
  get dropped(): number {
    return this.#dropped;
  }

  /** What waits here, at most `STREAM_QUEUE_BYTES`. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Of all units that left. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Takes a part. A unit whose beginning was before this node watched is passed over. */
  offer({ unit, isFirst, unitBytes, payload }: StreamPart): void {
    if (isFirst) this.#filling = { number: unit, bytes: new Uint8Array(unitBytes), filled: 0 };
    const filling = this.#filling;
    if (filling?.number !== unit) return;
    filling.bytes.set(payload, filling.filled);
    filling.filled += payload.length;
    if (filling.filled < filling.bytes.length) return;
    this.#filling = undefined;
    this.#queue.push(filling);
    this.#queuedBytes += charged(filling);
    this.#send();
    while (this.#queuedBytes > STREAM_QUEUE_BYTES) {
      this.#take();
      this.#dropped++;
    }
  }

  /** So many of `sentBytes` came, or were lost. It never goes back. */
  taken(totalBytes: number): void {
    this.#takenBytes = Math.max(this.#takenBytes, Math.min(totalBytes, this.#sentBytes));
    this.#send();
  }

  /** What waits leaves before: it is bounded. */
  end(reason: StreamEnd): void {
    this.#takenBytes = Infinity;
    this.#send();
    this.#line.over(reason);
  }

  #send(): void {
    while (this.#queue.length > 0 && this.#sentBytes - this.#takenBytes < ON_THE_WAY_BYTES) {
      const { number, bytes } = this.#take();
      this.#sentBytes += bytes.length;
      this.#line.unit({ unit: number, sentBytes: this.#sentBytes, bytes });
    }
  }

  #take(): Unit {
    const [unit, ...rest] = this.#queue;
    this.#queue = rest;
    this.#queuedBytes -= charged(unit);
    return unit;
  }
}

/** Small ones hold memory too. */
function charged({ bytes }: Unit): number {
  return Math.max(bytes.length, STREAM_UNIT_LEAST_BYTES);
}
