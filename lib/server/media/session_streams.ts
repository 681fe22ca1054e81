/** What one session sends and watches of live streams. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { AccountId, StreamId } from "../../base/ids.ts";
import type { Lane } from "../../net/connections/outbox.ts";
import type { NoticeFields, PushFields } from "../../protocol/hop/mod.ts";
import { STREAM_UNIT_LEAST_BYTES, STREAMS_WATCHED_MAX } from "../../protocol/limits.ts";
import { refuse } from "../../protocol/failure.ts";
import type { LiveRelay } from "../../relay/live_relay.ts";
import type { StreamOptions } from "../../relay/live_stream.ts";
import type { RateGuard } from "../counters/rate_guard.ts";
import type { ClientLine } from "../sessions/client_line.ts";
import type { NodeWatcher } from "./node_watcher.ts";
import { Watcher } from "./watcher.ts";

/** A connection, or the node of a sender who is elsewhere. */
export interface StreamSide {
  push<Kind extends "stream.passed" | "stream.watchers" | "stream.heard">(
    kind: Kind,
    fields: PushFields<Kind>,
    options?: { payload?: Bytes; lane?: Lane },
  ): void;
}

/** All that run at this node: those that are sent here, and those that are sent elsewhere and watched here. */
export type StreamRelay = LiveRelay<StreamSide, Watcher | NodeWatcher>;

/** Closed with its session. */
export class SessionStreams {
  readonly #relay: StreamRelay;
  readonly #line: ClientLine;
  readonly #clock: Clock;
  /** Also those that were ended since: their sender may end them all the same. */
  readonly #sent = new Set<string>();
  /** Also those that were ended since, until what waits has left. */
  readonly #watched = new Map<string, Watcher>();

  constructor(relay: StreamRelay, line: ClientLine, clock: Clock) {
    this.#relay = relay;
    this.#line = line;
    this.#clock = clock;
  }

  /** `bytes`: what the account may send; what is more is not passed on. Throws Refusal. */
  open(options: Omit<StreamOptions<StreamSide>, "sender" | "passes">, bytes: RateGuard): void {
    this.#relay.open({
      ...options,
      sender: this.#line,
      passes: (size) => bytes.take(options.account, Math.max(size, STREAM_UNIT_LEAST_BYTES)) === 0,
    });
    this.#sent.add(options.stream);
  }

  /** Throws Refusal `unknown-stream`, `too-many`. */
  async join(stream: StreamId, account: AccountId): Promise<void> {
    const before = this.#watched.get(stream);
    if (before === undefined && this.#watched.size >= STREAMS_WATCHED_MAX) {
      throw refuse("too-many", `Cannot watch: ${STREAMS_WATCHED_MAX} are open on this connection`);
    }
    const watcher: Watcher = this.#relay.join(this.#line, stream, () =>
      new Watcher(this.#line, {
        stream,
        account,
        clock: this.#clock,
        onEnded: () => {
          if (this.#watched.get(stream) === watcher) this.#watched.delete(stream);
        },
      }));
    this.#watched.set(stream, watcher);
    await before?.close();
  }

  /** Ends what this session sends, leaves what it watches. False when it does neither. */
  async leave(stream: StreamId): Promise<boolean> {
    const watcher = this.#watched.get(stream);
    this.#watched.delete(stream);
    const hasSent = this.#sent.delete(stream);
    this.#relay.leave(this.#line, stream);
    await watcher?.close();
    return hasSent || watcher !== undefined;
  }

  /** Of a stream that ended meanwhile, more may be on its way: it is dropped. Throws ProtocolError. */
  part(fields: NoticeFields<"stream.part">, payload: Bytes): void {
    this.#relay.part(this.#line, fields, payload);
  }

  taken(stream: StreamId, totalBytes: number): void {
    this.#watched.get(stream)?.taken(totalBytes);
  }

  /**
   * Something sealed from a watcher to the sender; too many are dropped. On the live lane, where what does not fit is dropped
   * too: no watcher may delay the sender's messages, or have it cut off.
   */
  word(stream: StreamId, payload: Bytes): void {
    if (this.#watched.get(stream)?.words.take() !== true) return;
    this.#relay.senderFor(this.#line, stream)
      ?.push("stream.heard", { stream }, { payload, lane: "live" });
  }

  /** The session ended. */
  async close(): Promise<void> {
    this.#relay.left(this.#line);
    const watched = [...this.#watched.values()];
    this.#watched.clear();
    await Promise.all(watched.map((watcher) => watcher.close()));
  }
}
