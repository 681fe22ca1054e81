/** The presence of nodes in one process, and sessions that know of people what they were told. */

import { systemClock } from "../../lib/base/clock.ts";
import type { AccountId, AccountName, Fingerprint } from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { Scope } from "../../lib/base/scope.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../lib/protocol/limits.ts";
import { PacketDecoder } from "../../lib/protocol/packet.ts";
import type { BusLine } from "../../lib/server/bus/bus_line.ts";
import { ClusterBus, type NodeParts } from "../../lib/server/bus/cluster_bus.ts";
import { Presence } from "../../lib/server/presence/presence.ts";
import { again } from "../../lib/server/serving/repair.ts";
import type { Session } from "../../lib/server/sessions/session.ts";
import { Sessions } from "../../lib/server/sessions/sessions.ts";
import { NODE } from "./cluster.ts";

export const IDENTITY = "a".repeat(64) as Fingerprint;

/** Who somebody is whose id is their name. */
export function person(name: string, peers: readonly string[] = []) {
  return {
    name: name as AccountName,
    identity: IDENTITY,
    peers: new Set(peers as AccountId[]),
  };
}

/** A session that keeps what it is told: who is online, who is busy, and what happened once. */
export class Viewer {
  readonly online = new Map<string, string>();
  readonly busy = new Set<string>();
  readonly events: string[] = [];
  readonly session: Session;

  constructor() {
    const connection = {
      send: (packet: Uint8Array<ArrayBuffer>) => {
        this.#take(packet);
        return true;
      },
    };
    this.session = {
      connection,
      state: { name: "ready" },
      address: "192.0.2.1",
      port: 7,
    } as unknown as Session;
  }

  #take(packet: Uint8Array<ArrayBuffer>): void {
    const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
    decoder.push(packet);
    const header = decoder.next()?.header;
    if (header?.kind === "presence.change") {
      const account = String(header.account);
      if (header.busy === true) this.busy.add(account);
      else this.busy.delete(account);
      return;
    }
    if (header?.kind !== "roster.change") return;
    for (const { account, change } of header.changes as { account: string; change: string }[]) {
      if (["online", "offline", "kicked"].includes(change)) this.online.set(account, change);
      else this.events.push(`${account} ${change}`);
    }
  }

  /** In order. */
  get here(): string[] {
    return [...this.online].filter(([, state]) => state === "online").map(([name]) => name).sort();
  }
}

/** One node: its bus, its presence and what repairs it. */
export interface PresenceNode {
  readonly bus: ClusterBus;
  readonly presence: Presence;
  readonly sessions: Sessions;
}

/** Joins over `line`, which stays the caller's. Everything else belongs to `owner`. */
export async function openPresence(
  line: BusLine,
  owner: AsyncDisposableStack,
  parts: Partial<NodeParts> & { readonly node: string },
): Promise<PresenceNode> {
  const sessions = new Sessions(systemClock, systemRandom);
  const bus = owner.use(await ClusterBus.join({ ...NODE, ...parts, line, sessions }));
  const presence = new Presence(systemClock, bus);
  owner.defer(() => presence.close());
  const scope = new Scope();
  owner.defer(() => scope.close());
  scope.run(
    "repair",
    (signal) => again({ bus, clock: systemClock }, signal, () => presence.repair()),
  );
  return { bus, presence, sessions };
}
