/** What one session sends and watches of live streams. */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, StreamId } from "../../base/ids.ts";
import type { NoticeFields } from "../../protocol/hop/mod.ts";
import { STREAMS_WATCHED_MAX } from "../../protocol/limits.ts";
import type { ClientLine } from "../client_line.ts";
import { refuse } from "../refusal.ts";
import type { LiveStream, LiveStreamOptions } from "./live_stream.ts";
import type { StreamRelay } from "./stream_relay.ts";

/** Closed with its session. */
export class StreamDesk {
  readonly #relay: StreamRelay;
  readonly #line: ClientLine;
  readonly #sent = new Map<StreamId, LiveStream>();
  readonly #watched = new Map<StreamId, LiveStream>();

  constructor(relay: StreamRelay, line: ClientLine) {
    this.#relay = relay;
    this.#line = line;
  }

  /** Throws Refusal. */
  open(options: Omit<LiveStreamOptions, "line">): void {
    const live = this.#relay.open({ ...options, line: this.#line });
    this.#sent.set(options.stream, live);
  }

  /** Throws Refusal `too-many`. */
  async join(live: LiveStream, account: AccountId): Promise<void> {
    const { stream } = live.options;
    if (!this.#watched.has(stream) && this.#watched.size >= STREAMS_WATCHED_MAX) {
      throw refuse("too-many", `Cannot watch: ${STREAMS_WATCHED_MAX} are open on this connection`);
    }
    this.#watched.set(stream, live);
    try {
      await live.join(this.#line, account, () => this.#watched.delete(stream));
    } catch (error) {
      this.#watched.delete(stream);
      throw error;
    }
  }

  /** Ends what this session sends, leaves what it watches. False when it does neither. */
  async leave(stream: StreamId): Promise<boolean> {
    const sent = this.#sent.get(stream);
    const watched = this.#watched.get(stream);
    this.#sent.delete(stream);
    this.#watched.delete(stream);
    if (sent !== undefined) this.#relay.end(sent, "ended");
    await watched?.leave(this.#line);
    return sent !== undefined || watched !== undefined;
  }

  /** Of a stream that ended meanwhile, more may be on its way: it is dropped. Throws ProtocolError. */
  part(stream: StreamId, fields: NoticeFields<"stream.part">, payload: Bytes): void {
    this.#sent.get(stream)?.part(fields, payload);
  }

  taken(stream: StreamId, totalBytes: number): void {
    this.#watched.get(stream)?.taken(this.#line, totalBytes);
  }

  word(stream: StreamId, payload: Bytes): void {
    this.#watched.get(stream)?.word(this.#line, payload);
  }

  /** The session ended. */
  async close(): Promise<void> {
    for (const live of this.#sent.values()) this.#relay.end(live, "lost");
    this.#sent.clear();
    const watched = [...this.#watched.values()];
    this.#watched.clear();
    await Promise.all(watched.map((live) => live.leave(this.#line)));
  }
}
