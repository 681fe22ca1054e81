/** Live streams that are sent at this node and watched at others. */

import type { Bytes } from "../../base/bytes.ts";
import type { StreamId } from "../../base/ids.ts";
import type { LiveStream } from "../../relay/live_stream.ts";
import { conversationId } from "../../relay/submitted.ts";
import type { Bus } from "../bus/bus.ts";
import type { StreamBegins, StreamFound, StreamRun, StreamWatching } from "../bus/stream_news.ts";
import { NodeWatcher } from "./node_watcher.ts";
import type { StreamRelay, StreamSide } from "./session_streams.ts";
import type { Watcher } from "./watcher.ts";

/** A stream that runs at this node, sent here or not. */
export type RunningStream = LiveStream<StreamSide, Watcher | NodeWatcher>;

/** At another node. */
interface Lending {
  readonly side: StreamSide;
  readonly watcher: NodeWatcher;
  number: number;
}

interface Lent {
  readonly live: RunningStream;
  /** By instance. */
  readonly nodes: Map<string, Lending>;
}

/** What they are made of. */
export interface LentStreamsParts {
  readonly bus: Bus;
  readonly relay: StreamRelay;
  /** Whether it is sent at another node: that is not lent once more. */
  readonly isBorrowed: (live: RunningStream) => boolean;
}

/**
 * A stream is *own* until a node asks where it is; then it is *found*, with the number that all nodes call it by. It is *lent* to each
 * node that says how many watch it there, and *own* as far as that node goes when none do or the node is gone. When it ends, each such
 * node hears it once, and whoever still says that they watch it hears it again. `tellRunning` is called each second while `count` is
 * above 0.
 */
export class LentStreams {
  readonly #parts: LentStreamsParts;
  readonly #runs = new WeakMap<RunningStream, number>();
  readonly #lent = new Map<number, Lent>();
  #run = 0;

  constructor(parts: LentStreamsParts) {
    this.#parts = parts;
  }

  /** Found or lent. */
  get count(): number {
    return this.#lent.size;
  }

  /** Undefined where it is not sent here. */
  find(stream: StreamId): StreamFound | undefined {
    const live = this.#own(stream);
    if (live === undefined) return undefined;
    let run = this.#runs.get(live);
    if (run === undefined) this.#runs.set(live, run = ++this.#run);
    if (!this.#lent.has(run)) this.#lent.set(run, { live, nodes: new Map() });
    const { options: { conversation, account }, watcherCount: connections } = live;
    const node = this.#parts.bus.own.instance;
    return { node, run, conversation: conversationId(conversation), account, connections };
  }

  /** An account begins one at a node: what runs here of the same id ends, where it may. */
  begins(
    { node, stream, conversation, account }: StreamBegins,
  ): { isTaken: boolean; sent: number } {
    const { relay, bus, isBorrowed } = this.#parts;
    const sent =
      [...relay].filter((live) =>
        live.options.account === account && live.options.stream !== stream && !isBorrowed(live)
      ).length;
    const live = this.#own(stream);
    if (live === undefined) return { isTaken: false, sent };
    const { options } = live;
    const isTaken = options.account !== account || options.conversation !== conversation;
    if (!isTaken && node !== bus.own.instance) relay.lose(stream);
    return { isTaken, sent };
  }

  /** What a node says of its watchers. */
  takeWatching({ node, run, number, connections, takenBytes }: StreamWatching): void {
    const lent = this.#running(run);
    if (lent === undefined) {
      if (connections > 0) this.#tellOver({ node, run }, "lost");
      return;
    }
    const { live, nodes } = lent;
    const known = nodes.get(node);
    if (known !== undefined && number <= known.number) return;
    if (connections === 0) return takeBack(lent, node);
    if (known === undefined) return this.#lend(lent, { node, run, number, connections });
    known.number = number;
    known.watcher.taken(takenBytes);
    if (known.watcher.connections === connections) return;
    known.watcher.connections = connections;
    live.recount();
  }

  /** What one of its watchers says to the sender. */
  takeSaid({ node, run }: StreamRun, bytes: Bytes): void {
    const lent = this.#running(run);
    if (lent?.nodes.has(node) !== true) return;
    const { stream, sender } = lent.live.options;
    sender.push("stream.heard", { stream }, { payload: bytes, lane: "live" });
  }

  /** All but `others` watch nothing any more. */
  forgetBut(others: ReadonlySet<string>): void {
    for (const lent of this.#lent.values()) {
      for (const node of lent.nodes.keys()) if (!others.has(node)) takeBack(lent, node);
    }
  }

  /** Tells each node how much has left for it, and forgets what has ended. */
  tellRunning(): void {
    const { bus } = this.#parts;
    for (const run of this.#lent.keys()) {
      const lent = this.#running(run);
      if (lent === undefined) this.#lent.delete(run);
      for (const [node, { watcher: { sentBytes } }] of lent?.nodes ?? []) {
        bus.tell(node, "stream.running", { node: bus.own.instance, run, sentBytes });
      }
    }
  }

  #lend(
    { live, nodes }: Lent,
    { node, run, number, connections }: StreamRun & { number: number; connections: number },
  ): void {
    const { bus } = this.#parts;
    const own = bus.own.instance;
    const side: StreamSide = { push() {} };
    const watcher = new NodeWatcher(connections, {
      unit: (unit) => bus.tell(node, "stream.unit", { node: own, run, ...unit }),
      over: (reason) => this.#tellOver({ node, run }, reason === "ended" ? reason : "lost"),
    });
    nodes.set(node, { side, watcher, number });
    live.add(side, watcher);
  }

  #tellOver({ node, run }: StreamRun, reason: "ended" | "lost"): void {
    const { bus } = this.#parts;
    bus.tell(node, "stream.over", { node: bus.own.instance, run, reason });
  }

  #own(stream: StreamId): RunningStream | undefined {
    const live = this.#parts.relay.find(stream);
    return live === undefined || this.#parts.isBorrowed(live) ? undefined : live;
  }

  #running(run: number): Lent | undefined {
    const lent = this.#lent.get(run);
    return lent !== undefined && this.#parts.relay.find(lent.live.options.stream) === lent.live
      ? lent
      : undefined;
  }
}

function takeBack({ live, nodes }: Lent, node: string): void {
  const known = nodes.get(node);
  nodes.delete(node);
  if (known !== undefined) live.leave(known.side);
}
