/** People at two nodes of a server watch together: a party is what they say in their room, and rests on nothing else. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import { Scope } from "../../../lib/base/scope.ts";
import { Parties } from "../../../lib/client/party/parties.ts";
import { type BusLine, SilentLine } from "../../../lib/server/bus/bus_line.ts";
import { ClusterBus } from "../../../lib/server/bus/cluster_bus.ts";
import { repair } from "../../../lib/server/serving/repair.ts";
import type { Sessions } from "../../../lib/server/sessions/sessions.ts";
import { LineHub } from "../../kit/bad_line.ts";
import { NODE, until } from "../../kit/cluster.ts";
import { seeded } from "../../kit/seeded.ts";
import { World } from "../../kit/test_client.ts";
import { TestServer } from "../../kit/test_server.ts";
import { found, settle } from "../../kit/town.ts";

/** Alice at the first node, Bob at the second. */
async function watchTogether(line: () => BusLine): Promise<void> {
  await using owner = new AsyncDisposableStack();
  const busOf = (node: string) => async (sessions: Sessions) => {
    const own = owner.use(line());
    return owner.use(await ClusterBus.join({ ...NODE, line: own, sessions, node }));
  };
  const world = owner.use(await World.open({ bus: busOf("a") }));
  const { clock, server: one } = world;
  const two = owner.use(
    await TestServer.open({
      ...{ clock, copyOf: one.folder, wrapStore: () => one.parts.store, bus: busOf("b") },
    }),
  );
  const scope = new Scope();
  owner.defer(() => scope.close());
  for (const { parts } of [one, two]) {
    await parts.moderationEffects.look();
    scope.run("repair", (signal) => repair({ ...parts, clock: systemClock }, signal));
  }
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await (await world.client("bob", 1)).connect({ node: two });
  const room = await found(alice, [bob]);
  await settle(alice, bob);
  const host = await new Parties(alice.client).start(room, "night-canary");
  await settle(bob, alice);
  const bobs = await new Parties(bob.client).join(room);
  equal(bobs.video, "night-canary");
  /** Both take up what the other one said. */
  const soon = (isSo: () => boolean) =>
    until(async () => {
      await settle(alice, bob);
      return isSo();
    });
  await soon(() => host.view.watchers.includes(bob.account));
  const now = () => clock.monotonicMs();
  ok(await host.say({ positionMs: 60_000, localMs: now(), rate: 2, isPaused: false }));
  const laterMs = now() + 1_000;
  await soon(() => Math.abs(bobs.positionAt(laterMs) - 62_000) < 5);
  ok(await host.say({ positionMs: 61_000, localMs: now(), rate: 1, isPaused: true }));
  await soon(() => bobs.positionAt(laterMs) === 61_000);
  ok(await host.end());
  await soon(() => bobs.view.state === "over");
  deepEqual([one.faults, two.faults], [[], []]);
}

Deno.test("two people at two nodes watch together, over lines that lose, double, delay and reorder everything", async () => {
  const hub = new LineHub(seeded(11));
  await watchTogether(() => hub.line());
  hub.close();
  ok(hub.faults.lost > 0, JSON.stringify(hub.faults));
});

Deno.test("two people at two nodes watch together without a bus", () =>
  watchTogether(() => new SilentLine()));
