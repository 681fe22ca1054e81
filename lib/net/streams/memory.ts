/** A byte stream inside one process, with the faults of a real one on demand: for scenarios and for programs without a network. */

import { TransportError } from "../../base/errors.ts";
import { KIB } from "../../protocol/limits.ts";
import type { ByteStream } from "./byte_stream.ts";

/** As much as a small socket buffer: a writer waits when the reader does not read. */
const WINDOW_BYTES = 64 * KIB;

/** One direction of a memory link. The fields are fault hooks and may be changed at any time. */
class Pipe {
  /** Greatest number of bytes that one read gives; 1 makes a trickle of reads. */
  readAtMostBytes = Infinity;
  /** Called with each written piece before it travels; may change it, e.g. flip bits. */
  onBytes: (bytes: Uint8Array) => void = () => {};
  #stalled = false;
  #pieces: Uint8Array[] = [];
  #sizeBytes = 0;
  #ended = false;
  #broken: TransportError | undefined;
  #wake: (() => void)[] = [];

  get waitingBytes(): number {
    return this.#sizeBytes;
  }

  /** While stalled nothing arrives and, once the window is full, nothing is taken. */
  setStalled(stalled: boolean): void {
    this.#stalled = stalled;
    this.#change();
  }

  async read(buffer: Uint8Array, isClosed: () => boolean): Promise<number | null> {
    while (this.#pieces.length === 0 || this.#stalled) {
      this.#check(isClosed);
      if (this.#ended && !this.#stalled) return null;
      await this.#changed();
    }
    this.#check(isClosed);
    let count = 0;
    const most = Math.min(buffer.length, this.readAtMostBytes);
    while (count < most && this.#pieces.length > 0) {
      const piece = this.#pieces[0];
      const taken = piece.subarray(0, most - count);
      buffer.set(taken, count);
      count += taken.length;
      if (taken.length === piece.length) this.#pieces.shift();
      else this.#pieces[0] = piece.subarray(taken.length);
    }
    this.#sizeBytes -= count;
    this.#change();
    return count;
  }

  async write(bytes: Uint8Array, isClosed: () => boolean): Promise<number> {
    this.#check(isClosed);
    while (this.#sizeBytes >= WINDOW_BYTES && !this.#ended) {
      await this.#changed();
      this.#check(isClosed);
    }
    if (this.#ended) throw reset("Cannot write: the other side is gone");
    const piece = bytes.slice(0, WINDOW_BYTES - this.#sizeBytes);
    this.onBytes(piece);
    this.#pieces.push(piece);
    this.#sizeBytes += piece.length;
    this.#change();
    return piece.length;
  }

  /** Nothing more comes; what was written is still read. */
  end(): void {
    this.#ended = true;
    this.#change();
  }

  /** What was written and not read is lost, and both ends find out. */
  break(): void {
    this.#broken ??= reset("Cannot continue: connection reset");
    this.#pieces = [];
    this.#sizeBytes = 0;
    this.#change();
  }

  #check(isClosed: () => boolean): void {
    if (isClosed()) throw new TransportError("closed", "Cannot continue: the stream is closed");
    if (this.#broken !== undefined) throw this.#broken;
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #change(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }

  /** Lets an end that was just closed notice it. */
  notice(): void {
    this.#change();
  }
}

/** Two ends of a connection that lies in memory, and its two directions. */
export interface MemoryLink {
  readonly near: ByteStream;
  readonly far: ByteStream;
  readonly toFar: Pipe;
  readonly toNear: Pipe;
  /** Breaks both directions, as pulling the plug and a reset would. */
  cut(): void;
}

/** Two streams, each reading what the other writes. */
export function memoryLink(): MemoryLink {
  const toFar = new Pipe();
  const toNear = new Pipe();
  return {
    near: memoryStream(toNear, toFar),
    far: memoryStream(toFar, toNear),
    toFar,
    toNear,
    cut() {
      toFar.break();
      toNear.break();
    },
  };
}

function memoryStream(incoming: Pipe, outgoing: Pipe): ByteStream {
  let closed = false;
  const isClosed = () => closed;
  return {
    read: (buffer) => incoming.read(buffer, isClosed),
    write: (bytes) => outgoing.write(bytes, isClosed),
    closeWrite() {
      outgoing.end();
      return Promise.resolve();
    },
    close() {
      if (closed) return;
      closed = true;
      // As TCP does (RFC 1122 §4.2.2.13): bytes that were never read become a reset, which destroys what is on its way.
      if (incoming.waitingBytes > 0) outgoing.break();
      outgoing.end();
      incoming.end();
      incoming.notice();
    },
  };
}

function reset(message: string): TransportError {
  return new TransportError("connection-reset", message);
}
