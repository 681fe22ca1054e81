/** The other nodes, as this one hears of them: who is there, and whether all of their news came. In memory. */

import type { Clock } from "../../base/clock.ts";
import { logger } from "../../base/log.ts";
import type { NodeId } from "./bus.ts";
import type { NodeWord } from "./node_words.ts";

const log = logger("server", "bus");

/** How often each node says that it is there. */
export const BEAT_MS = 1_000;
/** A node that was not heard for so long is gone: a machine that works hard may leave out a few beats. */
const GONE_MS = 5_000;
/** News may be overtaken by the beat that counts them; what has not come by then is lost. */
const LATE_MS = 300;
/** News that came before others of the same node: with more, those are lost and not only late. */
const MAX_AHEAD = 1_000;

type Beat = Extract<NodeWord, { is: "beat" }>;

interface Peer {
  readonly name: string;
  heardMs: number;
  /** Every one of its news up to here came, or was told as lost. */
  newsUpTo: number;
  readonly ahead: Set<number>;
  cancelCheck: (() => void) | undefined;
}

/** What follows from what was heard. */
export interface PeersEvents {
  /** Something that another node said may not have come. */
  readonly lost: () => void;
  /** It has shown that it runs. */
  readonly come: (instance: string) => void;
  readonly gone: (instance: string) => void;
  /** Somebody is new, or does not know this node yet: it is to say that it is here. */
  readonly greet: () => void;
}

/** Its owner closes it. */
export class Peers {
  readonly #own: NodeId;
  readonly #clock: Clock;
  readonly #events: PeersEvents;
  readonly #goneMs: number;
  /** By instance: those whose beat named this node's instance, and so was said while it runs. */
  readonly #peers = new Map<string, Peer>();
  /** Instances that were heard, proven or not: what this node's beat names. */
  readonly #seen = new Map<string, number>();

  constructor(
    own: NodeId,
    { clock, events, goneMs = GONE_MS }: {
      readonly clock: Clock;
      readonly events: PeersEvents;
      readonly goneMs?: number | undefined;
    },
  ) {
    this.#goneMs = goneMs;
    this.#own = own;
    this.#clock = clock;
    this.#events = events;
  }

  /** The instances that answer. */
  get instances(): readonly string[] {
    return [...this.#peers.keys()];
  }

  /** The other nodes, by name. */
  get nodes(): readonly NodeId[] {
    return [...this.#peers].map(([instance, { name }]) => ({ instance, name }))
      .sort((left, right) => left.name < right.name ? -1 : 1);
  }

  /** What this node's beat names. */
  get seen(): readonly string[] {
    return [...this.#seen.keys()];
  }

  has(instance: string): boolean {
    return this.#peers.has(instance);
  }

  /** A beat of an instance, which may be one of long ago that somebody says again. */
  beat(instance: string, { node: name, news, sees }: Beat): void {
    const isNew = !this.#seen.has(instance);
    const nowMs = this.#clock.monotonicMs();
    this.#seen.set(instance, nowMs);
    const peer = this.#peers.get(instance);
    if (!sees.includes(this.#own.instance)) {
      if (isNew || peer !== undefined) this.#events.greet();
      return;
    }
    if (peer === undefined) {
      this.#come(instance, { name, news, heardMs: nowMs });
      if (isNew) this.#events.greet();
      return;
    }
    peer.heardMs = nowMs;
    if (news > peer.newsUpTo) {
      peer.cancelCheck ??= this.#clock.after(LATE_MS, () => this.#check(peer, news));
    }
  }

  /** One of its news came, by its number. */
  news(instance: string, number: number): void {
    const peer = this.#peers.get(instance);
    if (peer === undefined || number <= peer.newsUpTo) return;
    peer.ahead.add(number);
    advance(peer);
    if (peer.ahead.size > MAX_AHEAD) this.#check(peer, Math.max(...peer.ahead));
  }

  /** It says that it ends. */
  bye(instance: string): void {
    this.#seen.delete(instance);
    this.#leave(instance);
  }

  /** Those that were not heard for long are gone. At each beat of this node. */
  sweep(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [instance, heardMs] of this.#seen) {
      if (nowMs - heardMs > this.#goneMs) this.#seen.delete(instance);
    }
    for (const [instance, { heardMs }] of this.#peers) {
      if (nowMs - heardMs > this.#goneMs) this.#leave(instance);
    }
  }

  close(): void {
    for (const { cancelCheck } of this.#peers.values()) cancelCheck?.();
    this.#peers.clear();
  }

  #come(
    instance: string,
    { name, news, heardMs }: { name: string; news: number; heardMs: number },
  ): void {
    // The run of the same node before: it was killed and could not say so.
    const before = [...this.#peers].find(([, peer]) => peer.name === name);
    if (before !== undefined) this.#leave(before[0]);
    this.#events.come(instance);
    const ahead = new Set<number>();
    this.#peers.set(instance, { name, heardMs, newsUpTo: news, ahead, cancelCheck: undefined });
    if (name === this.#own.name) log.error("node name twice", { node: name });
    else log.info("node here", { node: name });
    // What it told before was not for this node.
    this.#events.lost();
  }

  #leave(instance: string): void {
    const peer = this.#peers.get(instance);
    if (peer === undefined) return;
    peer.cancelCheck?.();
    this.#peers.delete(instance);
    log.info("node gone", { node: peer.name });
    this.#events.gone(instance);
    // It may have written something down and not come to tell it.
    this.#events.lost();
  }

  #check(peer: Peer, news: number): void {
    peer.cancelCheck?.();
    peer.cancelCheck = undefined;
    if (news <= peer.newsUpTo) return;
    log.debug("news lost", { node: peer.name });
    peer.newsUpTo = news;
    for (const number of peer.ahead) if (number <= news) peer.ahead.delete(number);
    advance(peer);
    this.#events.lost();
  }
}

/** Over what came without a gap. */
function advance(peer: Peer): void {
  while (peer.ahead.delete(peer.newsUpTo + 1)) peer.newsUpTo++;
}
