/**
 * A stream over a relay, at a server or at the peer: its units in parts on the live lane, what watchers say the other way. For who sends and for who
 * watches, each lives as long as its link.
 */

import type { Bytes } from "../../base/bytes.ts";
import { Refusal, TransportError } from "../../base/errors.ts";
import type {
  PublishedEvents,
  PublishedLine,
  SubscribedEvents,
  SubscribedLine,
  TransportEnd,
  TransportOptions,
} from "./live_media.ts";
import { UnitJoiner, UnitLane } from "./unit_lane.ts";
import type { PushFields } from "../../protocol/hop/mod.ts";
import type { Link } from "../link/link.ts";

/** What was sent may take so long to leave, at the end of a stream. */
const FAREWELL_MS = 10_000;

/** One opening of a stream at the server. */
export class RelaySender implements PublishedLine {
  readonly #options: TransportOptions;
  readonly #lane: UnitLane;
  readonly #detach: () => void;
  #watchers = 0;

  private constructor(options: TransportOptions, user: PublishedEvents) {
    this.#options = options;
    const { link, clock, stream } = options;
    this.#lane = new UnitLane({
      get isOpen() {
        return link.isOpen;
      },
      part: (place, payload) => link.tellBulk("stream.part", { stream, ...place }, payload, "live"),
    }, clock);
    this.#detach = attach(link, stream, {
      passed: (bytes) => this.#lane.taken(bytes),
      heard: (word) => user.heard(word),
      watchers: (count) => {
        this.#watchers = count;
        user.counted?.(count);
      },
    });
    link.closed.then(() => this.#lane.close());
  }

  /** Throws Refusal `not-member`, `too-many`, `rate-limited`, TransportError. */
  static async open(options: TransportOptions, user: PublishedEvents): Promise<RelaySender> {
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

  get closed(): Promise<unknown> {
    return this.#options.link.closed;
  }

  get subscribers(): number {
    return this.#watchers;
  }

  get lane(): UnitLane {
    return this.#lane;
  }

  /** That it is over is said among the pictures, which a slow line takes seconds for: the request to leave would overtake it. */
  async #toldAll(): Promise<void> {
    const { link, clock } = this.#options;
    const told = new AbortController();
    link.whenTold("live").then(() => told.abort());
    try {
      await clock.sleep(FAREWELL_MS, { signal: told.signal });
    } catch (error) {
      if (!told.signal.aborted) throw error;
    }
  }

  async close(): Promise<void> {
    if (!this.#lane.isOpen) return this.#detach();
    this.#lane.close();
    this.#detach();
    const { link, stream } = this.#options;
    await this.#toldAll();
    try {
      await link.ask("stream.leave", { stream });
    } catch (error) {
      // A connection that ended meanwhile has ended the stream too.
      if (!(error instanceof TransportError)) throw error;
    }
  }
}

/** Who sends or watches a stream. None of these may throw. */
interface StreamUser {
  piece?(fields: PushFields<"stream.piece">, payload: Bytes): void;
  passed?(bytes: number): void;
  heard?(word: Bytes): void;
  watchers?(count: number): void;
  ended?(reason: PushFields<"stream.ended">["reason"]): void;
}

type Users = Map<string, StreamUser>;

/** A push has one handler, so there is one table for each link. */
const TABLES = new WeakMap<Link, Users>();

/** From now on `user` hears of the stream over this link. Returns what ends that. */
function attach(link: Link, stream: string, user: StreamUser): () => void {
  const users = TABLES.get(link) ?? listen(link);
  users.set(stream, user);
  return () => {
    if (users.get(stream) === user) users.delete(stream);
  };
}

function listen(link: Link): Users {
  const users: Users = new Map();
  TABLES.set(link, users);
  link.on("stream.piece", (fields, payload) => users.get(fields.stream)?.piece?.(fields, payload));
  link.on("stream.passed", ({ stream, bytes }) => users.get(stream)?.passed?.(bytes));
  link.on("stream.heard", ({ stream }, word) => users.get(stream)?.heard?.(word));
  link.on("stream.watchers", ({ stream, count }) => users.get(stream)?.watchers?.(count));
  link.on("stream.ended", ({ stream, reason }) => users.get(stream)?.ended?.(reason));
  return users;
}

/** One time of watching a stream over the server. */
export class RelayWatcher implements SubscribedLine {
  readonly #options: TransportOptions;
  readonly ended: Promise<TransportEnd>;
  readonly #joiner: UnitJoiner;
  readonly #detach: () => void;
  #end: TransportEnd | undefined;
  #isClosed = false;

  private constructor(
    options: TransportOptions,
    { take, refused }: SubscribedEvents,
  ) {
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

  /** Throws Refusal `unknown-stream`, `too-many`, `rate-limited`, TransportError. */
  static async open(options: TransportOptions, events: SubscribedEvents): Promise<RelayWatcher> {
    const watcher = new RelayWatcher(options, events);
    try {
      await options.link.ask("stream.join", { stream: options.stream });
      return watcher;
    } catch (error) {
      watcher.#detach();
      throw error;
    }
  }

  feedback(word: Bytes): void {
    const { link, stream } = this.#options;
    link.tell("stream.word", { stream }, word);
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
}
