/** What waits to be written on one connection: three lanes, bounded in bytes. Sending never waits for a slow receiver. */

import type { Bytes } from "../../base/bytes.ts";
import { UsageError } from "../../base/errors.ts";
import {
  BULK_PACKET_MAX_BYTES,
  KIB,
  OUTBOX_HARD_BYTES,
  OUTBOX_SOFT_BYTES,
  WRITE_PIECE_BYTES,
} from "../../protocol/limits.ts";
import type { ByteStream } from "../streams/byte_stream.ts";
import type { Flushable, Flusher } from "./flusher.ts";

/** Control goes first and is never dropped; live pictures and sound are next; bulk fills what is left of the line. */
export type Lane = "control" | "live" | "bulk";

/** Pieces in a row that live media may fill alone while bulk waits: after them bulk goes first once, so that no file stops. */
const LIVE_PIECES = 3;

/**
 * From this size on a part is written by itself where it stands first: to copy it into a piece with others costs more than a write, and
 * the same bytes often go to many.
 */
const LONE_BYTES = 16 * KIB;

/** Who is told what happens to an outbox: its connection. */
export interface OutboxOwner {
  /** The control lane is over its hard limit: the receiver does not keep up. Nothing is taken any more. */
  overflowed(queuedBytes: number): void;
  /** A write was refused by the stream. */
  writeFailed(error: unknown): void;
  /** Everything queued has been written. */
  emptied(): void;
}

/** How a packet waits. */
export interface Queueing {
  /** The oldest of them on a lane make room for new ones. Left out: yes. */
  readonly droppable?: boolean;
  /** It is in a buffer of the flusher's, which has it back when it is written. Such a packet is not droppable. */
  readonly isLent?: boolean;
}

interface QueuedPacket {
  readonly bytes: Bytes;
  readonly droppable: boolean;
  readonly isLent: boolean;
}

/** A lane behind control. */
interface PacketQueue {
  readonly packets: QueuedPacket[];
  /** Queued and not yet written, what is being written included. */
  sizeBytes: number;
  /** What is being written of it. */
  pieceBytes: number;
}

interface Waiter {
  readonly lane: Lane;
  readonly belowBytes: number;
  readonly resolve: () => void;
}

/** What waits to be written on one connection. `push` returns at once and never waits on a slow receiver. */
export class Outbox implements Flushable {
  readonly #stream: ByteStream;
  readonly #flusher: Flusher;
  readonly #owner: OutboxOwner;
  #control: Bytes[] = [];
  readonly #live: PacketQueue = { packets: [], sizeBytes: 0, pieceBytes: 0 };
  readonly #bulk: PacketQueue = { packets: [], sizeBytes: 0, pieceBytes: 0 };
  /** Pieces since bulk had its turn, while some of it waited. */
  #livePieces = 0;
  /** Queued and not yet written, what is being written included. */
  #controlBytes = 0;
  /** What is being written, and how much of it belongs to which lane. */
  #piece: Bytes | undefined;
  #isLent = false;
  #pieceControlBytes = 0;
  #scheduled = false;
  #open = true;
  #waiters: Waiter[] = [];
  #droppedPackets = 0;
  #writtenBytes = 0;

  constructor(
    stream: ByteStream,
    flusher: Flusher,
    owner: OutboxOwner,
  ) {
    this.#stream = stream;
    this.#flusher = flusher;
    this.#owner = owner;
  }

  get controlBytes(): number {
    return this.#controlBytes;
  }

  /** On both lanes behind control. */
  get bulkBytes(): number {
    return this.#live.sizeBytes + this.#bulk.sizeBytes;
  }

  get queuedBytes(): number {
    return this.#controlBytes + this.bulkBytes;
  }

  /** Packets behind control that were dropped because newer ones came. */
  get droppedPackets(): number {
    return this.#droppedPackets;
  }

  /** Grows whenever a write makes progress: what a stall is measured by, and goodput. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /**
   * Queues a packet, which must not be changed any more. Returns false when it was not taken: the outbox is closed, or its
   * lane is full of what must not be dropped. Behind control the oldest droppable packets of a lane make room for a new one.
   * Throws `UsageError` for such a packet above 32 KiB: a chat message could not overtake it in time.
   */
  push(packet: Bytes, lane: Lane, { isLent = false, droppable = !isLent }: Queueing = {}): boolean {
    if (!this.#open) return false;
    if (lane === "control") {
      this.#control.push(packet);
      this.#controlBytes += packet.length;
      if (this.#controlBytes > OUTBOX_HARD_BYTES) {
        this.#owner.overflowed(this.queuedBytes);
        return false;
      }
    } else {
      if (packet.length > BULK_PACKET_MAX_BYTES) {
        throw new UsageError(
          "packet-too-long",
          `Cannot send packet: bulk packet is ${packet.length} bytes, limit is ${BULK_PACKET_MAX_BYTES}`,
        );
      }
      const queue = this.#queue(lane);
      if (!this.#makeRoom(queue, packet.length)) {
        if (droppable) this.#droppedPackets++;
        return false;
      }
      queue.packets.push({ bytes: packet, droppable, isLent });
      queue.sizeBytes += packet.length;
    }
    this.#schedule();
    return true;
  }

  /** Resolves once the lane holds less than `belowBytes`, or the outbox is closed for good. */
  whenBelow(lane: Lane, belowBytes: number): Promise<void> {
    if (this.#laneBytes(lane) < belowBytes || !this.#open) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ lane, belowBytes, resolve }));
  }

  /** Takes nothing more; what is queued is still written. */
  seal(): void {
    this.#open = false;
  }

  /** Takes nothing more and forgets what is queued. */
  discard(): void {
    this.#open = false;
    this.#control = [];
    this.#controlBytes = this.#pieceControlBytes;
    for (const queue of [this.#live, this.#bulk]) {
      queue.packets.length = 0;
      queue.sizeBytes = queue.pieceBytes;
    }
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.resolve();
  }

  /** Called by the flusher at the end of a turn. */
  flush(): void {
    this.#scheduled = false;
    if (this.#piece !== undefined || this.queuedBytes === 0) return;
    this.#piece = this.#takePiece();
    this.#write(this.#piece);
  }

  #schedule(): void {
    if (this.#scheduled || this.#piece !== undefined) return;
    this.#scheduled = true;
    this.#flusher.schedule(this);
  }

  /** Packets for one write: control first, then live and bulk while there is room in the piece; at least one packet. */
  #takePiece(): Bytes {
    const parts = this.#takeControl();
    const isBulksTurn = this.#livePieces >= LIVE_PIECES;
    const queues = isBulksTurn ? [this.#bulk, this.#live] : [this.#live, this.#bulk];
    const lent: Bytes[] = [];
    let sizeBytes = this.#pieceControlBytes;
    let isOwn = false;
    for (const queue of queues) {
      const beforeBytes = sizeBytes;
      let taken = 0;
      for (const { bytes, droppable, isLent } of queue.packets) {
        if (parts.length > 0 && sizeBytes + bytes.length > WRITE_PIECE_BYTES) break;
        parts.push(bytes);
        if (isLent) lent.push(bytes);
        sizeBytes += bytes.length;
        // Pictures are droppable, and the same ones go to many; what is not is a file's.
        isOwn ||= !droppable;
        taken++;
      }
      queue.packets.splice(0, taken);
      queue.pieceBytes = sizeBytes - beforeBytes;
    }
    const isPassedOver = this.#bulk.packets.length > 0 && this.#bulk.pieceBytes === 0;
    this.#livePieces = isPassedOver ? this.#livePieces + 1 : 0;
    if (!isOwn || parts.length === 1) {
      this.#isLent = lent.length > 0;
      return this.#flusher.join(parts);
    }
    const piece = this.#flusher.lend(parts);
    for (const packet of lent) this.#flusher.giveBack(packet);
    this.#isLent = true;
    return piece;
  }

  #takeControl(): Bytes[] {
    const queued = this.#control;
    let [sizeBytes, count] = [0, 0];
    for (const { length } of queued) {
      const isNext = count === 0 || length < LONE_BYTES && sizeBytes + length <= WRITE_PIECE_BYTES;
      if (!isNext) break;
      sizeBytes += length;
      count++;
      if (length >= LONE_BYTES) break;
    }
    this.#pieceControlBytes = sizeBytes;
    this.#control = count === queued.length ? [] : queued.slice(count);
    return count === queued.length ? queued : queued.slice(0, count);
  }

  #write(bytes: Bytes): void {
    this.#stream.write(bytes).then(
      (count) => this.#written(bytes, count),
      (error) => this.#owner.writeFailed(error),
    );
  }

  #written(bytes: Bytes, count: number): void {
    this.#writtenBytes += count;
    if (count < bytes.length) {
      this.#write(bytes.subarray(count));
      return;
    }
    this.#controlBytes -= this.#pieceControlBytes;
    for (const queue of [this.#live, this.#bulk]) {
      queue.sizeBytes -= queue.pieceBytes;
      queue.pieceBytes = 0;
    }
    if (this.#isLent && this.#piece !== undefined) this.#flusher.giveBack(this.#piece);
    this.#piece = undefined;
    this.#pieceControlBytes = 0;
    if (this.#waiters.length > 0) this.#wake();
    if (this.queuedBytes > 0) this.#schedule();
    else this.#owner.emptied();
  }

  /** Drops the oldest droppable packets of a lane until `neededBytes` fit. */
  #makeRoom(queue: PacketQueue, neededBytes: number): boolean {
    const { packets } = queue;
    if (queue.sizeBytes + neededBytes <= OUTBOX_SOFT_BYTES) return true;
    let keptBytes = queue.pieceBytes;
    for (const packet of packets) if (!packet.droppable) keptBytes += packet.bytes.length;
    if (keptBytes + neededBytes > OUTBOX_SOFT_BYTES) return false;
    for (let i = 0; queue.sizeBytes + neededBytes > OUTBOX_SOFT_BYTES;) {
      if (!packets[i].droppable) {
        i++;
        continue;
      }
      queue.sizeBytes -= packets[i].bytes.length;
      packets.splice(i, 1);
      this.#droppedPackets++;
    }
    return true;
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = waiters.filter((one) => this.#laneBytes(one.lane) >= one.belowBytes);
    for (const one of waiters) if (this.#laneBytes(one.lane) < one.belowBytes) one.resolve();
  }

  #laneBytes(lane: Lane): number {
    return lane === "control" ? this.#controlBytes : this.#queue(lane).sizeBytes;
  }

  #queue(lane: "live" | "bulk"): PacketQueue {
    return lane === "live" ? this.#live : this.#bulk;
  }
}
