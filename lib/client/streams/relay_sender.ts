/** The way over the server, for who sends: units in parts on the bulk lane, no more of them on the way than the line holds. */

import type { Bytes } from "../../base/bytes.ts";
import { TransportError } from "../../base/errors.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { LiveWindow } from "../../media/live_window.ts";
import { bulkCreditBytes, STREAM_PART_MAX_BYTES } from "../../protocol/limits.ts";
import type { RoadOptions, SendingRoad } from "./road.ts";
import { attach } from "./stream_link.ts";

/** See `SendingRoad`. */
export class RelaySender implements SendingRoad {
  readonly #options: RoadOptions;
  readonly #window = new LiveWindow(bulkCreditBytes);
  readonly #detach: () => void;
  #unit = 0;
  #watchers = 0;
  #isClosed = false;
  readonly #wakeup = new Wakeup();
  #onWord: (word: Bytes) => void = () => {};
  #onChange: () => void = () => {};

  private constructor(options: RoadOptions) {
    this.#options = options;
    const { link, clock, stream } = options;
    this.#detach = attach(link, stream, {
      passed: (bytes) => {
        this.#window.taken(bytes, clock.monotonicMs());
        this.#wakeup.wake();
      },
      heard: (word) => this.#onWord(word),
      watchers: (count) => {
        this.#watchers = count;
        this.#onChange();
      },
    });
    link.closed.then(() => {
      this.#wakeup.wake();
      this.#onChange();
    });
  }

  /** Throws Refusal `not-member`, `too-many`, `rate-limited`, TransportError. */
  static async open(options: RoadOptions): Promise<RelaySender> {
    const { link, stream, conversation } = options;
    const road = new RelaySender(options);
    try {
      await link.ask("stream.open", { stream, conversation });
      return road;
    } catch (error) {
      road.#detach();
      throw error;
    }
  }

  get watchers(): number {
    return this.#watchers;
  }

  get goodput(): number {
    return this.#window.goodput;
  }

  get isOpen(): boolean {
    return !this.#isClosed && this.#options.link.isOpen;
  }

  onWord(handler: (word: Bytes) => void): void {
    this.#onWord = handler;
  }

  onChange(handler: () => void): void {
    this.#onChange = handler;
  }

  async send(unit: Bytes, signal: AbortSignal): Promise<void> {
    const { link, clock, stream } = this.#options;
    const number = this.#unit++;
    for (let offset = 0; offset < unit.length; offset += STREAM_PART_MAX_BYTES) {
      const payload = unit.subarray(offset, offset + STREAM_PART_MAX_BYTES);
      while (!this.#window.covers(payload.length)) await this.#pause(signal);
      this.#requireOpen();
      const fields = { stream, unit: number, size: unit.length, offset };
      this.#window.sent(payload.length, clock.monotonicMs());
      await link.tellBulk("stream.part", fields, payload);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#wakeup.wake();
    this.#detach();
    const { link, stream } = this.#options;
    if (!link.isOpen) return;
    try {
      await link.ask("stream.leave", { stream });
    } catch (error) {
      // A connection that ended meanwhile has ended the stream too.
      if (!(error instanceof TransportError)) throw error;
    }
  }

  #requireOpen(): void {
    if (this.isOpen) return;
    throw new TransportError("offline", "The connection to the server ended");
  }

  #pause(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#requireOpen();
    return this.#wakeup.wait(signal);
  }
}
