/**
 * One connection that watches a stream: whole units wait here, a bounded number of bytes of them. The oldest are dropped for
 * newer ones, and nothing leaves beyond what the watcher has taken, so that a message never waits behind a stream.
 */

import type { Clock } from "../../base/clock.ts";
import type { AccountId } from "../../base/ids.ts";
import { TokenBucket } from "../../base/rate.ts";
import { Scope } from "../../base/scope.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { LiveWindow } from "../../media/live/live_window.ts";
import {
  bulkCreditBytes,
  STREAM_QUEUE_BYTES,
  STREAM_UNIT_LEAST_BYTES,
  STREAM_WORD_RATE,
} from "../../protocol/limits.ts";
import type { LiveWatcher, StreamEnd, StreamPart } from "../../relay/live_stream.ts";
import type { ClientLine } from "../sessions/client_line.ts";

/** Live bytes that may wait on the connection before the next part: two of them. */
const QUEUED_BYTES = 64 * 1024;

/** Closed by whoever made it. */
export class Watcher implements LiveWatcher {
  readonly account: AccountId;
  /** Older units are dropped for newer ones: no sender waits for it. */
  readonly owedBytes = 0;
  /** What it may say to the sender. */
  readonly words: TokenBucket;
  readonly line: Pick<ClientLine, "connection" | "push">;
  readonly #stream: string;
  readonly #clock: Clock;
  readonly #window = new LiveWindow(bulkCreditBytes);
  readonly #scope = new Scope();
  #queue: StreamPart[] = [];
  #queuedBytes = 0;
  /** The unit whose parts are taken now; others are passed over. */
  #taking: number | undefined;
  #dropped = 0;
  #end: StreamEnd | undefined;
  readonly #wakeup = new Wakeup();

  constructor(
    line: Watcher["line"],
    options: {
      readonly stream: string;
      readonly account: AccountId;
      readonly clock: Clock;
      readonly onEnded: () => void;
    },
  ) {
    this.line = line;
    this.#stream = options.stream;
    this.#clock = options.clock;
    this.account = options.account;
    this.words = new TokenBucket(options.clock, STREAM_WORD_RATE);
    this.#scope.run("watcher", async (signal) => {
      await this.#run(signal);
      options.onEnded();
    });
  }

  /** Units that it did not get because it was slow. */
  get dropped(): number {
    return this.#dropped;
  }

  /** What waits here, each part as what it is charged. At most `STREAM_QUEUE_BYTES`. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** How many parts that is. */
  get queuedParts(): number {
    return this.#queue.length;
  }

  /** Takes a part, or drops its unit. Never waits. */
  offer(part: StreamPart): void {
    if (this.#end !== undefined) return;
    if (part.isFirst) {
      // Room is made for the whole unit at once.
      this.#taking = this.#makeRoom(charged(part.unitBytes)) ? part.unit : undefined;
      if (this.#taking === undefined) this.#dropped++;
    }
    if (part.unit !== this.#taking) return;
    this.#queue.push(part);
    this.#queuedBytes += charged(part.payloadBytes);
    this.#wakeup.wake();
  }

  /** The watcher has received so many bytes in all. */
  taken(totalBytes: number): void {
    this.#window.taken(totalBytes, this.#clock.monotonicMs());
    this.#wakeup.wake();
  }

  /** Nothing more comes: it is told so behind what waits, unless it is to get nothing more at once. */
  end(reason: StreamEnd, { atOnce = false }: { readonly atOnce?: boolean } = {}): void {
    this.#end ??= reason;
    if (atOnce) {
      this.#queue = [];
      this.#queuedBytes = 0;
    }
    this.#wakeup.wake();
  }

  /** Nothing more is sent. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#scope.close();
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const part = this.#queue[0];
      if (part === undefined && this.#end !== undefined) {
        const reason = this.#end;
        this.line.push("stream.ended", { stream: this.#stream, reason }, { lane: "live" });
        return;
      }
      if (part === undefined || !this.#window.covers(part.payloadBytes)) {
        await this.#wakeup.wait(signal);
        continue;
      }
      await this.line.connection.whenBelow("live", QUEUED_BYTES);
      signal.throwIfAborted();
      // It may have been dropped meanwhile.
      if (this.#queue[0] === part) this.#send(part);
    }
  }

  #send(part: StreamPart): void {
    this.#queue.shift();
    this.#queuedBytes -= charged(part.payloadBytes);
    this.#window.sent(part.payloadBytes, this.#clock.monotonicMs());
    // One part of a unit is worth nothing without the others.
    this.line.connection.send(part.packet, "live", { droppable: false });
  }

  /** Drops the oldest units that were not begun until another one fits. False when it does not. */
  #makeRoom(unitBytes: number): boolean {
    while (this.#queuedBytes + unitBytes > STREAM_QUEUE_BYTES) {
      const oldest = this.#queue.find(({ isFirst }) => isFirst)?.unit;
      if (oldest === undefined) return false;
      const kept = this.#queue.filter(({ unit }) => unit !== oldest);
      this.#queue = kept;
      this.#queuedBytes = kept.reduce((sum, part) => sum + charged(part.payloadBytes), 0);
      this.#dropped++;
    }
    return true;
  }
}

/** Small ones hold memory too, and time: all that wait are looked through when room is made. */
function charged(sizeBytes: number): number {
  return Math.max(sizeBytes, STREAM_UNIT_LEAST_BYTES);
}
