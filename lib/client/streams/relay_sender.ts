/** The way over the server, for who sends: units in parts on the bulk lane. Lives as long as its link. */

import type { Bytes } from "../../base/bytes.ts";
import { TransportError } from "../../base/errors.ts";
import type { TransportOptions } from "./stream_transport.ts";
import { attach } from "./stream_link.ts";
import { UnitLane } from "./unit_lane.ts";

/** Who is told. None of these may throw. */
export interface RelaySenderUser {
  /** Something sealed from a watcher. */
  heard(word: Bytes): void;
  /** So many watch now; may be called while it is still being opened. */
  counted(watchers: number): void;
}

/** One opening of a stream at the server. */
export class RelaySender {
  readonly #options: TransportOptions;
  readonly #lane: UnitLane;
  readonly #detach: () => void;
  #watchers = 0;

  private constructor(options: TransportOptions, user: RelaySenderUser) {
    this.#options = options;
    const { link, clock, stream } = options;
    this.#lane = new UnitLane({
      get isOpen() {
        return link.isOpen;
      },
      part: (place, payload) => link.tellBulk("stream.part", { stream, ...place }, payload),
    }, clock);
    this.#detach = attach(link, stream, {
      passed: (bytes) => this.#lane.taken(bytes),
      heard: (word) => user.heard(word),
      watchers: (count) => {
        this.#watchers = count;
        user.counted(count);
      },
    });
    link.closed.then(() => this.#lane.close());
  }

  /** Throws Refusal `not-member`, `too-many`, `rate-limited`, TransportError. */
  static async open(options: TransportOptions, user: RelaySenderUser): Promise<RelaySender> {
    const { link, stream, conversation } = options;
    const sender = new RelaySender(options, user);
    try {
      await link.ask("stream.open", { stream, conversation });
      return sender;
    } catch (error) {
      sender.#detach();
      throw error;
    }
  }

  /** Resolves when its link has ended. */
  get closed(): Promise<unknown> {
    return this.#options.link.closed;
  }

  /** Connections that watch over the server now. */
  get watchers(): number {
    return this.#watchers;
  }

  get lane(): UnitLane {
    return this.#lane;
  }

  /** Ends it for everybody who watches over the server. Closing twice is fine. */
  async close(): Promise<void> {
    if (!this.#lane.isOpen) return this.#detach();
    this.#lane.close();
    this.#detach();
    const { link, stream } = this.#options;
    try {
      await link.ask("stream.leave", { stream });
    } catch (error) {
      // A connection that ended meanwhile has ended the stream too.
      if (!(error instanceof TransportError)) throw error;
    }
  }
}
