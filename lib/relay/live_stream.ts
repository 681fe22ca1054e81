/** One live stream where it is relayed: parts come in from its sender and go to all who watch. Decides; others send. */

import type { Bytes } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import type { AccountId } from "../base/ids.ts";
import { refuse } from "../protocol/failure.ts";
import type { NoticeFields, PushFields } from "../protocol/hop/mod.ts";
import { STREAM_PART_MAX_BYTES, STREAM_WATCHERS_MAX } from "../protocol/limits.ts";
import { encodePacket } from "../protocol/packet.ts";

/** A connection: the same object each time. */
export interface LiveSide {
  /** Told as the sender of a stream. Never waits. */
  push<Kind extends "stream.passed" | "stream.watchers">(
    kind: Kind,
    fields: PushFields<Kind>,
  ): void;
}

/** A part of a unit, encoded once for all watchers. */
export interface StreamPart {
  readonly unit: number;
  readonly isFirst: boolean;
  /** Of the whole unit. */
  readonly unitBytes: number;
  readonly payloadBytes: number;
  /** Good until whoever is offered it returns. */
  readonly payload: Bytes;
  /** A `stream.piece`. */
  readonly packet: Bytes;
}

/** Why nothing more comes. */
export type StreamEnd = PushFields<"stream.ended">["reason"];

/** One connection that watches a stream, or a node of the server for all that watch it there. */
export interface LiveWatcher {
  /** Undefined for a node, which judges its own by itself. */
  readonly account: AccountId | undefined;
  /** How many watch by it; left out, one. */
  readonly connections?: number;
  /** Payload that it was given and has not taken: the sender waits for it. 0 for one that drops what is too much. */
  readonly owedBytes: number;
  /** Takes a part or drops it. Never waits. */
  offer(part: StreamPart): void;
  /** Nothing more comes; `atOnce`: not even what waits. */
  end(reason: StreamEnd, options?: { readonly atOnce?: boolean }): void;
}

/** What a stream is made of. */
export interface StreamOptions<Side> {
  readonly stream: string;
  readonly conversation: string;
  readonly account: AccountId;
  readonly sender: Side;
  /** Whether the next unit, of so many bytes, is passed on: asked once for each. All are without it. */
  readonly passes?: (unitBytes: number) => boolean;
}

/** Lives as long as its sender's connection, or until that one ends it. */
export class LiveStream<Side extends LiveSide, Watcher extends LiveWatcher> {
  readonly options: StreamOptions<Side>;
  readonly #watchers = new Map<Side, Watcher>();
  /** The unit whose parts come now, and how much of it has come. */
  #unit: { readonly number: number; readonly size: number; filled: number } | undefined;
  #isPassedOn = true;
  #receivedBytes = 0;
  /** What the sender was told last: it counts as arrived. */
  #passedBytes = 0;

  constructor(options: StreamOptions<Side>) {
    this.options = options;
  }

  /** Connections, at all nodes of the server. */
  get watcherCount(): number {
    let count = 0;
    for (const { connections = 1 } of this.#watchers.values()) count += connections;
    return count;
  }

  /** The accounts that watch it here. */
  get accounts(): readonly AccountId[] {
    return [...this.#watchers.values()].flatMap(({ account }) => account ?? []);
  }

  watcher(side: Side): Watcher | undefined {
    return this.#watchers.get(side);
  }

  /** Joining twice begins anew, with another watcher. Throws Refusal `too-many`, before one is made. */
  join<Made extends Watcher>(side: Side, make: () => Made): Made {
    if (!this.#watchers.has(side)) requireWatcherPlace(this.watcherCount);
    const watcher = make();
    this.add(side, watcher);
    return watcher;
  }

  /** For a node, whose people found a place where they joined. */
  add(side: Side, watcher: Watcher): void {
    this.#watchers.set(side, watcher);
    this.recount();
  }

  /** False when it does not watch. */
  leave(side: Side): boolean {
    const isWatching = this.#watchers.delete(side);
    if (isWatching) this.recount();
    return isWatching;
  }

  /** Throws ProtocolError for parts that do not follow one another. */
  part({ unit, size, offset }: NoticeFields<"stream.part">, payload: Bytes): void {
    this.#requireNext({ unit, size, offset }, payload.length);
    const { stream, passes } = this.options;
    if (offset === 0) this.#isPassedOn = passes?.(size) ?? true;
    this.#receivedBytes += payload.length;
    if (this.#isPassedOn && this.#watchers.size > 0) {
      const fields = { kind: "stream.piece", stream, unit, size, offset };
      const part = {
        unit,
        isFirst: offset === 0,
        unitBytes: size,
        payloadBytes: payload.length,
        payload,
        packet: encodePacket(fields, payload),
      };
      for (const watcher of this.#watchers.values()) watcher.offer(part);
    }
    this.credit();
  }

  /** Tells the sender what has passed, if that is more than before: what came, but for what a watcher has still to take. */
  credit(): void {
    let owedBytes = 0;
    for (const watcher of this.#watchers.values()) {
      owedBytes = Math.max(owedBytes, watcher.owedBytes);
    }
    const bytes = this.#receivedBytes - owedBytes;
    if (bytes <= this.#passedBytes) return;
    this.#passedBytes = bytes;
    const { stream, sender } = this.options;
    sender.push("stream.passed", { stream, bytes });
  }

  /** Its sender has ended it, or is gone. Whoever watches hears it behind what was sent. */
  end(reason: "ended" | "lost"): void {
    for (const watcher of this.#watchers.values()) watcher.end(reason);
  }

  /** Accounts that are no members any more get nothing more, at once. */
  remove(accounts: readonly AccountId[]): void {
    for (const [side, watcher] of this.#watchers) {
      if (watcher.account === undefined || !accounts.includes(watcher.account)) continue;
      watcher.end("removed", { atOnce: true });
      this.leave(side);
    }
  }

  /** Parts of a unit follow one another, whole but for the last; units are numbered upwards. */
  #requireNext(
    { unit, size, offset }: { unit: number; size: number; offset: number },
    length: number,
  ): void {
    if (offset === 0 && unit > (this.#unit?.number ?? -1)) {
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

  /** Others watch it than before: its sender is told how many. */
  recount(): void {
    this.credit();
    const { stream, sender } = this.options;
    sender.push("stream.watchers", { stream, count: this.watcherCount });
  }
}

/** Throws Refusal `too-many` where `watcherCount` watch one stream already. */
export function requireWatcherPlace(watcherCount: number): void {
  if (watcherCount < STREAM_WATCHERS_MAX) return;
  throw refuse("too-many", `Cannot watch: ${STREAM_WATCHERS_MAX} watch this stream already`);
}
