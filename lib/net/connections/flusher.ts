/** Writes what was queued in one turn of the event loop, at its end, for all connections of a program. */

import { type Bytes, concatBytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { BULK_PACKET_MAX_BYTES, WRITE_PIECE_BYTES } from "../../protocol/limits.ts";

/** Connections served before the event loop gets a turn: a write costs 3 to 4 µs, so a slice takes 2 ms. */
const SLICE = 500;
/** Buffers that are kept for the next piece: more than write at once on a line that is fast. */
const KEPT_BUFFERS = 16;
/** The same for packets, of which two or three wait on each line: 16 MiB, for some 200 lines. */
const KEPT_PACKETS = 512;

/** Starts writing when told that the turn is over. */
export interface Flushable {
  flush(): void;
}

/**
 * Reads that complete in one turn run before the microtask that flushes, so packets of different senders are joined too.
 * One write per packet would cost 16 times as much at 100 receivers (tests/bench/packet_bench.ts).
 */
export class Flusher {
  readonly #clock: Clock;
  #dirty: Flushable[] = [];
  #scheduled = false;
  #joinedParts: readonly Bytes[] = [];
  #joined: Bytes = new Uint8Array(0);
  readonly #free: ArrayBuffer[] = [];
  readonly #freePackets: ArrayBuffer[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `target` is flushed once at the end of this turn; the caller sees to it that it is queued once only. */
  schedule(target: Flushable): void {
    this.#dirty.push(target);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#flush());
  }

  /**
   * The parts in one piece. Members of a room get the same packets in one turn, so the last piece is used again when
   * the parts are the very same objects: joined once, whatever the number of receivers.
   */
  join(parts: readonly Bytes[]): Bytes {
    if (parts.length === 1) return parts[0];
    if (!sameParts(parts, this.#joinedParts)) {
      this.#joinedParts = parts;
      this.#joined = concatBytes(...parts);
    }
    return this.#joined;
  }

  /**
   * The parts, at most `WRITE_PIECE_BYTES`, in one piece of which `giveBack` makes the next one: files are nothing but such pieces, and
   * a new buffer for each is what the collector pays for. For parts that nobody else is sent.
   */
  lend(parts: readonly Bytes[]): Bytes {
    const piece = new Uint8Array(this.#free.pop() ?? new ArrayBuffer(WRITE_PIECE_BYTES));
    let sizeBytes = 0;
    for (const part of parts) {
      piece.set(part, sizeBytes);
      sizeBytes += part.length;
    }
    return piece.subarray(0, sizeBytes);
  }

  /** A buffer for the greatest bulk packet, with whatever was in it. For packets that nobody else is sent. */
  lendPacket(): Bytes {
    return new Uint8Array(this.#freePackets.pop() ?? new ArrayBuffer(BULK_PACKET_MAX_BYTES));
  }

  /**
   * Takes back what was lent, a piece once it is written and a packet once it is in a piece or written. Whoever does not, since the
   * stream broke, does no harm.
   */
  giveBack({ buffer }: Bytes): void {
    if (buffer.byteLength === WRITE_PIECE_BYTES) {
      if (this.#free.length < KEPT_BUFFERS) this.#free.push(buffer);
    } else if (this.#freePackets.length < KEPT_PACKETS) this.#freePackets.push(buffer);
  }

  #flush(): void {
    const targets = this.#dirty;
    const count = Math.min(targets.length, SLICE);
    const hasRest = targets.length > SLICE;
    this.#dirty = targets.slice(count);
    for (let i = 0; i < count; i++) targets[i].flush();
    // What a flush itself has scheduled waits for the next microtask, behind the reads that are due.
    if (hasRest) this.#clock.after(0, () => this.#flush());
    else if (this.#dirty.length > 0) queueMicrotask(() => this.#flush());
    else this.#scheduled = false;
  }
}

function sameParts(left: readonly Bytes[], right: readonly Bytes[]): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) {
    if (left[i] !== right[i]) return false;
  }
  return true;
}
