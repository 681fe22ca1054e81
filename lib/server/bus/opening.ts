/** The bus that a server is started with: over NATS to the other nodes, or none. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { UsageError } from "../../base/errors.ts";
import type { Fingerprint } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import type { ChosenBus } from "../config/bus_url.ts";
import type { StoreChoice } from "../config/store_url.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { type Bus, LocalBus } from "./bus.ts";
import { type BusLine, SilentLine } from "./bus_line.ts";

/** What is known before anything of the server is open. */
interface Chosen {
  readonly bus?: ChosenBus;
  /** Of this node. */
  readonly node?: string;
  readonly store?: StoreChoice;
}

/**
 * The line to other nodes, before anything is written; undefined where there are none. It belongs to `owned`. Rejects with
 * UsageError where the store is this machine's own, and with what `NatsLine.open` rejects with.
 */
export async function openBusLine(
  { bus, node, store }: Chosen,
  owned: AsyncDisposableStack,
): Promise<BusLine | undefined> {
  if (bus === undefined) return undefined;
  if (store === undefined) {
    throw new UsageError(
      "bad-option",
      "bus needs a store that other nodes reach: --store postgres://…",
    );
  }
  if (bus === "none") return owned.use(new SilentLine());
  if (node === undefined) {
    throw new UsageError("bad-option", "bus needs the name of this node: --node NAME");
  }
  // With its client, only for who wants it.
  const { NatsLine } = await import("./nats_line.ts");
  return owned.use(await NatsLine.open(bus));
}

/** By what a node knows of others: all of a server have the same. */
export function nameBus(bus: ChosenBus | undefined): "alone" | "none" | "nats" {
  if (bus === undefined) return "alone";
  return bus === "none" ? "none" : "nats";
}

/** What a node says who it is with. */
export interface NodeIdentity {
  readonly node: string | undefined;
  /** Of this run. */
  readonly instance: Bytes;
  readonly sessions: Sessions;
  /** The one secret that all nodes of a server have and nobody else. */
  readonly secret: Bytes;
  readonly serverId: Fingerprint;
  readonly clock: Clock;
  readonly random: Random;
}

/** Over `line`, with the other nodes, to which it belongs until `owned` is disposed of. Rejects with TransportError `node-name-taken`. */
export async function openBus(
  line: BusLine | undefined,
  owned: AsyncDisposableStack,
  { node = "", serverId, ...parts }: NodeIdentity,
): Promise<Bus> {
  if (line === undefined) return new LocalBus(parts.sessions);
  const { ClusterBus } = await import("./cluster_bus.ts");
  return owned.use(await ClusterBus.join({ ...parts, line, node, server: serverId }));
}
