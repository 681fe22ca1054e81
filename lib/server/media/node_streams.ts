/**
 * Live streams between the nodes of a server. One that is sent elsewhere runs here once more as soon as somebody here watches it,
 * with that node for its sender; there this node is one watcher. What was lost on the way is said again each second.
 */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError, type Refusal } from "../../base/errors.ts";
import type { AccountId, ConversationId, StreamId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { refuse } from "../../protocol/failure.ts";
import {
  STREAM_PART_MAX_BYTES,
  STREAM_QUEUE_BYTES,
  STREAMS_SENT_MAX,
} from "../../protocol/limits.ts";
import { unknownStream } from "../../relay/live_relay.ts";
import { type LiveStream, requireWatcherPlace } from "../../relay/live_stream.ts";
import type { MessageLog } from "../../relay/message_log.ts";
import { conversationId } from "../../relay/submitted.ts";
import { ANSWER_DEADLINE_MS, type Bus } from "../bus/bus.ts";
import type { StreamFound, StreamOver, StreamUnit, StreamWatching } from "../bus/stream_news.ts";
import { NodeWatcher } from "./node_watcher.ts";
import type { StreamRelay, StreamSide } from "./session_streams.ts";
import type { Watcher } from "./watcher.ts";

const log = logger("server", "streams");

/** How often what matters is said again. */
const BEAT_MS = 1_000;
/** What comes is said to have come so often at least. */
const TAKEN_EVERY_BYTES = STREAM_QUEUE_BYTES / 4;

type Live = LiveStream<StreamSide, Watcher | NodeWatcher>;
type At = Pick<StreamFound, "node" | "run">;

/** A stream that is sent here and watched at other nodes. */
interface Lent {
  readonly live: Live;
  /** By instance. */
  readonly nodes: Map<string, { side: StreamSide; watcher: NodeWatcher; number: number }>;
}

/** One that is sent elsewhere and watched here. */
interface Borrowed {
  readonly at: At;
  readonly live: Live;
  readonly side: StreamSide;
  /** Somebody has joined, or has had the time to. */
  isJoined: boolean;
  unit: number;
  /** Up to here it came, or was lost. */
  sentBytes: number;
  toldBytes: number;
}

/** What it is made of. */
export interface NodeStreamsParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly store: Pick<MessageLog, "findGroup">;
  readonly relay: StreamRelay;
}

/** For a server that may have several nodes. Its timer runs while a stream does; whoever made it closes it. */
export class NodeStreams {
  readonly #parts: NodeStreamsParts;
  readonly #runs = new WeakMap<Live, number>();
  readonly #lent = new Map<number, Lent>();
  readonly #borrowed = new Map<string, Borrowed>();
  /** Their senders. */
  readonly #elsewhere = new WeakSet<StreamSide>();
  #run = 0;
  #number = 0;
  #cancelBeat: (() => void) | undefined;
  #isClosed = false;

  constructor(parts: NodeStreamsParts) {
    this.#parts = parts;
    const { bus } = parts;
    bus.answer("stream.find", ({ stream }) => this.#findHere(stream));
    bus.answer("stream.begins", (asked) => this.#beginsElsewhere(asked));
    bus.subscribe("stream.unit", (news) => this.#takeUnit(news));
    bus.subscribe("stream.running", (news) => this.#heard(news, news.sentBytes));
    bus.subscribe("stream.over", (news) => this.#takeOver(news));
    bus.subscribe("stream.watching", (news) => this.#takeWatching(news));
    bus.subscribe("stream.said", ({ run, node, bytes }) => this.#takeSaid({ run, node }, bytes));
    bus.onLoss(() => this.#forgetGone());
  }

  /** Where a stream is sent. Throws Refusal `unknown-stream`, in words that say where it was looked for. */
  async find(stream: StreamId): Promise<StreamFound> {
    const { bus } = this.#parts;
    const answers = await bus.ask("stream.find", { stream }, { deadlineMs: ANSWER_DEADLINE_MS });
    const found = answers.find((answer) =>
      answer !== undefined && answer.node !== bus.own.instance
    );
    if (found !== undefined) return found;
    throw streamNotHere(bus);
  }

  /** From now on it runs here too, for whoever joins it in the same turn. Throws Refusal `too-many`, `not-permitted`. */
  borrow(stream: StreamId, found: StreamFound): void {
    const { relay } = this.#parts;
    // It began here meanwhile, or somebody else here joined it.
    if (relay.find(stream) !== undefined) return;
    requireWatcherPlace(found.connections);
    const { node, run, conversation, account } = found;
    const at = { node, run };
    const side: StreamSide = {
      push: (kind, _fields, { payload } = {}) => {
        if (kind === "stream.watchers") this.#tellWatching(at);
        else if (kind === "stream.heard" && payload !== undefined) this.#say(at, payload);
      },
    };
    relay.open({ stream, conversation, account, sender: side });
    const live = relay.find(stream);
    if (live === undefined) return;
    this.#elsewhere.add(side);
    const counts = { unit: -1, sentBytes: 0, toldBytes: 0 };
    this.#borrowed.set(keyOf(at), { at, live, side, isJoined: false, ...counts });
    this.#beatOn();
  }

  /** Before an account begins one here: one of this id that it has at another node ends. Throws Refusal `not-permitted`, `too-many`. */
  async begin(
    asked: { stream: StreamId; conversation: ConversationId; account: AccountId },
  ): Promise<void> {
    const { bus } = this.#parts;
    const node = bus.own.instance;
    const deadlineMs = ANSWER_DEADLINE_MS;
    const answers = await bus.ask("stream.begins", { ...asked, node }, { deadlineMs });
    if (answers.some(({ isTaken }) => isTaken)) {
      throw refuse("not-permitted", "Cannot open stream: there is one of this id");
    }
    if (answers.reduce((all, { sent }) => all + sent, 0) >= STREAMS_SENT_MAX) {
      throw refuse(
        "too-many",
        `You are already sending ${STREAMS_SENT_MAX} streams: end one first`,
      );
    }
  }

  /** News that an account is out of a conversation may have been lost: it watches and sends nothing more there. Never rejects. */
  async reconsider(): Promise<void> {
    const { relay, store } = this.#parts;
    try {
      for (const { accounts, options } of [...relay]) {
        const conversation = conversationId(options.conversation);
        for (const account of new Set([options.account, ...accounts])) {
          if (await store.findGroup({ conversation, account }) !== undefined) continue;
          relay.removed(conversation, [account]);
        }
      }
    } catch (error) {
      // It is looked at again soon.
      log.error("watchers not looked at", { reason: describeError(error) });
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelBeat?.();
  }

  // Where it is sent.

  #findHere(stream: StreamId): StreamFound | undefined {
    const live = this.#parts.relay.find(stream);
    if (live === undefined || this.#isBorrowed(live)) return undefined;
    let run = this.#runs.get(live);
    if (run === undefined) this.#runs.set(live, run = ++this.#run);
    if (!this.#lent.has(run)) this.#lent.set(run, { live, nodes: new Map() });
    this.#beatOn();
    const { options: { conversation, account }, watcherCount: connections } = live;
    const node = this.#parts.bus.own.instance;
    return { node, run, conversation: conversationId(conversation), account, connections };
  }

  #beginsElsewhere(
    { node, stream, conversation, account }: {
      node: string;
      stream: StreamId;
      conversation: ConversationId;
      account: AccountId;
    },
  ): { isTaken: boolean; sent: number } {
    const { relay, bus } = this.#parts;
    const sent =
      [...relay].filter((live) =>
        live.options.account === account && live.options.stream !== stream &&
        !this.#isBorrowed(live)
      ).length;
    const live = relay.find(stream);
    if (live === undefined || this.#isBorrowed(live)) return { isTaken: false, sent };
    const { options } = live;
    const isTaken = options.account !== account || options.conversation !== conversation;
    if (!isTaken && node !== bus.own.instance) relay.lose(stream);
    return { isTaken, sent };
  }

  #takeWatching({ node, run, number, connections, takenBytes }: StreamWatching): void {
    const lent = this.#lent.get(run);
    if (lent === undefined || !this.#runsStill(lent)) {
      if (connections > 0) this.#tellOver(node, run, "lost");
      return;
    }
    const { live, nodes } = lent;
    const known = nodes.get(node);
    if (known !== undefined && number <= known.number) return;
    if (connections === 0) {
      nodes.delete(node);
      if (known !== undefined) live.leave(known.side);
      return;
    }
    if (known === undefined) return this.#lend(lent, { node, run, number, connections });
    known.number = number;
    known.watcher.taken(takenBytes);
    if (known.watcher.connections === connections) return;
    known.watcher.connections = connections;
    live.recount();
  }

  #lend(
    { live, nodes }: Lent,
    { node, run, number, connections }: At & { number: number; connections: number },
  ): void {
    const { bus } = this.#parts;
    const own = bus.own.instance;
    const side: StreamSide = { push() {} };
    const watcher = new NodeWatcher(connections, {
      unit: (unit) => bus.tell(node, "stream.unit", { node: own, run, ...unit }),
      over: (reason) => this.#tellOver(node, run, reason),
    });
    nodes.set(node, { side, watcher, number });
    live.add(side, watcher);
  }

  #takeSaid({ node, run }: At, bytes: Bytes): void {
    const lent = this.#lent.get(run);
    if (lent === undefined || !lent.nodes.has(node) || !this.#runsStill(lent)) return;
    const { stream, sender } = lent.live.options;
    sender.push("stream.heard", { stream }, { payload: bytes, lane: "live" });
  }

  #tellOver(node: string, run: number, reason: "ended" | "lost" | "removed"): void {
    const over = reason === "ended" ? reason : "lost";
    const own = this.#parts.bus.own.instance;
    this.#parts.bus.tell(node, "stream.over", { node: own, run, reason: over });
  }

  #runsStill({ live }: Pick<Lent, "live">): boolean {
    return this.#parts.relay.find(live.options.stream) === live;
  }

  // Where it is watched.

  #isBorrowed({ options: { sender } }: Live): boolean {
    return this.#elsewhere.has(sender);
  }

  /** Undefined where nobody watches it here any more: its node is told so. */
  #heard(at: At, sentBytes: number): Borrowed | undefined {
    const borrowed = this.#borrowed.get(keyOf(at));
    if (borrowed === undefined || !this.#runsStill(borrowed)) {
      this.#tellWatching(at);
      return undefined;
    }
    borrowed.sentBytes = Math.max(borrowed.sentBytes, sentBytes);
    return borrowed;
  }

  #takeUnit({ node, run, unit, sentBytes, bytes }: StreamUnit): void {
    const borrowed = this.#heard({ node, run }, sentBytes);
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
    if (borrowed.sentBytes - borrowed.toldBytes >= TAKEN_EVERY_BYTES) {
      this.#tellWatching(borrowed.at);
    }
  }

  #takeOver({ node, run, reason }: StreamOver): void {
    const borrowed = this.#borrowed.get(keyOf({ node, run }));
    if (borrowed !== undefined) this.#giveBack(borrowed, reason);
  }

  #giveBack(borrowed: Borrowed, reason: "ended" | "lost"): void {
    const { at, live: { options: { stream } }, side } = borrowed;
    this.#borrowed.delete(keyOf(at));
    if (!this.#runsStill(borrowed)) return;
    if (reason === "ended") this.#parts.relay.leave(side, stream);
    else this.#parts.relay.lose(stream);
  }

  #say({ node, run }: At, bytes: Bytes): void {
    const { bus } = this.#parts;
    bus.tell(node, "stream.said", { node: bus.own.instance, run, bytes });
  }

  /** Tells the node of its sender how many watch it here: with none it is given back. */
  #tellWatching(at: At): void {
    const { bus } = this.#parts;
    const borrowed = this.#borrowed.get(keyOf(at));
    const isRunning = borrowed !== undefined && this.#runsStill(borrowed);
    const connections = isRunning ? borrowed.live.watcherCount : 0;
    const takenBytes = borrowed?.sentBytes ?? 0;
    if (borrowed !== undefined) {
      const isEarly = !borrowed.isJoined && isRunning && connections === 0;
      borrowed.isJoined = true;
      if (isEarly) return;
      borrowed.toldBytes = takenBytes;
      if (connections === 0) this.#giveBack(borrowed, "ended");
    }
    bus.tell(at.node, "stream.watching", {
      ...{ node: bus.own.instance, run: at.run, number: ++this.#number },
      ...{ connections, takenBytes },
    });
  }

  // Both.

  /** A node that is gone watches nothing and sends nothing. */
  #forgetGone(): void {
    const others = new Set(this.#parts.bus.others.map(({ instance }) => instance));
    for (const borrowed of this.#borrowed.values()) {
      if (!others.has(borrowed.at.node)) this.#giveBack(borrowed, "lost");
    }
    for (const { live, nodes } of this.#lent.values()) {
      for (const [node, { side }] of nodes) {
        if (others.has(node)) continue;
        nodes.delete(node);
        live.leave(side);
      }
    }
  }

  #beatOn(): void {
    if (this.#cancelBeat !== undefined || this.#isClosed) return;
    this.#cancelBeat = this.#parts.clock.after(BEAT_MS, () => {
      this.#cancelBeat = undefined;
      this.#beat();
      if (this.#lent.size + this.#borrowed.size > 0) this.#beatOn();
    });
  }

  #beat(): void {
    const { bus } = this.#parts;
    this.#forgetGone();
    for (const { at } of this.#borrowed.values()) this.#tellWatching(at);
    for (const [run, lent] of this.#lent) {
      if (!this.#runsStill(lent)) this.#lent.delete(run);
      else {
        for (const [node, { watcher: { sentBytes } }] of lent.nodes) {
          bus.tell(node, "stream.running", { node: bus.own.instance, run, sentBytes });
        }
      }
    }
  }
}

/** The same words for all, so that nobody learns whether it runs. */
export function streamNotHere({ isUp }: Pick<Bus, "isUp">): Refusal {
  return isUp ? unknownStream() : refuse(
    "unknown-stream",
    "This stream has ended, or whoever sends it is at another node of this server, which this one cannot reach",
  );
}

function keyOf({ node, run }: At): string {
  return `${node} ${run}`;
}
