/** The live streams that run now, where they are relayed: by a server, or by one of two people without one. Nothing is stored. */

import type { Bytes } from "../base/bytes.ts";
import type { Refusal } from "../base/errors.ts";
import type { AccountId } from "../base/ids.ts";
import { refuse } from "../protocol/failure.ts";
import type { NoticeFields } from "../protocol/hop/mod.ts";
import { STREAMS_SENT_MAX } from "../protocol/limits.ts";
import { type LiveSide, LiveStream, type LiveWatcher, type StreamOptions } from "./live_stream.ts";

/** Whoever stops watching here is not closed here: its owner does that. */
export class LiveRelay<Side extends LiveSide, Watcher extends LiveWatcher> {
  readonly #streams = new Map<string, LiveStream<Side, Watcher>>();

  get count(): number {
    return this.#streams.size;
  }

  /**
   * Opened again by the same account it begins anew: its connection was lost, which nobody may have noticed. Throws Refusal
   * `not-permitted` for an id of somebody else's, `too-many`.
   */
  open(options: StreamOptions<Side>): void {
    const { stream, account, conversation } = options;
    const before = this.#streams.get(stream);
    if (before !== undefined) {
      const { account: owner, conversation: place } = before.options;
      if (owner !== account || place !== conversation) throw streamTaken();
      this.#end(before, "lost");
    }
    const own = [...this.#streams.values()].filter((one) => one.options.account === account);
    requireSenderPlace(own.length);
    this.#streams.set(stream, new LiveStream(options));
  }

  /** As they run. */
  [Symbol.iterator](): IterableIterator<LiveStream<Side, Watcher>> {
    return this.#streams.values();
  }

  find(stream: string): LiveStream<Side, Watcher> | undefined {
    return this.#streams.get(stream);
  }

  /** Watches with what `make` gives; joining twice begins anew. Throws Refusal `unknown-stream`, `too-many`. */
  join<Made extends Watcher>(side: Side, stream: string, make: () => Made): Made {
    const live = this.#streams.get(stream);
    if (live === undefined) throw unknownStream();
    return live.join(side, make);
  }

  /** Its sender ends it, a watcher leaves it. False when it is neither. */
  leave(side: Side, stream: string): boolean {
    const live = this.#streams.get(stream);
    if (live?.options.sender !== side) return live?.leave(side) ?? false;
    live.leave(side);
    this.#end(live, "ended");
    return true;
  }

  /** Its sender is gone, as far as this stream goes. */
  lose(stream: string): void {
    const live = this.#streams.get(stream);
    if (live !== undefined) this.#end(live, "lost");
  }

  /** Of a stream that ended meanwhile, more may be on its way: it is dropped. Throws ProtocolError. */
  part(side: Side, fields: NoticeFields<"stream.part">, payload: Bytes): void {
    const live = this.#streams.get(fields.stream);
    if (live?.options.sender === side) live.part(fields, payload);
  }

  /** The sender whom a word of this watcher reaches. Undefined when it watches nothing of the kind. */
  senderFor(side: Side, stream: string): Side | undefined {
    const live = this.#streams.get(stream);
    return live?.watcher(side) === undefined ? undefined : live.options.sender;
  }

  /** A connection has ended: so does what it sends, and it watches nothing. */
  left(side: Side): void {
    for (const live of this.#streams.values()) {
      live.leave(side);
      if (live.options.sender === side) this.#end(live, "lost");
    }
  }

  /** These accounts are no members of the conversation any more: they watch nothing in it, and send nothing. */
  removed(conversation: string, accounts: readonly AccountId[]): void {
    for (const live of this.#streams.values()) {
      if (live.options.conversation !== conversation) continue;
      live.remove(accounts);
      if (accounts.includes(live.options.account)) this.#end(live, "lost");
    }
  }

  #end(live: LiveStream<Side, Watcher>, reason: "ended" | "lost"): void {
    this.#streams.delete(live.options.stream);
    live.end(reason);
  }
}

/** Whoever may not watch a stream learns no more of it than of one that has ended. */
export function unknownStream(): Refusal {
  return refuse("unknown-stream", "This stream has ended");
}

/** A stream of this id is another account's, or in another conversation. */
export function streamTaken(): Refusal {
  return refuse("not-permitted", "Cannot open stream: there is one of this id");
}

/** An account that sends so many streams may send one more. Throws Refusal `too-many`. */
export function requireSenderPlace(sent: number): void {
  if (sent < STREAMS_SENT_MAX) return;
  throw refuse("too-many", `You are already sending ${STREAMS_SENT_MAX} streams: end one first`);
}
