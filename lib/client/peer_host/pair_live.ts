/**
 * Live streams of a pair: the keeper of the order hands units on as they come, and keeps none. The sender has only as much on
 * the way as the watcher has said to have taken, so nothing piles up here.
 */

import type { Bytes } from "../../base/bytes.ts";
import { Refusal } from "../../base/errors.ts";
import type { NoticeFields } from "../../protocol/hop/mod.ts";
import { STREAM_QUEUE_BYTES, STREAMS_SENT_MAX } from "../../protocol/limits.ts";
import type { PairSide } from "./pair_side.ts";

interface Live {
  readonly sender: PairSide;
  watcher: PairSide | undefined;
  /** Payload that came from the sender. */
  receivedBytes: number;
  /** Of that, what the present watcher never got: it came before them, or found no room. */
  skippedBytes: number;
  /** Of the rest, what they have taken. */
  takenBytes: number;
}

/** Of one pair. */
export class PairLive {
  readonly #streams = new Map<string, Live>();

  /** Opened again it begins anew: the connection of its sender was lost. Throws Refusal `not-permitted`, `too-many`. */
  open(side: PairSide, stream: string): void {
    const before = this.#streams.get(stream);
    if (before !== undefined) {
      if (before.sender.account !== side.account) {
        throw new Refusal("not-permitted", "Cannot open stream: it is the other one's");
      }
      this.#end(stream, before, "lost");
    }
    const own = [...this.#streams.values()].filter(({ sender }) => sender.account === side.account);
    if (own.length >= STREAMS_SENT_MAX) {
      throw new Refusal("too-many", `You send ${STREAMS_SENT_MAX} streams already: end one first`);
    }
    const live: Live = {
      sender: side,
      watcher: undefined,
      ...{ receivedBytes: 0, skippedBytes: 0, takenBytes: 0 },
    };
    this.#streams.set(stream, live);
  }

  /** Throws Refusal `unknown-stream`. */
  join(side: PairSide, stream: string): void {
    const live = this.#streams.get(stream);
    if (live === undefined || live.sender.account === side.account) throw unknown();
    live.watcher = side;
    live.skippedBytes = live.receivedBytes;
    live.takenBytes = 0;
    this.#credit(stream, live);
    live.sender.push("stream.watchers", { stream, count: 1 });
  }

  /** The sender ends it, the watcher leaves it. Throws Refusal `unknown-stream`. */
  leave(side: PairSide, stream: string): void {
    const live = this.#streams.get(stream);
    if (live?.sender === side) return this.#end(stream, live, "ended");
    if (live?.watcher !== side) throw unknown();
    this.#unwatch(stream, live);
  }

  /** Of a stream that has ended meanwhile, more may be on its way. */
  part(side: PairSide, { stream, ...place }: NoticeFields<"stream.part">, payload: Bytes): void {
    const live = this.#streams.get(stream);
    if (live?.sender !== side) return;
    live.receivedBytes += payload.length;
    const onTheWay = live.receivedBytes - live.skippedBytes - live.takenBytes;
    const isGiven = onTheWay <= STREAM_QUEUE_BYTES &&
      live.watcher?.stream({ stream, ...place }, payload) === true;
    if (isGiven) return;
    live.skippedBytes += payload.length;
    this.#credit(stream, live);
  }

  taken(side: PairSide, { stream, bytes }: NoticeFields<"stream.taken">): void {
    const live = this.#streams.get(stream);
    if (live?.watcher !== side) return;
    live.takenBytes = Math.max(live.takenBytes, bytes);
    this.#credit(stream, live);
  }

  word(side: PairSide, { stream }: NoticeFields<"stream.word">, payload: Bytes): void {
    const live = this.#streams.get(stream);
    if (live?.watcher === side) live.sender.push("stream.heard", { stream }, payload);
  }

  /** A connection has ended. */
  left(side: PairSide): void {
    for (const [stream, live] of this.#streams) {
      if (live.sender === side) this.#end(stream, live, "lost");
      else if (live.watcher === side) this.#unwatch(stream, live);
    }
  }

  #unwatch(stream: string, live: Live): void {
    live.watcher = undefined;
    live.skippedBytes = live.receivedBytes;
    live.takenBytes = 0;
    this.#credit(stream, live);
    live.sender.push("stream.watchers", { stream, count: 0 });
  }

  #credit(stream: string, { sender, receivedBytes, skippedBytes, takenBytes }: Live): void {
    const bytes = Math.min(receivedBytes, skippedBytes + takenBytes);
    sender.push("stream.passed", { stream, bytes });
  }

  #end(stream: string, { watcher }: Live, reason: "ended" | "lost"): void {
    this.#streams.delete(stream);
    watcher?.streamEnded(stream, reason);
  }
}

function unknown(): Refusal {
  return new Refusal("unknown-stream", "This stream has ended");
}
