/** One stream at the server: parts come in from its sender and go to all who watch. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { ProtocolError } from "../../base/errors.ts";
import { TokenBucket } from "../../base/rate.ts";
import type { AccountId, ConversationId, StreamId } from "../../base/ids.ts";
import type { NoticeFields } from "../../protocol/hop/mod.ts";
import {
  STREAM_PART_MAX_BYTES,
  STREAM_UNIT_LEAST_BYTES,
  STREAM_WATCHERS_MAX,
  STREAM_WORD_RATE,
} from "../../protocol/limits.ts";
import { encodePacket } from "../../protocol/packet.ts";
import type { ClientLine } from "../client_line.ts";
import type { RateGuard } from "../rate_guard.ts";
import { refuse } from "../refusal.ts";
import { Watcher } from "./watcher.ts";

type Line = Pick<ClientLine, "connection" | "push" | "whenBulkBelow">;

/** What a stream is made of. */
export interface LiveStreamOptions {
  readonly stream: StreamId;
  readonly conversation: ConversationId;
  readonly account: AccountId;
  readonly line: Pick<ClientLine, "push">;
  readonly clock: Clock;
  readonly bytes: RateGuard;
}

interface Watching {
  readonly watcher: Watcher;
  readonly account: AccountId;
  readonly words: TokenBucket;
}

/** Lives as long as its sender's connection, or until that one ends it. */
export class LiveStream {
  readonly options: LiveStreamOptions;
  readonly #watchers = new Map<Line, Watching>();
  /** The unit whose parts come now, and how much of it has come. */
  #unit: { readonly number: number; readonly size: number; filled: number } | undefined;
  #last = -1;
  /** Beyond the sender's rate: not passed on. */
  #isOverRate = false;
  #passedBytes = 0;

  constructor(options: LiveStreamOptions) {
    this.options = options;
  }

  get watcherCount(): number {
    return this.#watchers.size;
  }

  /** Throws Refusal `too-many`. Joining twice begins anew. */
  async join(line: Line, account: AccountId, onEnded: () => void): Promise<void> {
    await this.leave(line);
    if (this.#watchers.size >= STREAM_WATCHERS_MAX) {
      throw refuse("too-many", `Cannot watch: ${STREAM_WATCHERS_MAX} watch this stream already`);
    }
    const { stream, clock } = this.options;
    const watcher: Watcher = new Watcher(line, {
      stream,
      clock,
      onEnded: () => {
        if (this.#watchers.get(line)?.watcher === watcher) this.#watchers.delete(line);
        onEnded();
      },
    });
    this.#watchers.set(line, { watcher, account, words: new TokenBucket(clock, STREAM_WORD_RATE) });
    this.#tellCount();
  }

  /** Leaving twice is fine. */
  async leave(line: Line): Promise<void> {
    const found = this.#watchers.get(line);
    if (found === undefined) return;
    this.#watchers.delete(line);
    this.#tellCount();
    await found.watcher.close();
  }

  /** Throws ProtocolError for parts that do not follow one another. */
  part({ unit, size, offset }: NoticeFields<"stream.part">, payload: Bytes): void {
    this.#require({ unit, size, offset, length: payload.length });
    const { stream, account, bytes, line } = this.options;
    if (offset === 0) {
      this.#isOverRate = bytes.take(account, Math.max(size, STREAM_UNIT_LEAST_BYTES)) > 0;
    }
    this.#passedBytes += payload.length;
    line.push("stream.passed", { stream, bytes: this.#passedBytes });
    if (this.#isOverRate || this.#watchers.size === 0) return;
    const fields = { kind: "stream.piece", stream, unit, size, offset };
    const part = {
      unit,
      isFirst: offset === 0,
      unitBytes: size,
      payloadBytes: payload.length,
      packet: encodePacket(fields, payload),
    };
    for (const { watcher } of this.#watchers.values()) watcher.offer(part);
  }

  taken(line: Line, totalBytes: number): void {
    this.#watchers.get(line)?.watcher.taken(totalBytes);
  }

  /**
   * Something sealed from a watcher to the sender; too many are dropped. On the bulk lane, where what does not fit is dropped
   * too: no watcher may delay the sender's messages, or have it cut off.
   */
  word(line: Line, payload: Bytes): void {
    if (this.#watchers.get(line)?.words.take() !== true) return;
    const { stream } = this.options;
    this.options.line.push("stream.heard", { stream }, { payload, lane: "bulk" });
  }

  /** Its sender has ended it, or is gone. */
  end(reason: "ended" | "lost"): void {
    for (const { watcher } of this.#watchers.values()) watcher.end(reason);
  }

  /** Accounts that are no members any more get nothing more, at once. */
  remove(accounts: readonly AccountId[]): void {
    for (const { watcher, account } of this.#watchers.values()) {
      if (accounts.includes(account)) watcher.end("removed", { atOnce: true });
    }
  }

  #require(
    part: { readonly unit: number; size: number; offset: number; length: number },
  ): void {
    const { unit, size, offset, length } = part;
    if (offset === 0 && unit > this.#last) {
      this.#last = unit;
      this.#unit = { number: unit, size, filled: 0 };
    }
    const now = this.#unit;
    const isWhole = length === STREAM_PART_MAX_BYTES || offset + length === size;
    const follows = now?.number === unit && now.size === size && now.filled === offset &&
      length > 0 && offset + length <= size && isWhole;
    if (!follows) {
      throw new ProtocolError("bad-message", "Cannot take stream.part: it does not follow");
    }
    now.filled += length;
  }

  #tellCount(): void {
    const { stream, line } = this.options;
    line.push("stream.watchers", { stream, count: this.#watchers.size });
  }
}
