/** The transport straight to the other device: the receiver reads from the sender what it would read from the server. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { Bug, ProtocolError, TransferError, TransportError } from "../../base/errors.ts";
import { parseUploadId, type UploadId } from "../../base/ids.ts";
import { untilAborted } from "../../base/scope.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { MAX_SPOOL_CHUNK_BYTES, SPOOL_BLOCK_BYTES } from "../../protocol/hop/spool.ts";
import { FILE_WINDOW_MAX_BYTES, fileDelayMs, filePieceBytes } from "../../protocol/limits.ts";
import type { BlockReceiver, BlockTransport, Opened } from "./block_transport.ts";
import { type ChunkLabel, type SendWindow, UploadLane } from "./upload_lane.ts";
import type { DirectLine } from "../direct/direct_line.ts";

/** How long the other side may take to ask for the files, or to be ready to be read from. */
const ANSWER_MS = 10_000;

/**
 * The receiver's credit is the window here, by the rule that a sender keeps to on the way to a server; this bounds what a
 * receiver may ask for.
 */
const CREDIT_WINDOW: SendWindow = {
  bytes: FILE_WINDOW_MAX_BYTES,
  goodput: 0,
  acknowledged() {},
  idle() {},
  roundTrip() {},
};

interface Reading {
  readonly offset: number;
  untilBytes: number;
}

interface Waiting {
  /** What to say when it does not come. */
  readonly otherwise: string;
  readonly signal: AbortSignal;
}

/** One upload over one line. Whoever has the line closes it. */
export class DirectTransport implements BlockTransport {
  readonly #line: DirectLine;
  readonly #upload: UploadId;
  readonly #clock: Clock;
  readonly lane: UploadLane;
  #user: BlockReceiver | undefined;
  #openings = 0;
  /** For the sender: what the receiver asked for last, and what it was that the last opening answered. */
  #reading: Reading | undefined;
  #answered: Reading | undefined;
  /** For the receiver: from which on nothing was missing. */
  #receivedBytes = 0;
  readonly #changed = new Wakeup();
  #sizeBytes: number | undefined;
  #storedBytes = 0;
  /** For the sender: up to where chunks were given to the line, and how long they are by what was granted last. */
  #sentBytes = 0;
  #pieceBytes = MAX_SPOOL_CHUNK_BYTES;
  readonly #isLiveRunning: () => boolean;

  constructor(
    line: DirectLine,
    upload: UploadId,
    clock: Clock,
    isLiveRunning: () => boolean = () => false,
  ) {
    this.#line = line;
    this.#isLiveRunning = isLiveRunning;
    this.#upload = upload;
    this.#clock = clock;
    this.lane = new UploadLane(this, clock, CREDIT_WINDOW);
    line.on("direct.fetch", (fields) => this.#asked(fields));
    line.on("direct.credit", ({ untilBytes }) => this.#granted(untilBytes));
    line.on("direct.stored", ({ storedBytes }) => {
      this.#storedBytes = storedBytes;
      this.#user?.stored?.(storedBytes);
    });
    line.on("direct.stop", () => this.#stopped());
    line.on("direct.fetched", ({ sizeBytes }) => {
      this.#sizeBytes = sizeBytes;
      this.#changed.wake();
    });
    line.on("direct.piece", ({ offset }, bytes) => this.#arrived(offset, bytes));
    line.closed.then(() => this.#changed.wake());
  }

  get isOpen(): boolean {
    return this.#line.isOpen;
  }

  get delayMs(): number {
    return fileDelayMs(this.#isLiveRunning());
  }

  longestChunk(): number {
    return this.#pieceBytes;
  }

  /** For the sender: the receiver has all of it, written down. */
  get isWhole(): boolean {
    return this.#storedBytes === this.#sizeBytes;
  }

  attach(upload: UploadId, user: BlockReceiver): () => void {
    this.#requireOwn(upload);
    this.#user = user;
    return () => {
      if (this.#user === user) this.#user = undefined;
    };
  }

  /** Waits until the receiver asks: where it wants to be read from is what it has. */
  async open(
    { upload, sizeBytes }: Parameters<BlockTransport["open"]>[0],
    signal: AbortSignal,
  ): Promise<Opened> {
    this.#requireOwn(upload);
    const otherwise = "the other side does not ask";
    const reading = await this.#awaited(() => this.#reading, { otherwise, signal });
    const { offset } = reading;
    if (offset > sizeBytes) throw lost("the other side asks for what there is not");
    this.#answered = reading;
    const opening = ++this.#openings;
    this.#sizeBytes = sizeBytes;
    this.#line.send("direct.fetched", { upload, sizeBytes });
    return { opening, storedBytes: offset, present: true };
  }

  /** Waits for the receiver's credit. */
  async chunk(
    { upload, opening, offset }: ChunkLabel,
    bytes: Bytes,
    signal: AbortSignal,
  ): Promise<void> {
    for (;;) {
      this.#requireOpen();
      // Of an earlier opening, or for an earlier question: nobody waits for it, and it must not hold up what is behind it.
      const isWanted = opening === this.#openings && this.#reading === this.#answered;
      if (!isWanted || this.#reading === undefined) return;
      if (offset + bytes.length <= this.#reading.untilBytes) break;
      await this.#changed.wait(signal);
    }
    this.#sentBytes = offset + bytes.length;
    await untilAborted(this.#line.sendBulk("direct.piece", { upload, offset }, bytes), signal);
  }

  async fetch(
    wanted: Parameters<BlockTransport["fetch"]>[0],
    signal: AbortSignal,
  ): Promise<{ sizeBytes: number; storedBytes: number }> {
    this.#requireOwn(wanted.upload);
    this.#requireOpen();
    this.#sizeBytes = undefined;
    this.#receivedBytes = wanted.offset;
    this.#line.send("direct.fetch", wanted);
    const otherwise = "the other side does not answer";
    const sizeBytes = await this.#awaited(() => this.#sizeBytes, { otherwise, signal });
    // What is behind it is not read yet; a line that is dead is noticed by itself.
    return { sizeBytes, storedBytes: wanted.offset };
  }

  /** Says at the same time what has arrived: one packet for each chunk costs either end a sixth of its time. */
  credit(upload: UploadId, untilBytes: number): void {
    this.#line.send("direct.credit", { upload, untilBytes });
    // What has only arrived may still be lost with this transport, and the last of it makes it whole.
    if (this.#sizeBytes === undefined || this.#receivedBytes >= this.#sizeBytes) return;
    this.#line.send("direct.stored", { upload, storedBytes: this.#receivedBytes });
  }

  /** All of it: only now the sender, who then takes no other transport, is told so. */
  written(upload: UploadId, bytes: number): void {
    if (bytes === this.#sizeBytes) this.#line.send("direct.stored", { upload, storedBytes: bytes });
  }

  stop(upload: UploadId): void {
    this.#line.send("direct.stop", { upload });
  }

  /** Nothing lies anywhere. */
  async release(): Promise<void> {}

  abandon(): Promise<void> {
    return this.#line.abandon();
  }

  #asked({ upload, offset, untilBytes }: { upload: string; offset: number; untilBytes: number }) {
    const isOwn = parseUploadId(upload) === this.#upload;
    if (!isOwn || offset % SPOOL_BLOCK_BYTES !== 0) {
      throw new ProtocolError("bad-message", "Cannot read from here: no such upload, or place");
    }
    const before = this.#reading;
    this.#reading = { offset, untilBytes };
    this.#sentBytes = offset;
    this.#pieceBytes = filePieceBytes(untilBytes - offset);
    // Whoever sends for the question before begins anew.
    if (before !== undefined) this.#user?.ended("gone");
    this.#changed.wake();
  }

  #granted(untilBytes: number): void {
    const reading = this.#reading;
    if (reading === undefined || untilBytes <= reading.untilBytes) return;
    reading.untilBytes = untilBytes;
    this.#pieceBytes = filePieceBytes(untilBytes - this.#sentBytes);
    this.#changed.wake();
  }

  #stopped(): void {
    if (this.#reading === undefined) return;
    this.#reading = undefined;
    this.#user?.ended("gone");
    this.#changed.wake();
  }

  #arrived(offset: number, bytes: Bytes): void {
    // Nobody reads, or it was sent for the question before the last one.
    if (this.#user === undefined || this.#sizeBytes === undefined) return;
    if (offset === this.#receivedBytes) this.#receivedBytes += bytes.length;
    this.#user.piece?.(offset, bytes);
  }

  async #awaited<T>(read: () => T | undefined, { otherwise, signal }: Waiting): Promise<T> {
    const untilMs = this.#clock.monotonicMs() + ANSWER_MS;
    for (;;) {
      signal.throwIfAborted();
      const value = read();
      if (value !== undefined) return value;
      this.#requireOpen();
      if (this.#clock.monotonicMs() >= untilMs) {
        // Whatever the other side does: there is another transport.
        void this.#line.close();
        throw lost(otherwise);
      }
      await this.#changed.waitUntil(this.#clock, untilMs, signal);
    }
  }

  #requireOpen(): void {
    if (!this.#line.isOpen) throw lost("the other side is gone");
  }

  #requireOwn(upload: UploadId): void {
    if (upload !== this.#upload) throw new Bug("Cannot use a direct road for another upload");
  }
}

/** Before a reader that waits is told that nothing comes: then it asks the sender, who may have to begin anew. */
const PATIENCE_MS = 60_000;

/** What is returned for a transfer that may go directly only, or is about to. */
export class NoTransportYet implements BlockTransport {
  readonly #clock: Clock;
  readonly isOpen = true;
  readonly delayMs = fileDelayMs(false);
  readonly lane: UploadLane;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.lane = new UploadLane(this, clock);
  }

  longestChunk(): number {
    return MAX_SPOOL_CHUNK_BYTES;
  }

  attach(): () => void {
    return () => {};
  }

  open(): Promise<Opened> {
    return Promise.reject(lost("there is none yet"));
  }

  chunk(): Promise<void> {
    return Promise.reject(lost("there is none yet"));
  }

  async fetch(
    _wanted: Parameters<BlockTransport["fetch"]>[0],
    signal: AbortSignal,
  ): Promise<{ sizeBytes: number; storedBytes: number }> {
    await this.#clock.sleep(PATIENCE_MS, { signal });
    throw new TransferError("gone", "No direct connection yet");
  }

  credit(): void {}

  written(): void {}

  stop(): void {}

  async release(): Promise<void> {}

  async abandon(): Promise<void> {}
}

function lost(why: string): TransportError {
  return new TransportError("direct-lost", `Cannot continue directly: ${why}`);
}
