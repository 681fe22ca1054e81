/** A file that goes straight between two real clients who are at two nodes of a server. */

import { deepEqual, equal } from "node:assert/strict";
import { dirname, join } from "node:path";
import { hasNats, NatsServer } from "../kit/nats.ts";
import { postgresTest } from "../kit/postgres.ts";
import { type Ended, Journey, jsonLines } from "./programs.ts";

/** Loopback is told and dialled because the person typed it (SR-77). */
const CONFIG = '[p2p]\naddresses = ["127.0.0.1"]\n';
const KEYS: readonly string[] = ["ca.pem", "ca.key", "opaque.setup"];

function ended(run: Ended): Ended {
  equal(run.code, 0, run.stdout + run.stderr);
  return run;
}

async function copyKeys(from: string, to: string): Promise<void> {
  const [source, target] = [from, to].map((folder) =>
    join(folder, "server/heliograph-server/data")
  );
  await Deno.mkdir(target, { recursive: true, mode: 0o700 });
  for (const name of KEYS) await Deno.copyFile(join(source, name), join(target, name));
}

/** `person` at `node` lets `other` see their address. */
async function allow(node: Journey, person: string, other: string): Promise<void> {
  const { stdout } = ended(await node.run(person, ["paths", "--json"]));
  const folder = String(jsonLines(stdout).find(({ kind }) => kind === "config")?.path);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, "config.toml"), CONFIG);
  ended(await node.run(person, ["direct", "allow", other]));
}

const overNats = postgresTest(
  "two people at two nodes arrange a direct connection, and a file goes over that alone",
  async (postgres) => {
    await using nats = await NatsServer.start();
    const { user, database, socket } = postgres.address;
    const store = `postgres://${user}@/${database}?host=${dirname(socket.path)}`;
    const serve = ["--store", store, "--bus", nats.url, "--node"];
    await using one = await Journey.open({ serve: [...serve, "one"] });
    await using two = await Journey.open({
      serve: [...serve, "two"],
      moveIn: (folder) => copyKeys(one.folder, folder),
    });
    ended(await one.register("alice"));
    ended(await two.register("bob"));
    await allow(one, "alice", "bob");
    await allow(two, "bob", "alice");
    const path = join(one.folder, "plan.pdf");
    const bytes = Uint8Array.from({ length: 900_000 }, (_, i) => i * 31);
    await Deno.writeFile(path, bytes);
    const inbox = join(two.folder, "in");
    await using receiver = two.start("bob", [
      ...["file", "receive", "--accept-from", "alice", "--to", inbox, "--wait"],
    ]);
    ended(await one.run("alice", ["file", "send", "bob", path, "--p2p", "only"]));
    ended(await receiver.ended());
    deepEqual(await Deno.readFile(join(inbox, "plan.pdf")), bytes);
  },
);
Deno.test({ ...overNats, ignore: overNats.ignore === true || !hasNats() });
