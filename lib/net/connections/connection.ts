/** A connection: packets both ways over a byte stream, with every deadline and bound of `protocol/limits`. */

import type { Bytes } from "../../base/bytes.ts";
import { Bug, describeError, ProtocolError, TransportError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import {
  DRAIN_DEADLINE_MS,
  LINGER_MS,
  OUTBOX_SOFT_BYTES,
  type PacketLimits,
} from "../../protocol/limits.ts";
import { encodePacket, type Packet, PacketDecoder } from "../../protocol/packet.ts";
import type { ByteStream } from "../streams/byte_stream.ts";
import type { CloseReason } from "./close_reason.ts";
import { LineWatch } from "./line_watch.ts";
import { type Lane, Outbox, type OutboxOwner, type Queueing } from "./outbox.ts";
import { ReadBuffer } from "./read_buffer.ts";
import type { Ticking, TimerWheel } from "./timer_wheel.ts";
import type { Flusher } from "./flusher.ts";

const log = logger("net", "connection");

/** `open` → `draining` (queue is being written) → `lingering` (waiting for the other side's end) → `closed`. */
type State =
  | { readonly state: "open" }
  | {
    readonly state: "draining" | "lingering";
    readonly reason: CloseReason;
    readonly untilMs: number;
  }
  | { readonly state: "closed" };

/** Owns its stream. One task reads (`run`); writing is a flush at the end of the turn, not a task. */
export class Connection implements AsyncDisposable, Ticking, OutboxOwner {
  readonly #stream: ByteStream;
  readonly #options: ConnectionOptions;
  readonly remoteAddress: string;
  /** Resolves once, when the stream has been given back. Never rejects. */
  readonly closed: Promise<CloseReason>;
  readonly #decoder: PacketDecoder;
  readonly #outbox: Outbox;
  readonly #watch: LineWatch;
  readonly #readBuffer = new ReadBuffer();
  readonly #resolveClosed: (reason: CloseReason) => void;
  #state: State = { state: "open" };
  #running = false;
  /** True while waiting for the other side's bytes: only then is silence its doing. */
  #reading = false;
  #peerEnded = false;
  #wasCut = false;

  constructor(stream: ByteStream, options: ConnectionOptions) {
    this.#stream = stream;
    this.#options = options;
    this.remoteAddress = options.remoteAddress;
    this.#decoder = new PacketDecoder(options.limits);
    this.#outbox = new Outbox(stream, options.flusher, this);
    const { promise, resolve } = Promise.withResolvers<CloseReason>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    options.wheel.add(this);
    this.#watch = new LineWatch(options.wheel.stampMs);
  }

  get isOpen(): boolean {
    return this.#state.state === "open";
  }

  /** Whether it was closed with something unwritten: then the system may hold its socket for `SOCKET_HELD_MS`. */
  get wasCut(): boolean {
    return this.#wasCut;
  }

  /** Control bytes queued and not yet taken by the stream. */
  get controlBytes(): number {
    return this.#outbox.controlBytes;
  }

  /** Bulk bytes queued and not yet taken by the stream; at most 256 KiB. */
  get bulkBytes(): number {
    return this.#outbox.bulkBytes;
  }

  /** Bulk packets that were dropped for newer ones. */
  get droppedPackets(): number {
    return this.#outbox.droppedPackets;
  }

  /** Bytes that the stream has taken so far. */
  get writtenBytes(): number {
    return this.#outbox.writtenBytes;
  }

  /** Holds from the next packet on, e.g. once the session is signed in. */
  setLimits(limits: PacketLimits): void {
    this.#decoder.setLimits(limits);
  }

  /**
   * Queues a packet and returns at once; all packets of one turn go out in one write. The bytes must not be changed any more,
   * and may be sent to other connections too. Returns false when the packet was not taken: the connection is not open, or
   * the bulk lane is full. A full control lane closes the connection. Throws `UsageError` for a bulk packet above 32 KiB.
   */
  send(packet: Bytes, lane: Lane = "control", options: Queueing = {}): boolean {
    return this.#outbox.push(packet, lane, options);
  }

  /**
   * As `send`, for a packet that no other connection is sent and that is not dropped: its buffer is used again once it is written,
   * since a new one for each part of a picture or a file is what the collector pays for.
   */
  sendAlone(header: object, payload: Bytes, lane: "live" | "bulk"): boolean {
    const { flusher } = this.#options;
    const buffer = flusher.lendPacket();
    const packet = encodePacket(header, payload, buffer);
    const isLent = packet.buffer === buffer.buffer;
    if (!isLent) flusher.giveBack(buffer);
    return this.send(packet, lane, { droppable: false, isLent });
  }

  /** Resolves once less than `belowBytes` wait on the lane, or the connection is closed. For senders of much. */
  whenBelow(lane: Lane, belowBytes: number): Promise<void> {
    return this.#outbox.whenBelow(lane, belowBytes);
  }

  /** Reads packets until the connection ends, and says why it did. Call once; never rejects but with a `Bug`. */
  async run(onPacket: PacketHandler): Promise<CloseReason> {
    if (this.#running) throw new Bug("Cannot run connection: it runs already");
    this.#running = true;
    try {
      await this.#read(onPacket);
    } catch (error) {
      this.#failed(error);
    }
    return await this.closed;
  }

  /**
   * Sends what is queued, tells the other side, waits for its end, and gives the stream back; after `drainMs` without the
   * rest. Without any time it ends at once, even when it is closing already. `why` is a kebab-case word for the log. Closing
   * twice is fine: the first reason stays. A packet handler must not await it: the other side's end is read only after the
   * handler.
   */
  close(why = "done", drainMs: number = DRAIN_DEADLINE_MS): Promise<CloseReason> {
    const state = this.#state;
    if (state.state === "open") this.#drain({ kind: "closed", why }, drainMs);
    else if (state.state !== "closed" && drainMs <= 0) this.#finish(state.reason);
    return this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close().then(() => {});
  }

  /** Called by the wheel once a second. */
  tick(nowMs: number): void {
    const state = this.#state;
    if (state.state === "closed") return;
    if (state.state !== "open" && nowMs >= state.untilMs) return this.#finish(state.reason);
    if (this.#watch.isStalled(nowMs, this.#outbox)) {
      return this.#finish({
        kind: "slow-consumer",
        queuedBytes: this.#outbox.queuedBytes,
        stalled: true,
      });
    }
    if (state.state === "open" && this.#reading) this.#checkSender(nowMs);
  }

  /** Called by the outbox. */
  overflowed(queuedBytes: number): void {
    if (this.isOpen) this.#finish({ kind: "slow-consumer", queuedBytes, stalled: false });
  }

  /** Called by the outbox. */
  writeFailed(error: unknown): void {
    this.#failed(error);
  }

  /** Called by the outbox. */
  emptied(): void {
    if (this.#state.state === "draining") this.#linger(this.#state.reason);
  }

  /** One loop, with no call in it that waits for a read itself: its frame is held by every idle connection. */
  async #read(onPacket: PacketHandler): Promise<void> {
    const { wheel } = this.#options;
    for (;;) {
      const buffer = this.#readBuffer.bytes;
      this.#reading = true;
      const count = await this.#stream.read(buffer);
      this.#reading = false;
      if (count === null) return this.#ended();
      if (!this.isOpen) {
        if (this.#state.state === "closed") return;
        continue;
      }
      this.#watch.received(wheel.stampMs);
      const complete = await this.#handle(buffer.subarray(0, count), onPacket);
      this.#watch.handled(wheel.stampMs, complete, this.#decoder.pending);
      this.#readBuffer.adapt(count, wheel.stampMs);
    }
  }

  /** Handles the packets that these bytes complete, and returns their number. */
  async #handle(bytes: Uint8Array, onPacket: PacketHandler): Promise<number> {
    let complete = 0;
    try {
      this.#decoder.push(bytes);
      for (;;) {
        const packet = this.#decoder.next();
        if (packet === undefined) return complete;
        complete++;
        const handled = onPacket(packet);
        if (handled !== undefined) await handled;
        if (this.#options.pauseReading && this.#outbox.controlBytes > OUTBOX_SOFT_BYTES) {
          await this.#outbox.whenBelow("control", OUTBOX_SOFT_BYTES);
        }
        if (!this.isOpen) return complete;
      }
    } catch (error) {
      if (error instanceof ProtocolError) this.#refuse(error);
      else {
        log.error("handler failed", { reason: describeError(error) });
        this.#drain({ kind: "handler-failed", error }, DRAIN_DEADLINE_MS);
      }
      return complete;
    }
  }

  #refuse(error: ProtocolError): void {
    // Whoever runs the connection knows whose it is, and whether that is worth more.
    log.debug("protocol error", { code: error.code, reason: error.message });
    const farewell = this.#options.farewell?.(error);
    if (farewell !== undefined) this.send(farewell);
    this.#drain({ kind: "protocol-error", error }, DRAIN_DEADLINE_MS);
  }

  #ended(): void {
    this.#peerEnded = true;
    const state = this.#state;
    if (state.state === "lingering") return this.#finish(state.reason);
    if (state.state !== "open") return;
    const pending = this.#decoder.pending;
    // A half-closed peer may still read: it gets what is queued.
    this.#drain(
      pending === undefined ? { kind: "peer-closed" } : { kind: "cut", ...pending },
      DRAIN_DEADLINE_MS,
    );
  }

  #failed(error: unknown): void {
    const state = this.#state;
    if (state.state === "closed") return;
    if (state.state !== "open") return this.#finish(state.reason);
    const failure = new TransportError(
      "connection-lost",
      "Cannot continue: the connection is lost",
      {
        cause: error,
      },
    );
    this.#finish({ kind: "failed", error: failure });
  }

  #drain(reason: CloseReason, drainMs: number): void {
    if (!this.isOpen) return;
    const { wheel } = this.#options;
    this.#outbox.seal();
    if (drainMs <= 0) return this.#finish(reason);
    this.#state = { state: "draining", reason, untilMs: wheel.clock.monotonicMs() + drainMs };
    if (this.#outbox.queuedBytes === 0) this.#linger(reason);
  }

  /** Closing at once would make the kernel answer unread bytes with a reset, which destroys what we have just sent. */
  #linger(reason: CloseReason): void {
    if (this.#peerEnded || !this.#running) return this.#finish(reason);
    const untilMs = this.#options.wheel.clock.monotonicMs() + LINGER_MS;
    this.#state = { state: "lingering", reason, untilMs };
    this.#stream.closeWrite().catch(() => this.#finish(reason));
  }

  #finish(reason: CloseReason): void {
    if (this.#state.state === "closed") return;
    this.#state = { state: "closed" };
    this.#wasCut = this.#outbox.queuedBytes > 0;
    this.#options.wheel.remove(this);
    this.#outbox.discard();
    try {
      this.#stream.close();
    } catch (error) {
      // A stream that broke by itself is closed already.
      log.debug("close failed", { reason: describeError(error) });
    }
    this.#resolveClosed(reason);
  }

  #checkSender(nowMs: number): void {
    const verdict = this.#watch.judgeSender(nowMs, this.#decoder.pending);
    if (verdict === "ping") this.#options.onSilence?.();
    else if (verdict !== undefined) this.#finish(verdict);
  }
}

// What a connection is given: what it shares with the others, its limits, and whom it tells what.

/** Handles one packet. The next one is read when the returned promise is settled. May throw `ProtocolError`. */
export type PacketHandler = (packet: Packet) => void | Promise<void>;

/** What a connection shares with the others, and whom it tells what. */
export interface ConnectionOptions {
  /** Shared by all connections of a program. */
  readonly wheel: TimerWheel;
  readonly flusher: Flusher;
  readonly limits: PacketLimits;
  /** For logs and limits per address; not used to find anything. */
  readonly remoteAddress: string;
  /** Nothing came for 60 s: send a ping. Called again after each further 60 s. */
  readonly onSilence?: () => void;
  /** The last packet to the other side after it broke the rules; sent before the connection closes. */
  readonly farewell?: (error: ProtocolError) => Bytes;
  /**
   * Servers only: stop reading while more than 256 KiB of control packets wait for this client. If both sides did that,
   * two full outboxes would wait for each other.
   */
  readonly pauseReading?: boolean;
}
