/** The way over the server, for who watches: parts become units, and each that came is credit for the next. */

import type { Bytes } from "../../base/bytes.ts";
import { Refusal, TransportError } from "../../base/errors.ts";
import type { PushFields } from "../../protocol/hop/mod.ts";
import type { RoadEnd, RoadOptions, WatchingRoad } from "./road.ts";
import { attach } from "./stream_link.ts";

/** See `WatchingRoad`. */
export class RelayWatcher implements WatchingRoad {
  readonly #options: RoadOptions;
  readonly #detach: () => void;
  #partial: { readonly unit: number; readonly bytes: Bytes; filled: number } | undefined;
  #takenBytes = 0;
  #isClosed = false;
  #end: RoadEnd | undefined;
  #onUnit: (unit: Bytes) => void = () => {};
  #onEnd: (end: RoadEnd) => void = () => {};

  private constructor(options: RoadOptions) {
    this.#options = options;
    const { link, stream } = options;
    this.#detach = attach(link, stream, {
      piece: (fields, payload) => this.#piece(fields, payload),
      ended: (reason) => this.#ended(reason),
    });
    link.closed.then(() => this.#ended("lost"));
  }

  /** Throws Refusal `unknown-stream`, `too-many`, `rate-limited`, TransportError. */
  static async open(options: RoadOptions): Promise<RelayWatcher> {
    const road = new RelayWatcher(options);
    try {
      await options.link.ask("stream.join", { stream: options.stream });
      return road;
    } catch (error) {
      road.#detach();
      throw error;
    }
  }

  onUnit(handler: (unit: Bytes) => void): void {
    this.#onUnit = handler;
  }

  onEnd(handler: (end: RoadEnd) => void): void {
    this.#onEnd = handler;
    if (this.#end !== undefined) handler(this.#end);
  }

  say(word: Bytes): void {
    const { link, stream } = this.#options;
    link.tellWith("stream.word", { stream }, word);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#detach();
    const { link, stream } = this.#options;
    if (!link.isOpen || this.#end !== undefined) return;
    try {
      await link.ask("stream.leave", { stream });
    } catch (error) {
      // It ended meanwhile, by itself or with the connection.
      const isOver = error instanceof Refusal && error.code === "unknown-stream";
      if (!isOver && !(error instanceof TransportError)) throw error;
    }
  }

  /** Parts that do not fit together are dropped: what is missing shows in the seal. */
  #piece({ unit, size, offset }: PushFields<"stream.piece">, payload: Bytes): void {
    const { link, stream } = this.#options;
    this.#takenBytes += payload.length;
    link.tell("stream.taken", { stream, bytes: this.#takenBytes });
    if (offset === 0) this.#partial = { unit, bytes: new Uint8Array(size), filled: 0 };
    const partial = this.#partial;
    const follows = partial?.unit === unit && partial.filled === offset &&
      offset + payload.length <= partial.bytes.length;
    if (!follows) {
      this.#partial = undefined;
      return;
    }
    partial.bytes.set(payload, offset);
    partial.filled += payload.length;
    if (partial.filled < partial.bytes.length) return;
    this.#partial = undefined;
    this.#onUnit(partial.bytes);
  }

  #ended(reason: RoadEnd): void {
    if (this.#end !== undefined || this.#isClosed) return;
    this.#end = reason;
    this.#onEnd(reason);
  }
}
