/** The way over the server, for who watches: parts become units, and each that came is credit for the next. */

import type { Bytes } from "../../base/bytes.ts";
import { Refusal, TransportError } from "../../base/errors.ts";
import type { TransportEnd, TransportOptions, TransportRefused } from "./stream_transport.ts";
import { attach } from "./stream_link.ts";
import { UnitJoiner } from "./unit_lane.ts";

/** Takes a whole unit, in its order, with its number. Must not throw. */
export type TakeUnit = (unit: number, bytes: Bytes) => void;

/** One time of watching a stream over the server. */
export class RelayWatcher {
  /** Resolves when nothing more comes, whoever ended it. */
  readonly ended: Promise<TransportEnd>;
  readonly #options: TransportOptions;
  readonly #joiner: UnitJoiner;
  readonly #detach: () => void;
  #end: TransportEnd | undefined;
  #isClosed = false;

  private constructor(options: TransportOptions, take: TakeUnit, refused: TransportRefused) {
    this.#options = options;
    this.#joiner = new UnitJoiner(refused);
    const { link, stream } = options;
    const { promise, resolve } = Promise.withResolvers<TransportEnd>();
    this.ended = promise;
    const end = (reason: TransportEnd) => {
      this.#end ??= reason;
      resolve(reason);
    };
    this.#detach = attach(link, stream, {
      piece: (place, payload) => {
        const whole = this.#joiner.take(place, payload);
        link.tell("stream.taken", { stream, bytes: this.#joiner.takenBytes });
        if (whole !== undefined) take(whole.unit, whole.bytes);
      },
      ended: end,
    });
    link.closed.then(() => end("lost"));
  }

  /** Counts in `refused`. Throws Refusal `unknown-stream`, `too-many`, `rate-limited`, TransportError. */
  static async open(
    options: TransportOptions,
    take: TakeUnit,
    refused: TransportRefused,
  ): Promise<RelayWatcher> {
    const watcher = new RelayWatcher(options, take, refused);
    try {
      await options.link.ask("stream.join", { stream: options.stream });
      return watcher;
    } catch (error) {
      watcher.#detach();
      throw error;
    }
  }

  /** Says something sealed to the sender. */
  say(word: Bytes): void {
    const { link, stream } = this.#options;
    link.tellWith("stream.word", { stream }, word);
  }

  /** Leaves. Closing twice is fine. */
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
}
