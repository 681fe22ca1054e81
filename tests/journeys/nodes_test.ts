/** Two nodes of one server, started by an operator: through the real programs, over PostgreSQL and NATS. */

import { deepEqual, equal, match } from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { until } from "../kit/cluster.ts";
import { hasNats, NatsServer } from "../kit/nats.ts";
import { type PostgresServer, postgresTest } from "../kit/postgres.ts";
import { type Ended, Journey, jsonLines, type RunningClient } from "./programs.ts";

/** What an operator copies from the first node to another. */
const KEYS: readonly string[] = ["ca.pem", "ca.key", "opaque.setup"];

/** What `--store` says of a database that nobody has used yet, as far as servers can see. */
async function newStore(postgres: PostgresServer): Promise<string[]> {
  await using database = await postgres.connect(postgres.address);
  await database.transaction((transaction) =>
    transaction.script("DROP SCHEMA IF EXISTS heliograph CASCADE")
  );
  const { user, database: name, socket } = postgres.address;
  return ["--store", `postgres://${user}@/${name}?host=${dirname(socket.path)}`];
}

/** Of the second process, in the data folder of the first. */
const WORKER_STATE = "workers/2/server.json";

const sum = (counts: readonly number[] = []) => counts.reduce((all, one) => all + one, 0);

function dataOf(folder: string): string {
  return join(folder, "server/heliograph-server/data");
}

async function copyKeys(from: string, to: string): Promise<void> {
  await Deno.mkdir(dataOf(to), { recursive: true, mode: 0o700 });
  for (const name of KEYS) {
    await Deno.copyFile(join(dataOf(from), name), join(dataOf(to), name));
  }
}

function ended(run: Ended, code = 0): Ended {
  equal(run.code, code, run.stdout + run.stderr);
  return run;
}

async function heard(follower: RunningClient, text: string): Promise<unknown> {
  const [message] = jsonLines(await follower.line(new RegExp(`"text":"${text}"`)));
  return { from: message?.from, text: message?.text };
}

/** Until they are, as a node sees it. */
async function online(journey: Journey, person: string): Promise<void> {
  await until(async () => {
    const { stdout } = ended(await journey.operate(["console", "active", "--json"]));
    return stdout.includes(`"name":"${person}"`);
  });
}

async function talkApart(
  postgres: PostgresServer,
  { first, second }: { first: readonly string[]; second: readonly string[] },
): Promise<void> {
  const store = await newStore(postgres);
  await using one = await Journey.open({ serve: [...store, ...first] });
  await using two = await Journey.open({
    serve: [...store, ...second],
    moveIn: (folder) => copyKeys(one.folder, folder),
  });
  equal(one.ready.fingerprint, two.ready.fingerprint);
  ended(await one.register("alice"));
  ended(await two.register("bob"));
  const follow = ["receive", "--follow", "--json"];
  await using alice = one.start("alice", follow);
  await using bob = two.start("bob", follow);
  ended(await one.run("alice", ["send", "bob", "from the first"]));
  deepEqual(await heard(bob, "from the first"), { from: "alice", text: "from the first" });
  ended(await two.run("bob", ["send", "alice", "from the second"]));
  deepEqual(await heard(alice, "from the second"), { from: "bob", text: "from the second" });

  // A broadcast goes by the store, whatever the bus is.
  ended(await one.run("alice", ["broadcast", "to all of both"]));
  const [broadcast] = jsonLines(await bob.line(/"text":"to all of both"/));
  deepEqual([broadcast.type, broadcast.from, broadcast.number], ["broadcast", "alice", 1]);

  // A kick at one node ends the session at the other, and can be taken back there.
  ended(await one.operate(["user", "kick", "bob", "enough"]));
  match((await bob.ended()).stderr, /enough/);
  match((await two.run("bob", ["send", "alice", "still here"])).stderr, /enough/);
  ended(await two.operate(["user", "unkick", "bob"]));
  ended(await two.run("bob", ["send", "alice", "back again"]));
  deepEqual(await heard(alice, "back again"), { from: "bob", text: "back again" });
}

const overNats = postgresTest(
  "two people at two nodes talk over NATS, and a kick at one holds at the other",
  async (postgres) => {
    await using nats = await NatsServer.start();
    const bus = ["--bus", nats.url, "--node"];
    await talkApart(postgres, { first: [...bus, "one"], second: [...bus, "two"] });
  },
);
Deno.test({ ...overNats, ignore: overNats.ignore === true || !hasNats() });

const drained = postgresTest(
  "an operator lists nodes, and drains one: its people are told, nobody comes in any more, and a restart undoes it",
  async (postgres) => {
    await using nats = await NatsServer.start();
    const serve = [...await newStore(postgres), "--bus", nats.url, "--node"];
    await using one = await Journey.open({ serve: [...serve, "one"] });
    const alone = ended(await one.operate(["node", "drain", "one"]), 6);
    match(alone.stderr, /no other node is heard that could take its people/);
    await using two = await Journey.open({
      serve: [...serve, "two"],
      moveIn: (folder) => copyKeys(one.folder, folder),
    });
    ended(await two.register("bob"));
    await using bob = two.start("bob", ["receive", "--follow", "--json"]);
    await online(one, "bob");
    const listed = jsonLines(ended(await one.operate(["node", "list", "--json"])).stdout);
    deepEqual(listed.map(({ name, own, answers, sessions }) => [name, own, answers, sessions]), [
      ["one", true, true, 0],
      ["two", false, true, 1],
    ]);

    const drain = ended(await one.operate(["node", "drain", "two"]));
    match(drain.stdout, /two is empty, and takes nobody until it is started again\n$/);
    await bob.says(/The connection to the server ended/);
    ended(await two.run("bob", ["send", "bob", "is anybody there"]), 5);
    match(ended(await two.operate(["node", "list"])).stdout, /^two \(this one\) .* drained$/m);
    equal(await two.stop(), 0);
    await two.restart();
    await online(one, "bob");
  },
);
Deno.test({ ...drained, ignore: drained.ignore === true || !hasNats() });

Deno.test(postgresTest(
  "two people at two nodes talk without a bus, by the store alone, and a kick at one holds at the other",
  async (postgres) => {
    const bus = ["--bus", "none"];
    await talkApart(postgres, { first: bus, second: bus });
  },
));

const behindOnePort = postgresTest(
  "several processes behind one port: people talk wherever they came in, a process that is killed comes back, and none outlives the first",
  async (postgres) => {
    await using nats = await NatsServer.start();
    const serve = [...await newStore(postgres), "--bus", nats.url, "--node", "n", "--workers", "2"];
    await using server = await Journey.open({ serve });
    /** How many people are at each of the two; undefined while one is not there. */
    const people = async () => {
      const { stdout } = ended(await server.operate(["console", "info"]));
      const found = /Nodes +n \(this one\): (\d+), n-2: (\d+)/.exec(stdout);
      return found === null ? undefined : [Number(found[1]), Number(found[2])];
    };
    await until(async () => await people() !== undefined);
    ended(await server.register("alice"));
    ended(await server.register("bob"));
    const follow = ["receive", "--follow", "--json"];
    await using alice = server.start("alice", follow);
    await until(async () => (await people())?.includes(1) === true);
    let bob = server.start("bob", follow);
    try {
      // The system shares out who connects, by chance.
      for (;;) {
        await until(async () => sum(await people()) === 2);
        if ((await people())?.[0] === 1) break;
        await bob[Symbol.asyncDispose]();
        await until(async () => sum(await people()) === 1);
        bob = server.start("bob", follow);
      }
      ended(await server.run("alice", ["send", "bob", "to the other one"]));
      deepEqual(await heard(bob, "to the other one"), { from: "alice", text: "to the other one" });

      const { pid } = JSON.parse(
        await Deno.readTextFile(join(dataOf(server.folder), WORKER_STATE)),
      );
      Deno.kill(pid, "SIGKILL");
      ended(await server.run("alice", ["send", "bob", "after it"]));
      ended(await server.run("bob", ["send", "alice", "and back"]));
      deepEqual(await heard(bob, "after it"), { from: "alice", text: "after it" });
      deepEqual(await heard(alice, "and back"), { from: "bob", text: "and back" });
      const pidNow = async () => {
        const text = await Deno.readTextFile(join(dataOf(server.folder), WORKER_STATE));
        return JSON.parse(text).pid;
      };
      await until(async () => await pidNow() !== pid && sum(await people()) === 2);
      const last = await pidNow();
      await server.kill();
      await until(() => !existsSync(`/proc/${last}`));
      await server.restart();
    } finally {
      await bob[Symbol.asyncDispose]();
    }
  },
);
Deno.test({
  ...behindOnePort,
  ignore: behindOnePort.ignore === true || !hasNats() || Deno.build.os !== "linux",
});

Deno.test(postgresTest(
  "a node with another opaque.setup than the others is refused in words, and claims no database",
  async (postgres) => {
    const serve = [...await newStore(postgres), "--bus", "none"];
    await using one = await Journey.open({ serve });
    await using other = await Journey.open();
    await other.stop();
    const mixed = join(one.folder, "mixed");
    await copyKeys(one.folder, mixed);
    await Deno.copyFile(
      join(dataOf(other.folder), "opaque.setup"),
      join(dataOf(mixed), "opaque.setup"),
    );
    const args = ["serve", "--listen", "127.0.0.1:0", "--data", dataOf(mixed), ...serve];
    const refused = ended(await one.operate(args), 1);
    match(refused.stderr, /has its server's CA and another opaque\.setup/);
    const left = [...Deno.readDirSync(dataOf(mixed))].map(({ name }) => name);
    equal(left.includes("store.json"), false);
  },
));

const strangers = postgresTest(
  "a node without the bus of those that run, with another NATS, or under a name that is taken is refused in words, and leaves no trace",
  async (postgres) => {
    await using nats = await NatsServer.start();
    await using another = await NatsServer.start();
    const store = await newStore(postgres);
    await using one = await Journey.open({ serve: [...store, "--bus", nats.url, "--node", "one"] });
    const folder = join(one.folder, "two");
    await copyKeys(one.folder, folder);
    const before = [...Deno.readDirSync(dataOf(folder))].map(({ name }) => name);
    const wrong: readonly (readonly [readonly string[], number, RegExp])[] = [
      [[], 1, /running on it with --bus nats:\/\/…, and this one is started without --bus/],
      [["--bus", "none"], 1, /and this one is started with --bus none/],
      [["--bus", another.url, "--node", "two"], 1, /is not heard on the NATS of this one/],
      [["--bus", nats.url, "--node", "one"], 5, /one named one runs already/],
    ];
    for (const [bus, code, words] of wrong) {
      const args = ["serve", "--listen", "127.0.0.1:0", "--data", dataOf(folder), ...store, ...bus];
      match(ended(await one.operate(args), code).stderr, words);
    }
    const left = [...Deno.readDirSync(dataOf(folder))].map(({ name }) => name);
    deepEqual(left.filter((name) => !before.includes(name) && !/^lock|^cache/.test(name)), []);
  },
);
Deno.test({ ...strangers, ignore: strangers.ignore === true || !hasNats() });
