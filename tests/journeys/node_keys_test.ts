/** A second node of a server, by an operator: its keys sealed to it, and files over a spool that both have. */

import { deepEqual, equal, match } from "node:assert/strict";
import { dirname, join } from "node:path";
import { hasNats, NatsServer } from "../kit/nats.ts";
import { type PostgresServer, postgresTest } from "../kit/postgres.ts";
import { type Ended, Journey, jsonLines } from "./programs.ts";

/** What `--store` says of a database that nobody has used yet, as far as servers can see. */
async function newStore(postgres: PostgresServer): Promise<string[]> {
  await using database = await postgres.connect(postgres.address);
  await database.transaction((transaction) =>
    transaction.script("DROP SCHEMA IF EXISTS heliograph CASCADE")
  );
  const { user, database: name, socket } = postgres.address;
  return ["--store", `postgres://${user}@/${name}?host=${dirname(socket.path)}`];
}

function dataOf(folder: string): string {
  return join(folder, "server/heliograph-server/data");
}

function ended(run: Ended, code = 0): Ended {
  equal(run.code, code, run.stdout + run.stderr);
  return run;
}

/** As an operator does it, from the first machine to the next. */
async function admit(one: Journey, folder: string): Promise<void> {
  const data = dataOf(folder);
  await Deno.mkdir(dirname(data), { recursive: true, mode: 0o700 });
  const asked = ended(await one.operate(["node", "ask", "--data", data])).stdout.trim();
  match(asked, /^age1[0-9a-z]{58}$/);
  const sealed = join(one.folder, "two.keys");
  const given = ended(await one.operate(["node", "admit", asked, sealed]));
  const taken = ended(await one.operate(["node", "join", sealed, "--data", data]));
  const [fingerprint] = /Fingerprint .+/.exec(given.stdout) ?? [];
  equal(taken.stdout.includes(fingerprint ?? "nothing"), true, taken.stdout);
  match((await one.operate(["node", "join", sealed, "--data", data])).stderr, /node ask/);
  await Deno.remove(sealed);
}

const overNats = postgresTest(
  "a node that was admitted is one of the server's, and a file goes from one node to the other over their spool; one that was not is refused in words",
  async (postgres) => {
    const shared = await Deno.makeTempDir({ prefix: "heliograph-spool-" });
    await using owned = new AsyncDisposableStack();
    owned.defer(() => Deno.remove(shared, { recursive: true }));
    const store = await newStore(postgres);
    await using nats = await NatsServer.start();
    const common = [...store, "--bus", nats.url, "--spool", join(shared, "spool"), "--node"];
    const [first, second] = [[...common, "one"], [...common, "two"]];
    await using one = await Journey.open({ serve: first });
    const stranger = join(one.folder, "stranger");
    const args = ["serve", "--listen", "127.0.0.1:0", "--data", stranger, ...second];
    match(ended(await one.operate(args), 1).stderr, /node ask/);
    deepEqual([...Deno.readDirSync(stranger)].filter(({ name }) => /^ca\.|setup/.test(name)), []);

    await using two = await Journey.open({ serve: second, moveIn: (folder) => admit(one, folder) });
    equal(one.ready.fingerprint, two.ready.fingerprint);
    ended(await one.register("alice"));
    ended(await two.register("bob"));
    const path = join(one.folder, "plan.pdf");
    const bytes = Uint8Array.from({ length: 900_000 }, (_, i) => i * 31);
    await Deno.writeFile(path, bytes);
    const sender = one.start("alice", ["file", "send", "bob", path, "--json"]);
    const inbox = join(two.folder, "in");
    const take = ["file", "receive", "--accept-from", "alice", "--to", inbox, "--wait"];
    ended(await two.run("bob", take));
    ended(await sender.ended());
    deepEqual(await Deno.readFile(join(inbox, "plan.pdf")), bytes);
    const own = join(dataOf(one.folder), "spool");
    deepEqual(await Deno.stat(own).then(() => true, () => false), false);
  },
);
Deno.test({ ...overNats, ignore: overNats.ignore === true || !hasNats() });

const rotated = postgresTest(
  "a new CA goes from node to node while all stand still: one that starts beside another with the CA before is refused in words, and clients follow",
  async (postgres) => {
    await using nats = await NatsServer.start();
    const common = [...await newStore(postgres), "--bus", nats.url, "--node"];
    await using one = await Journey.open({ serve: [...common, "one"] });
    await using two = await Journey.open({
      serve: [...common, "two"],
      moveIn: (folder) => admit(one, folder),
    });
    ended(await one.register("alice"));
    ended(await two.register("bob"));
    equal(await one.stop(), 0);
    const [{ fingerprint }] = jsonLines(
      ended(await one.operate(["ca", "rotate", "--yes", "--json"])).stdout,
    );
    const args = ["serve", "--listen", "127.0.0.1:0", ...common, "one"];
    match(
      ended(await one.operate(args), 1).stderr,
      /a node with another CA is running on it.* Stop it, and give that the CA of this one/,
    );
    equal(await two.stop(), 0);
    await one.restart();
    equal(one.ready.fingerprint, fingerprint);
    const late = ["serve", "--listen", "127.0.0.1:0", ...common, "two"];
    match(ended(await two.operate(late), 1).stderr, /give this one the CA of that/);

    await admit(one, two.folder);
    await two.restart();
    equal(two.ready.fingerprint, fingerprint);
    ended(await one.run("alice", ["send", "bob", "under the new one"]));
    const { stdout } = ended(await two.run("bob", ["receive", "--json"]));
    deepEqual(
      jsonLines(stdout).filter(({ type }) => type === "message").map(({ text }) => text),
      ["under the new one"],
    );
    // By password, which goes by what was not rotated.
    ended(await two.run("bob", ["logout"]));
    ended(
      await two.run("bob", ["login", "bob", "--password-file", await two.passwordFile("bob")]),
    );
  },
);
Deno.test({ ...rotated, ignore: rotated.ignore === true || !hasNats() });
