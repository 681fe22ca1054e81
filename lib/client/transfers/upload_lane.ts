/** All uploads over one transport: they take turns, chunk by chunk, and share one window (docs/protocol.md, "Flow control"). */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { UploadId } from "../../base/ids.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { BULK_CREDIT_MIN_BYTES, fileCreditBytes, fileDelayMs } from "../../protocol/limits.ts";

/** Where a chunk belongs. */
export interface ChunkLabel {
  readonly upload: UploadId;
  /** As the transport named it. */
  readonly opening: number;
  readonly offset: number;
}

/** Takes chunks. */
export interface ChunkSink {
  /** The longest chunk that it takes now. `goodput`: bytes a second, 0 before it is measured. */
  longestChunk(goodput: number): number;
  /** Sends it behind everything else; resolves when the next one may be given. Rejects at once when the signal aborts. */
  chunk(label: ChunkLabel, bytes: Bytes, signal: AbortSignal): Promise<void>;
}

/** What waits to be sent of one upload. */
export interface Outflow {
  readonly upload: UploadId;
  readonly opening: number;
  /** The next chunk of what is sealed, taken off; undefined while none is ready. */
  take(maxBytes: number): { readonly offset: number; readonly bytes: Bytes } | undefined;
  readonly isReady: boolean;
}

/** How many bytes may be on the way over a transport. */
export interface SendWindow {
  readonly bytes: number;
  /** Bytes a second, as measured last; 0 before. */
  readonly goodput: number;
  /** So many bytes were stored. */
  acknowledged(bytes: number, nowMs: number): void;
  /** Nothing was on the way: the time until now says nothing. */
  idle(): void;
  /** So long after it left the first of what was sent was acknowledged. */
  roundTrip(ms: number): void;
}

/** One for each transport. */
export class UploadLane {
  readonly #transport: ChunkSink;
  readonly #clock: Clock;
  readonly #window: SendWindow;
  readonly #turns = new Turns<Outflow>();
  readonly #wakeup = new Wakeup();
  #onTheWay = 0;
  /** When a chunk left with nothing else on the way, until it is stored. */
  #loneSinceMs: number | undefined;

  constructor(
    transport: ChunkSink,
    clock: Clock,
    window: SendWindow = new TransferWindow(),
  ) {
    this.#transport = transport;
    this.#clock = clock;
    this.#window = window;
  }

  /** Takes part from now on. */
  add(outflow: Outflow): void {
    this.#turns.add(outflow);
    this.#wakeup.wake();
  }

  /** Takes part no more; so many bytes of it were on the way. */
  remove(outflow: Outflow, onTheWay: number): void {
    this.#turns.remove(outflow);
    this.#settle(onTheWay);
  }

  /** A chunk is ready. */
  wake(): void {
    this.#wakeup.wake();
  }

  /** So many bytes were stored. */
  stored(bytes: number): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#loneSinceMs !== undefined) this.#window.roundTrip(nowMs - this.#loneSinceMs);
    this.#loneSinceMs = undefined;
    this.#window.acknowledged(bytes, nowMs);
    this.#settle(bytes);
  }

  /** Sends until `signal` aborts or the transport ends; rejects with the reason. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      signal.throwIfAborted();
      const chunk = this.#next();
      if (chunk === undefined) {
        await this.#wakeup.wait(signal);
        continue;
      }
      const { bytes, ...label } = chunk;
      if (this.#onTheWay === 0) this.#loneSinceMs = this.#clock.monotonicMs();
      this.#onTheWay += bytes.length;
      await this.#transport.chunk(label, bytes, signal);
    }
  }

  #next(): ChunkLabel & { bytes: Bytes } | undefined {
    const maxBytes = this.#transport.longestChunk(this.#window.goodput);
    const hasRoom = this.#onTheWay === 0 || this.#onTheWay + maxBytes <= this.#window.bytes;
    const outflow = hasRoom ? this.#turns.next(({ isReady }) => isReady) : undefined;
    const chunk = outflow?.take(maxBytes);
    return chunk === undefined || outflow === undefined
      ? undefined
      : { upload: outflow.upload, opening: outflow.opening, ...chunk };
  }

  #settle(bytes: number): void {
    this.#onTheWay = Math.max(0, this.#onTheWay - bytes);
    if (this.#onTheWay === 0) {
      this.#loneSinceMs = undefined;
      this.#window.idle();
    }
    this.#wakeup.wake();
  }
}

// Whose chunk is next: transfers of one connection take turns, so that a small one is not behind a great one. Pure.

/** A ring of those that have something to send. */
export class Turns<Item> {
  #ring: Item[] = [];

  get size(): number {
    return this.#ring.length;
  }

  /** Joins at the end, behind all others. Joining twice changes nothing. */
  add(item: Item): void {
    if (!this.#ring.includes(item)) this.#ring.push(item);
  }

  /** Leaving twice changes nothing. */
  remove(item: Item): void {
    this.#ring = this.#ring.filter((one) => one !== item);
  }

  /** The first that is ready; it goes to the end. Undefined when none is. */
  next(isReady: (item: Item) => boolean): Item | undefined {
    const found = this.#ring.find(isReady);
    if (found === undefined) return undefined;
    this.remove(found);
    this.#ring.push(found);
    return found;
  }
}

// How many bytes of files may be unacknowledged: as little as a message needs to pass in time on a slow line, as much as a
// fast line holds (docs/protocol.md, "Flow control"). A pure machine.

/** Goodput is measured over at least this time. */
const SAMPLE_MS = 50;
/** How fast the average follows a fall; a rise counts at once, or a fast line would be found too slowly. */
const WEIGHT = 0.3;

/** What a window keeps to. */
interface WindowOptions {
  /** What may always be unacknowledged. */
  readonly leastBytes?: number;
  /** The same once the line is measured, where that is less. */
  readonly measuredLeastBytes?: number;
  /** How long files may hold up what is more urgent just now. */
  readonly delayMs?: () => number;
}

/** The window of one connection, in one direction. */
export class TransferWindow implements SendWindow {
  readonly #options: WindowOptions;
  #goodput = 0;
  #roundTripMs: number | undefined;
  #sampleBytes = 0;
  #sampleFromMs: number | undefined;

  constructor(options: WindowOptions = {}) {
    this.#options = options;
  }

  /** Bytes that may be unacknowledged now. */
  get bytes(): number {
    const { leastBytes = BULK_CREDIT_MIN_BYTES, measuredLeastBytes = leastBytes, delayMs } =
      this.#options;
    return fileCreditBytes(this.#goodput, {
      roundTripMs: this.#roundTripMs ?? 0,
      delayMs: delayMs?.() ?? fileDelayMs(false),
      leastBytes: this.#goodput === 0 ? leastBytes : measuredLeastBytes,
    });
  }

  /** The shortest counts: longer ones waited behind what was sent before, or for a disk. */
  roundTrip(ms: number): void {
    this.#roundTripMs = Math.min(ms, this.#roundTripMs ?? Infinity);
  }

  get goodput(): number {
    return this.#goodput;
  }

  /** So many bytes were acknowledged. */
  acknowledged(bytes: number, nowMs: number): void {
    this.#sampleFromMs ??= nowMs;
    this.#sampleBytes += bytes;
    const sampleMs = nowMs - this.#sampleFromMs;
    if (sampleMs < SAMPLE_MS) return;
    const rate = this.#sampleBytes / sampleMs * 1000;
    this.#goodput = rate > this.#goodput ? rate : this.#goodput + WEIGHT * (rate - this.#goodput);
    this.#sampleBytes = 0;
    this.#sampleFromMs = nowMs;
  }

  /** Nothing was on the way: the time until now says nothing. */
  idle(): void {
    this.#sampleBytes = 0;
    this.#sampleFromMs = undefined;
  }
}
