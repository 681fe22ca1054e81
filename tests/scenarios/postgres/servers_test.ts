/** Whole servers as nodes of one, on one PostgreSQL and one NATS. */

import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { dialTls } from "../../../lib/net/dialling/dial.ts";
import type { StoreChoice } from "../../../lib/server/config/store_url.ts";
import type { ServerOptions } from "../../../lib/server/config/server_options.ts";
import { Server } from "../../../lib/server/server.ts";
import { FolderObjects } from "../../../lib/server/spool/folder_objects.ts";
import { PieceBlobs } from "../../../lib/server/spool/piece_blobs.ts";
import { until } from "../../kit/cluster.ts";
import { hasNats, NatsServer } from "../../kit/nats.ts";
import { type PostgresServer, postgresTest } from "../../kit/postgres.ts";
import { RawClient } from "../../kit/raw_client.ts";
import { scratch } from "../server/server_process.ts";

/** What a node has of its own, and what a new one needs of another. */
const KEYS: readonly string[] = ["ca.pem", "ca.key", "opaque.setup", "store.json"];

function storeOf({ address: { socket, user, database } }: PostgresServer): StoreChoice {
  const url = `postgres://${user}@/${database}?host=${socket.path}`;
  return {
    place: {
      socket: { transport: "unix", path: socket.path },
      user,
      database,
      caFile: undefined,
    },
    url,
    passwordFile: undefined,
  };
}

function optionsOf(folder: string, more: Partial<ServerOptions>): ServerOptions {
  return {
    dataFolder: join(folder, "data"),
    cacheFolder: join(folder, "cache"),
    videoFolder: folder,
    listen: { host: "127.0.0.1", port: 0 },
    tls: "auto",
    registration: "open",
    loginAttempts: 3,
    lockSeconds: 60,
    ffmpegPath: undefined,
    frameQuotaBytes: 1 << 20,
    maxConnections: 100,
    spoolDescriptors: 100,
    clock: systemClock,
    random: systemRandom,
    ...more,
  };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

const test = postgresTest(
  "a second node finds the first, tells its clients what the first has to say, and is refused in words under a name that is taken",
  async (postgres) => {
    await using owner = new AsyncDisposableStack();
    const nats = owner.use(await NatsServer.start());
    const [first, second, third] = [
      owner.use(await scratch()),
      owner.use(await scratch()),
      owner.use(await scratch()),
    ];
    const common = { store: storeOf(postgres), bus: nats.choice };
    const one = owner.use(await Server.open(optionsOf(first.folder, { ...common, node: "one" })));
    for (const { folder } of [second, third]) {
      await Deno.mkdir(join(folder, "data"), { mode: 0o700 });
      for (const name of KEYS) {
        await Deno.copyFile(join(first.folder, "data", name), join(folder, "data", name));
      }
    }
    await rejects(Server.open(optionsOf(third.folder, { ...common, node: "one" })), {
      code: "node-name-taken",
      message: "Cannot join the other nodes: one named one runs already",
    });
    const two = owner.use(await Server.open(optionsOf(second.folder, { ...common, node: "two" })));
    const caPem = await Deno.readTextFile(join(second.folder, "data/ca.pem"));
    const dialled = await dialTls(two.address, caPem, { clock: systemClock, timeoutMs: 60_000 });
    const client = new RawClient(dialled.stream);
    owner.defer(() => client.close());
    await client.hello();
    const answers = async () =>
      (await one.parts.bus.ask("link.answer", {
        account: "nobody" as Parameters<typeof one.parts.sessions.of>[0],
        link: "0".repeat(32),
        answer: undefined,
      }, { deadlineMs: 60_000 })).length;
    await until(async () => await answers() === 2);
    deepEqual([one.parts.bus.isAlone, two.parts.bus.isUp], [false, true]);
  },
);
Deno.test({ ...test, ignore: test.ignore === true || !hasNats() });

Deno.test(postgresTest(
  "a server whose spool is another one's makes neither tables nor keys",
  async (postgres) => {
    await using place = await scratch();
    const { folder } = place;
    await using database = await postgres.connect({
      ...postgres.address,
      application: "a test that looks",
    });
    await database.transaction((transaction) =>
      transaction.script("DROP SCHEMA IF EXISTS heliograph CASCADE")
    );
    const path = join(folder, "spool");
    {
      using objects = await FolderObjects.open(path, systemRandom);
      await PieceBlobs.open(objects, "2".repeat(64), systemRandom);
    }
    const spool = { place: { kind: "folder", path }, credentialsFile: undefined } as const;
    const opening = Server.open(optionsOf(folder, { store: storeOf(postgres), spool }));
    await rejects(opening, { code: "another-server", message: /^Cannot use the spool: / });
    const schemas = "SELECT 1 FROM pg_namespace WHERE nspname = 'heliograph'";
    equal(await database.has(schemas), false);
    for (const name of ["ca.key", "opaque.setup", "store.json"]) {
      equal(await exists(join(folder, "data", name)), false, name);
    }
  },
));

Deno.test("a bus without a database that other nodes reach, and a node without a name, are refused before anything is written", async () => {
  await using place = await scratch();
  const { folder } = place;
  const bus = {
    place: {
      hostname: "127.0.0.1",
      port: 1,
      isEncrypted: false,
      user: undefined,
      caFile: undefined,
    },
    passwordFile: undefined,
  };
  await rejects(Server.open(optionsOf(folder, { bus, node: "one" })), {
    message: "bus needs a store that other nodes reach: --store postgres://…",
  });
  const store: StoreChoice = {
    place: {
      socket: { transport: "unix", path: join(folder, "nobody") },
      user: "heliograph",
      database: "heliograph",
      caFile: undefined,
    },
    url: "postgres://heliograph@/heliograph?host=/nowhere",
    passwordFile: undefined,
  };
  await rejects(Server.open(optionsOf(folder, { bus, store })), {
    message: "bus needs the name of this node: --node NAME",
  });
  await rejects(Server.open(optionsOf(folder, { bus, store, node: "one" })), {
    code: "unreachable",
    message: /^Cannot reach NATS at 127\.0\.0\.1:1: /,
  });
  for (const name of ["server.db", "ca.key", "opaque.setup", "store.json"]) {
    equal(await exists(join(folder, "data", name)), false, name);
  }
});
