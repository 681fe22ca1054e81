/** Live streams that are sent at other nodes and watched at this one. */

import type { Bytes } from "../../base/bytes.ts";
import type { StreamId } from "../../base/ids.ts";
import { STREAM_PART_MAX_BYTES, STREAM_QUEUE_BYTES } from "../../protocol/limits.ts";
import { requireWatcherPlace } from "../../relay/live_stream.ts";
import type { Bus } from "../bus/bus.ts";
import type { StreamFound, StreamOver, StreamRun, StreamUnit } from "../bus/stream_news.ts";
import type { RunningStream } from "./lent_streams.ts";
import type { StreamRelay, StreamSide } from "./session_streams.ts";

/** What comes is said to have come so often at least. */
const TAKEN_EVERY_BYTES = STREAM_QUEUE_BYTES / 4;

interface Borrowed {
  readonly at: StreamRun;
  readonly live: RunningStream;
  readonly side: StreamSide;
  /** Somebody has joined, or has had the time to. */
  isJoined: boolean;
  unit: number;
  /** Up to here it came, or was lost. */
  sentBytes: number;
  toldBytes: number;
}

/**
 * A stream is *borrowed* when somebody here wants to watch it: it runs here once more, with its node for a sender. It is *joined* once
 * somebody does, or a second later. With no watcher left it is *given back*: it ends here, and its node hears so. It ends here too
 * when its node says that it is over or has gone, or when its account begins it here. `tellAll` is called each second while `count`
 * is above 0.
 */
export class BorrowedStreams {
  readonly #bus: Bus;
  readonly #relay: StreamRelay;
  readonly #borrowed = new Map<string, Borrowed>();
  /** The senders of those that run, and of those that ended. */
  readonly #elsewhere = new WeakSet<StreamSide>();
  #number = 0;

  constructor({ bus, relay }: { bus: Bus; relay: StreamRelay }) {
    this.#bus = bus;
    this.#relay = relay;
  }

  /** Borrowed or joined. */
  get count(): number {
    return this.#borrowed.size;
  }

  /** Whether it is sent at another node. */
  has({ options: { sender } }: RunningStream): boolean {
    return this.#elsewhere.has(sender);
  }

  /** From now on it runs here too, for whoever joins it in the same turn. Throws Refusal `too-many`, `not-permitted`. */
  borrow(stream: StreamId, found: StreamFound): void {
    // It began here meanwhile, or somebody else here joined it.
    if (this.#relay.find(stream) !== undefined) return;
    requireWatcherPlace(found.connections);
    const { node, run, conversation, account } = found;
    const at = { node, run };
    const side: StreamSide = {
      push: (kind, _fields, { payload } = {}) => {
        if (kind === "stream.watchers") this.#tell(at);
        else if (kind === "stream.heard" && payload !== undefined) this.#say(at, payload);
      },
    };
    this.#relay.open({ stream, conversation, account, sender: side });
    const live = this.#relay.find(stream);
    if (live === undefined) return;
    this.#elsewhere.add(side);
    const counts = { unit: -1, sentBytes: 0, toldBytes: 0 };
    this.#borrowed.set(keyOf(at), { at, live, side, isJoined: false, ...counts });
  }

  /** It runs at its node. Undefined where nobody watches it here any more: its node is told so. */
  takeRunning(at: StreamRun, sentBytes: number): Borrowed | undefined {
    const borrowed = this.#borrowed.get(keyOf(at));
    if (borrowed === undefined || !this.#runsStill(borrowed)) {
      this.#tell(at);
      return undefined;
    }
    borrowed.sentBytes = Math.max(borrowed.sentBytes, sentBytes);
    return borrowed;
  }

  /** Gives it to its watchers. */
  takeUnit({ node, run, unit, sentBytes, bytes }: StreamUnit): void {
    const borrowed = this.takeRunning({ node, run }, sentBytes);
    if (borrowed === undefined) return;
    // One that was overtaken is dropped, as it would be for a watcher that is slow.
    if (unit > borrowed.unit) {
      borrowed.unit = unit;
      const { stream } = borrowed.live.options;
      for (let offset = 0; offset < bytes.length; offset += STREAM_PART_MAX_BYTES) {
        const payload = bytes.subarray(offset, offset + STREAM_PART_MAX_BYTES);
        borrowed.live.part({ stream, unit, size: bytes.length, offset }, payload);
      }
    }
    if (borrowed.sentBytes - borrowed.toldBytes >= TAKEN_EVERY_BYTES) this.#tell(borrowed.at);
  }

  /** It runs no more. */
  takeOver({ reason, ...at }: StreamOver): void {
    const borrowed = this.#borrowed.get(keyOf(at));
    if (borrowed !== undefined) this.#end(borrowed, reason);
  }

  /** All but `others` send nothing any more. */
  forgetBut(others: ReadonlySet<string>): void {
    for (const borrowed of this.#borrowed.values()) {
      if (!others.has(borrowed.at.node)) this.#end(borrowed, "lost");
    }
  }

  /** Tells each node how many watch here. */
  tellAll(): void {
    for (const { at } of this.#borrowed.values()) this.#tell(at);
  }

  #end(borrowed: Borrowed, reason: "ended" | "lost"): void {
    const { at, live: { options: { stream } }, side } = borrowed;
    this.#borrowed.delete(keyOf(at));
    if (!this.#runsStill(borrowed)) return;
    if (reason === "ended") this.#relay.leave(side, stream);
    else this.#relay.lose(stream);
  }

  #say({ node, run }: StreamRun, bytes: Bytes): void {
    this.#bus.tell(node, "stream.said", { node: this.#bus.own.instance, run, bytes });
  }

  /** Tells the node of its sender how many watch it here: with none it is given back. */
  #tell(at: StreamRun): void {
    const borrowed = this.#borrowed.get(keyOf(at));
    const isRunning = borrowed !== undefined && this.#runsStill(borrowed);
    const connections = isRunning ? borrowed.live.watcherCount : 0;
    const takenBytes = borrowed?.sentBytes ?? 0;
    if (borrowed !== undefined) {
      const isEarly = !borrowed.isJoined && isRunning && connections === 0;
      borrowed.isJoined = true;
      if (isEarly) return;
      borrowed.toldBytes = takenBytes;
      if (connections === 0) this.#end(borrowed, "ended");
    }
    this.#bus.tell(at.node, "stream.watching", {
      ...{ node: this.#bus.own.instance, run: at.run, number: ++this.#number },
      ...{ connections, takenBytes },
    });
  }

  #runsStill({ live }: Borrowed): boolean {
    return this.#relay.find(live.options.stream) === live;
  }
}

function keyOf({ node, run }: StreamRun): string {
  return `${node} ${run}`;
}
