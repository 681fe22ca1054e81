/** Wrong databases, and nodes that do not go together: refused in words, with nothing written. */

import { deepEqual, equal, rejects } from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { fingerprint } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import type { NodeOnStore } from "../../../lib/server/store/opened_store.ts";
import { PostgresDatabase } from "../../../lib/server/store/postgres/database.ts";
import { claimDatabase, migratePostgres } from "../../../lib/server/store/postgres/migration.ts";
import {
  nameConnections,
  type OtherNode,
  requireFittingNodes,
} from "../../../lib/server/store/postgres/other_nodes.ts";
import { POSTGRES_MIGRATIONS } from "../../../lib/server/store/postgres/schema.ts";
import { type PostgresServer, postgresTest } from "../../kit/postgres.ts";

let nowMs = 0;
/** A minute passes with each look. */
const HASTY = { ...systemClock, monotonicMs: () => nowMs += 60_000 };

/** Asks it one thing; `answer` is what listens there says to whoever comes, before it hangs up. */
async function askNobody(answer: string): Promise<unknown> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.write(new TextEncoder().encode(answer));
      connection.close();
    }
  })();
  const { hostname, port } = listener.addr as Deno.NetAddr;
  await using database = await PostgresDatabase.open({
    clock: HASTY,
    random: systemRandom,
    address: {
      socket: { transport: "tcp", hostname, port, tls: undefined },
      ...{ user: "heliograph", password: undefined, database: "heliograph", schema: "heliograph" },
    },
  });
  const asked = await database.integer("SELECT 1").catch((error: unknown) => error);
  listener.close();
  await serving.catch(() => {});
  return asked;
}

Deno.test({
  name:
    "what listens where a PostgreSQL should be and is none is said in words, and not asked for ever",
  // The client's timers, for a connection that failed, end later.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const nats = await askNobody('INFO {"server_id":"NA"}\r\n');
    deepEqual([Object(nats).code, Object(nats).message], [
      "unknown-format",
      "Cannot use the database: what listens there is no PostgreSQL",
    ]);
    const silent = await askNobody("");
    equal(Object(silent).code, "unreachable");
  },
});

const INSTANCE = "0123456789abcdef";

function own(bus: NodeOnStore["bus"], ...hears: string[]): NodeOnStore {
  return { instance: "own", authority: 1, bus, hears: () => hears };
}

/** A connection as a node has it, which is there until it is disposed of and says something again and again. */
async function openNode(
  postgres: PostgresServer,
  { version, bus, instance, authority }: OtherNode,
): Promise<AsyncDisposable> {
  const application = ["heliograph", version, bus, instance, authority].join("/");
  const database = await postgres.connect({ ...postgres.address, application });
  let isOpen = true;
  const talking = (async () => {
    while (isOpen) {
      await database.integer("SELECT 1");
      await systemClock.sleep(5);
    }
  })();
  await database.integer("SELECT 1");
  return {
    async [Symbol.asyncDispose]() {
      isOpen = false;
      await talking;
      await database.close();
    },
  };
}

const MISFITS: readonly (readonly [string, OtherNode, NodeOnStore, RegExp])[] = [
  [
    "another-bus",
    { version: "0.1.0", bus: "nats", instance: INSTANCE, authority: 1 },
    own("alone"),
    /running on it with --bus nats:\/\/…, and this one is started without --bus/,
  ],
  [
    "another-bus",
    { version: "0.1.0", bus: "alone", instance: INSTANCE, authority: 1 },
    own("alone"),
    /neither knows of the other/,
  ],
  [
    "another-bus",
    { version: "0.1.0", bus: "alone", instance: INSTANCE, authority: 1 },
    own("none"),
    /running on it without --bus, and this one is started with --bus none/,
  ],
  [
    "node-not-heard",
    { version: "0.1.0", bus: "nats", instance: INSTANCE, authority: 1 },
    own("nats", "somebody else"),
    /is not heard on the NATS of this one/,
  ],
  [
    "another-ca",
    { version: "0.1.0", bus: "none", instance: INSTANCE, authority: 2 },
    own("none"),
    /give this one the CA of that/,
  ],
  [
    "another-ca",
    { version: "0.1.0", bus: "none", instance: INSTANCE, authority: 1 },
    { ...own("none"), authority: 2 },
    /give that the CA of this one/,
  ],
  [
    "version-apart",
    { version: "0.3.0", bus: "nats", instance: INSTANCE, authority: 1 },
    own("nats", INSTANCE),
    /a node of version 0\.3\.0 is running on it/,
  ],
];

Deno.test(postgresTest(
  "a node that those who run do not meet, or are not of a version beside it, is refused before the tables are touched",
  async (postgres) => {
    await using database = await postgres.open();
    const owner = { serverId: await fingerprint(utf8("ours")), setupMark: "mark" };
    await claimDatabase(database, owner);
    const migrations = [...POSTGRES_MIGRATIONS, "CREATE TABLE later (id int)"];
    for (const [code, other, node, message] of MISFITS) {
      const judge = () => requireFittingNodes(database, node, systemClock);
      const open = () => migratePostgres(database, { isFirst: false, migrations, owner, judge });
      await using _running = await openNode(postgres, other);
      await rejects(open(), { code, message });
      equal(
        await database.integer("SELECT version FROM heliograph_schema"),
        POSTGRES_MIGRATIONS.length,
      );
    }
  },
));

Deno.test(postgresTest(
  "a node joins those that it hears, of its version or the next, and one whose connections have nobody behind them keeps no node away",
  async (postgres) => {
    await using database = await postgres.open();
    const fits = async (other: OtherNode, node: NodeOnStore) => {
      await using _running = await openNode(postgres, other);
      await requireFittingNodes(database, node, systemClock);
    };
    await fits(
      { version: "0.2.7", bus: "nats", instance: INSTANCE, authority: 1 },
      own("nats", INSTANCE),
    );
    await fits({ version: "0.1.0", bus: "none", instance: INSTANCE, authority: 1 }, own("none"));
    // Its own connections are there as well.
    await fits({ version: "0.1.0", bus: "nats", instance: "own", authority: 1 }, own("nats"));

    const application = nameConnections({ ...own("nats"), instance: INSTANCE });
    await using silent = await postgres.connect({ ...postgres.address, application });
    await silent.integer("SELECT 1");
    await requireFittingNodes(database, own("alone"), HASTY);
  },
));
