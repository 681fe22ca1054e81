/** Two nodes of one server in one process, on one database. */

import { systemClock } from "../../lib/base/clock.ts";
import { Scope } from "../../lib/base/scope.ts";
import type { BusLine } from "../../lib/server/bus/bus_line.ts";
import { ClusterBus } from "../../lib/server/bus/cluster_bus.ts";
import { repair } from "../../lib/server/serving/repair.ts";
import type { Store } from "../../lib/server/store/store.ts";
import type { PostgresAddress } from "../../lib/server/store/postgres/database.ts";
import { PostgresStore } from "../../lib/server/store/postgres/postgres_store.ts";
import { NODE, until } from "./cluster.ts";
import type { PostgresServer } from "./postgres.ts";
import { TestServer } from "./test_server.ts";

type Joined = {
  line: () => BusLine | Promise<BusLine>;
  owner: AsyncDisposableStack;
  /** With a UDP endpoint each. */
  rendezvous?: true;
};

/** Both, once they know each other. Everything belongs to `owner`. */
export async function openNodes(
  postgres: PostgresServer,
  { address = postgres.newAddress(), ...joined }: Joined & { address?: PostgresAddress },
): Promise<readonly [TestServer, TestServer]> {
  const { owner } = joined;
  owner.use(await postgres.open(address));
  return await openOver(
    async () => owner.use(new PostgresStore(await postgres.connect(address))),
    joined,
  );
}

/** The same over one database of SQLite, which both have in this process. */
export function openLocalNodes(joined: Joined): Promise<readonly [TestServer, TestServer]> {
  return openOver((first) => Promise.resolve(first?.parts.store), joined);
}

async function openOver(
  connect: (first: TestServer | undefined) => Promise<Store | undefined>,
  { line, owner, ...more }: Joined,
): Promise<readonly [TestServer, TestServer]> {
  const buses: ClusterBus[] = [];
  const open = async (node: string, first?: TestServer) => {
    const store = await connect(first);
    const own = owner.use(await line());
    return owner.use(
      await TestServer.open({
        ...more,
        ...(store === undefined ? {} : { wrapStore: () => store }),
        // The keys are the same.
        ...(first === undefined ? {} : { copyOf: first.folder }),
        async bus(sessions) {
          const bus = owner.use(await ClusterBus.join({ ...NODE, line: own, sessions, node }));
          buses.push(bus);
          return bus;
        },
      }),
    );
  };
  const first = await open("a");
  const second = await open("b", first);
  await until(() => buses.every(({ isUp, others }) => !isUp || others.length === 1));
  const scope = new Scope();
  owner.defer(() => scope.close());
  for (const { parts } of [first, second]) {
    await parts.moderationEffects.look();
    // What is lost is noticed on the real time, as the bus is.
    scope.run("repair", (signal) => repair({ ...parts, clock: systemClock }, signal));
  }
  return [first, second];
}
