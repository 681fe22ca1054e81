/** What happens to somebody without a server, as `AppEvent`s: from what their node tells, and from what it writes down. */

import type { AccountId, TransferId } from "../../base/ids.ts";
import { Channel } from "../../base/channel.ts";
import type { KnownPeer } from "../../client/p2p/address_book.ts";
import type { NodeEvent } from "../../client/p2p/node_parts.ts";
import type { Pairs } from "../../client/p2p/pairs.ts";
import { type AppEvent, entryEvent } from "../events.ts";

/** Of one person: more do not change between two looks. */
const LOOKED_AT = 50;
const ENDED: ReadonlySet<string> = new Set(["done", "declined", "cancelled"]);

/** Knows what was told. */
export class NodeNews {
  readonly #pairs: () => Pairs;
  readonly #news = new Channel<NodeEvent>();
  readonly #transfers = new Map<TransferId, string>();
  /** Whose transfers were seen before: what was over by then is no news. */
  readonly #seen = new Set<AccountId>();

  /** `pairs` is called when something has happened. */
  constructor(pairs: () => Pairs) {
    this.#pairs = pairs;
  }

  /** Takes what the node tells. Never throws. */
  push(event: NodeEvent): void {
    this.#news.push(event);
  }

  /** Tells what happens until `signal` aborts; rejects with its reason. */
  async follow(take: (event: AppEvent) => Promise<void>, signal: AbortSignal): Promise<void> {
    for (;;) {
      const event = await this.#news.next({ signal });
      if (event === undefined) return;
      for await (const one of this.#eventsOf(event)) await take(one);
    }
  }

  async *#eventsOf(event: NodeEvent): AsyncGenerator<AppEvent> {
    switch (event.type) {
      case "connected": {
        const { peer, isNew } = event;
        const pair = await this.#pairs().open(peer);
        const isVerified = (await pair.meet()).trust === "verified";
        yield { type: "peer", peer, link: { isNew, isVerified, transport: pair.transport } };
        // What was offered before somebody came is told when they are here.
        return yield* this.#transfersOf(peer);
      }
      case "disconnected":
        return yield { type: "peer", peer: event.peer, link: undefined };
      case "impostor":
        return yield event;
      case "written":
        return yield* this.#transfersOf(event.peer);
      case "pair":
        return yield* this.#saidWith(event);
    }
  }

  async *#saidWith(
    { peer, event }: Extract<NodeEvent, { type: "pair" }>,
  ): AsyncGenerator<AppEvent> {
    if (event.type === "delivery") return yield event;
    // Of own ones the command tells that wrote them.
    if (event.type !== "entry" || event.entry.own) return;
    const { entry } = event;
    // `#transfersOf` tells of it, with its number.
    if (entry.kind === "notice" && entry.id === "file-offer") return;
    const pair = await this.#pairs().open(peer);
    if (entry.kind === "notice" && entry.id === "stream-offer") {
      const stream = (await pair.streams.waiting()).at(-1);
      if (stream !== undefined) yield { type: "stream-offer", stream };
      return;
    }
    const place = pair.messenger.history.index.text(entry.id)?.place ?? 0;
    yield await entryEvent(pair, { ...entry, place });
  }

  /** What is new of somebody's, while they are connected: offers, and ends. */
  async *#transfersOf(peer: KnownPeer): AsyncGenerator<AppEvent> {
    if (!this.#pairs().isConnected(peer.account)) return;
    const { transfers } = await this.#pairs().open(peer);
    const isFirst = !this.#seen.has(peer.account);
    this.#seen.add(peer.account);
    for (const { id, state: { state } } of transfers.newestStates(LOOKED_AT)) {
      const before = this.#transfers.get(id);
      this.#transfers.set(id, state);
      const isOver = ENDED.has(state);
      if (before === state || (isFirst && before === undefined && isOver)) continue;
      const transfer = await transfers.find(id);
      if (transfer === undefined) continue;
      if (isOver || (transfer.direction === "in" && state === "offered")) {
        yield { type: "transfer", transfer };
      }
    }
  }
}
