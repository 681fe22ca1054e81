/** A server that is moved to PostgreSQL and back, through the real programs: its people notice nothing. */

import { deepEqual, equal, match } from "node:assert/strict";
import { dirname, join } from "node:path";
import { until } from "../kit/cluster.ts";
import { type PostgresServer, postgresTest } from "../kit/postgres.ts";
import { type Ended, Journey, jsonLines } from "./programs.ts";

function storeUrl({ address }: PostgresServer): string {
  return `postgres://${address.user}@/${address.database}?host=${dirname(address.socket.path)}`;
}

function ended(run: Ended, code = 0): Ended {
  equal(run.code, code, run.stdout + run.stderr);
  return run;
}

async function texts(journey: Journey, person: string): Promise<unknown[]> {
  const { stdout } = ended(await journey.run(person, ["receive", "--json"]));
  return jsonLines(stdout).filter(({ type }) => type === "message").map(({ text }) => text);
}

/** How much waits in the spool of a data folder. */
async function spooledBytes(data: string): Promise<number> {
  let sum = 0;
  for await (const { name } of Deno.readDir(join(data, "spool"))) {
    sum += (await Deno.stat(join(data, "spool", name))).size;
  }
  return sum;
}

const FILE_BYTES = 200_000;

Deno.test(postgresTest(
  "accounts, rooms, messages and a file that waits are moved to PostgreSQL and back; people sign in and read there",
  async (postgres) => {
    const store = storeUrl(postgres);
    await using journey = await Journey.open();
    const data = join(journey.folder, "server/heliograph-server/data");
    const [node, back] = ["node", "back"].map((name) => join(journey.folder, name));
    for (const person of ["alice", "bob"]) ended(await journey.register(person));
    ended(await journey.run("alice", ["room", "new", "bob", "--name", "ops"]));
    ended(await journey.run("bob", ["room", "list"]));
    ended(await journey.run("alice", ["send", "#ops", "in the room"]));
    ended(await journey.run("alice", ["send", "bob", "before the move"]));
    const path = join(journey.folder, "plan.pdf");
    const bytes = Uint8Array.from({ length: FILE_BYTES }, (_, i) => i * 31);
    await Deno.writeFile(path, bytes);
    {
      await using sender = journey.start("alice", ["file", "send", "bob", path, "--json"]);
      await until(async () => await spooledBytes(data) >= FILE_BYTES);
      await sender.stop("SIGINT");
    }

    const move = ["move", "--from", data, "--to", store, "--data", node];
    match(ended(await journey.operate(move), 5).stderr, /another process is running on it/);
    equal(await journey.stop(), 0);
    const moved = ended(await journey.operate(move));
    match(
      moved.stdout,
      /^Moved and compared: accounts 2, devices 2, conversations 2, .* files 1$/m,
    );
    match(moved.stderr, /^Copied envelope$/m);
    const old = await journey.operate(["serve", "--data", data, "--listen", "127.0.0.1:0"]);
    match(old.stderr, /its server was moved to postgres:/);

    await journey.restart(["--data", node, "--store", store]);
    deepEqual((await texts(journey, "bob")).sort(), ["before the move", "in the room"]);
    const inbox = join(journey.folder, "in");
    const take = ["file", "receive", "--accept-from", "alice", "--to", inbox, "--wait"];
    ended(await journey.run("bob", take));
    deepEqual(await Deno.readFile(join(inbox, "plan.pdf")), bytes);
    ended(await journey.run("bob", ["send", "alice", "from PostgreSQL"]));
    equal(await journey.stop(), 0);

    const home = ["move", "--from", store, "--data", node, "--to", back, "--json"];
    const [result] = jsonLines(ended(await journey.operate(home)).stdout);
    equal(result.type, "moved");
    await journey.restart(["--data", back]);
    deepEqual(await texts(journey, "alice"), ["from PostgreSQL"]);
    ended(await journey.run("alice", ["send", "#ops", "back at home"]));
    deepEqual(await texts(journey, "bob"), ["back at home"]);
    const args = ["serve", "--data", node, "--store", store, "--listen", "127.0.0.1:0"];
    match((await journey.operate(args)).stderr, /its server was moved to/);
  },
));

/** What an operator does who begins anew with a database. */
async function emptyDatabase(postgres: PostgresServer): Promise<void> {
  await using database = await postgres.connect(postgres.address);
  await database.transaction((transaction) =>
    transaction.script("DROP SCHEMA IF EXISTS heliograph CASCADE")
  );
}

Deno.test(postgresTest(
  "a server on PostgreSQL is backed up while it runs, and restored into PostgreSQL",
  async (postgres) => {
    await emptyDatabase(postgres);
    const store = storeUrl(postgres);
    await using journey = await Journey.open({ serve: ["--store", store] });
    for (const person of ["alice", "bob"]) ended(await journey.register(person));
    ended(await journey.run("alice", ["send", "bob", "in the backup"]));
    const [tar, node] = ["h.tar", "node"].map((name) => join(journey.folder, name));
    const [made] = jsonLines(ended(await journey.operate(["backup", tar, "--json"])).stdout);
    deepEqual([made.accounts, made.conversations], [2, 1]);
    const again = await journey.operate(["backup", tar]);
    match(ended(again, 1).stderr, /exists already/);
    const beside = [...Deno.readDirSync(journey.folder)].map(({ name }) => name);
    deepEqual(beside.filter((name) => name.startsWith("h.tar")), ["h.tar"]);
    equal(await journey.stop(), 0);
    await emptyDatabase(postgres);

    const restore = ["restore", tar, "--data", node, "--store", store, "--json"];
    const [back] = jsonLines(ended(await journey.operate(restore)).stdout);
    deepEqual([back.accounts, back.waiting], [made.accounts, made.waiting]);
    await journey.restart(["--data", node, "--store", store]);
    deepEqual(await texts(journey, "bob"), ["in the backup"]);
    ended(await journey.run("bob", ["send", "alice", "after the restore"]));
    deepEqual(await texts(journey, "alice"), ["after the restore"]);
  },
));
