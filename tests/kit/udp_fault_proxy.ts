/** A UDP proxy on loopback that does what bad networks do to datagrams: it loses, doubles and reorders them, by a seed. */

import { type Clock, systemClock } from "../../lib/base/clock.ts";
import { seeded } from "./seeded.ts";

/** Shares of all datagrams, in percent. May be changed at any time. */
export interface DatagramFaults {
  lossPercent: number;
  duplicatePercent: number;
  /** Held back until later ones have passed, or for a while when there are none. */
  reorderPercent: number;
  /** Nothing passes at all: the way is dead. */
  isDead: boolean;
  /** After so many datagrams, in both directions together, the way is dead. */
  deadAfter: number;
}

/** What became of the datagrams. */
export interface DatagramCounts {
  passed: number;
  lost: number;
  doubled: number;
  reordered: number;
}

interface ProxyOptions {
  readonly seed: number;
  readonly clock?: Clock;
  /** Any that is free when it is left out. */
  readonly port?: number;
}

const HOLD_MS = 15;

/** Who dials the proxy's port reaches the target; each of them from a port of its own. */
export class UdpFaultProxy {
  readonly port: number;
  readonly faults: DatagramFaults = {
    lossPercent: 0,
    duplicatePercent: 0,
    reorderPercent: 0,
    isDead: false,
    deadAfter: Infinity,
  };
  readonly counts: DatagramCounts = { passed: 0, lost: 0, doubled: 0, reordered: 0 };
  readonly #front: Deno.DatagramConn;
  readonly #target: Deno.NetAddr;
  readonly #backs = new Map<number, Deno.DatagramConn>();
  readonly #random: (below: number) => number;
  readonly #clock: Clock;
  readonly #timers = new Set<() => void>();
  readonly #tasks: Promise<void>[] = [];
  #isClosed = false;

  private constructor(targetPort: number, { seed, clock, port }: Required<ProxyOptions>) {
    this.#front = openDatagram(port);
    this.port = (this.#front.addr as Deno.NetAddr).port;
    this.#target = { transport: "udp", hostname: "127.0.0.1", port: targetPort };
    this.#random = seeded(seed);
    this.#clock = clock;
    this.#tasks.push(this.#serve());
  }

  static open(
    targetPort: number,
    { seed, clock = systemClock, port = 0 }: ProxyOptions,
  ): UdpFaultProxy {
    return new UdpFaultProxy(targetPort, { seed, clock, port });
  }

  /** What issue 5 asks for: every fifth datagram is lost, others come twice or in another order. */
  misbehave(): void {
    Object.assign(this.faults, { lossPercent: 20, duplicatePercent: 10, reorderPercent: 10 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const cancel of this.#timers) cancel();
    this.#front.close();
    for (const back of this.#backs.values()) back.close();
    await Promise.all(this.#tasks);
  }

  async #serve(): Promise<void> {
    for await (const [bytes, from] of this.#front) {
      const { port } = from as Deno.NetAddr;
      const back = this.#backs.get(port) ?? this.#openBack(port);
      this.#pass(bytes, (copy) => back.send(copy, this.#target));
    }
  }

  #openBack(port: number): Deno.DatagramConn {
    const back = openDatagram();
    this.#backs.set(port, back);
    const client: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port };
    const serve = async () => {
      for await (const [bytes] of back) {
        this.#pass(bytes, (copy) => this.#front.send(copy, client));
      }
    };
    this.#tasks.push(serve());
    return back;
  }

  #pass(bytes: Uint8Array, send: (bytes: Uint8Array) => Promise<number>): void {
    const { faults, counts } = this;
    const copy = bytes.slice();
    if (counts.passed >= faults.deadAfter) faults.isDead = true;
    const happens = (percent: number) => this.#random(100) < percent;
    if (faults.isDead || happens(faults.lossPercent)) {
      counts.lost++;
      return;
    }
    const deliver = () => {
      if (this.#isClosed || faults.isDead) return;
      counts.passed++;
      // Whoever closed meanwhile, or a full buffer: lost, as datagrams are.
      send(copy).catch(() => counts.lost++);
    };
    if (happens(faults.duplicatePercent)) {
      counts.doubled++;
      deliver();
    }
    if (!happens(faults.reorderPercent)) return deliver();
    counts.reordered++;
    const cancel = this.#clock.after(1 + this.#random(HOLD_MS), () => {
      this.#timers.delete(cancel);
      deliver();
    });
    this.#timers.add(cancel);
  }
}

function openDatagram(port = 0): Deno.DatagramConn {
  return Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port });
}
