/** Two nodes of one server in one process, on one database. */

import { systemClock } from "../../lib/base/clock.ts";
import { Scope } from "../../lib/base/scope.ts";
import type { BusLine } from "../../lib/server/bus/bus_line.ts";
import { ClusterBus } from "../../lib/server/bus/cluster_bus.ts";
import { repair } from "../../lib/server/serving/repair.ts";
import { PostgresStore } from "../../lib/server/store/postgres/postgres_store.ts";
import { NODE, until } from "./cluster.ts";
import type { PostgresServer } from "./postgres.ts";
import { TestServer } from "./test_server.ts";

/** Both, once they know each other. Everything belongs to `owner`. */
export async function openNodes(
  postgres: PostgresServer,
  { line, owner }: { line: () => BusLine | Promise<BusLine>; owner: AsyncDisposableStack },
): Promise<readonly [TestServer, TestServer]> {
  const address = postgres.newAddress();
  owner.use(await postgres.open(address));
  const buses: ClusterBus[] = [];
  const open = async (node: string, copyOf?: string) => {
    const store = owner.use(new PostgresStore(await postgres.connect(address)));
    const own = owner.use(await line());
    return owner.use(
      await TestServer.open({
        wrapStore: () => store,
        ...(copyOf === undefined ? {} : { copyOf }),
        async bus(sessions) {
          const bus = owner.use(await ClusterBus.join({ ...NODE, line: own, sessions, node }));
          buses.push(bus);
          return bus;
        },
      }),
    );
  };
  const first = await open("a");
  // The keys are the same.
  const second = await open("b", first.folder);
  await until(() => buses.every(({ nodes }) => nodes.length === 1));
  const scope = new Scope();
  owner.defer(() => scope.close());
  for (const { parts } of [first, second]) {
    await parts.moderationEffects.look();
    // What is lost is noticed on the real time, as the bus is.
    scope.run("repair", (signal) => repair({ ...parts, clock: systemClock }, signal));
  }
  return [first, second];
}
