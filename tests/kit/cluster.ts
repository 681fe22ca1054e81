/** Nodes of one server, joined in one process. */

import { utf8 } from "../../lib/base/bytes.ts";
import { systemClock } from "../../lib/base/clock.ts";
import { systemRandom } from "../../lib/base/random.ts";
import type { BusLine } from "../../lib/server/bus/bus_line.ts";
import { ClusterBus, type NodeParts } from "../../lib/server/bus/cluster_bus.ts";
import type { Sessions } from "../../lib/server/sessions/sessions.ts";
import { HANG_MS } from "./hang.ts";

/** What a node of a test joins with, beside its line and its sessions. */
export const NODE: Omit<NodeParts, "line" | "sessions" | "node"> = {
  secret: utf8("a secret of all nodes, and of nobody else"),
  server: "test",
  clock: systemClock,
  random: systemRandom,
  // A machine that stands still for seconds loses nobody.
  patience: { answerMs: HANG_MS, goneMs: HANG_MS },
};

/** The buses of nodes `n0`, `n1` and so on, each over a line of its own, once they know each other. `owner` closes them. */
export async function joinNodes(
  nodes: readonly Sessions[],
  { line, owner }: { line: () => BusLine | Promise<BusLine>; owner: AsyncDisposableStack },
): Promise<readonly ClusterBus[]> {
  const lines = await Promise.all(nodes.map(async () => owner.use(await line())));
  const buses = await Promise.all(nodes.map(async (sessions, at) =>
    owner.use(
      await ClusterBus.join({ ...NODE, line: lines[at], sessions, node: `n${at}` }),
    )
  ));
  await until(() => buses.every((bus) => bus.others.length === nodes.length - 1));
  return buses;
}

/** Of the other nodes that it knows. */
export function namesOf({ others }: ClusterBus): string[] {
  return others.map(({ name }) => name);
}

/** Resolves once it is so. Rejects where a test would hang. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const hang = systemClock.deadline(HANG_MS);
  while (!await isSo()) {
    hang.throwIfAborted();
    await systemClock.sleep(5);
  }
}
