/** A server whose accounts and messages are in PostgreSQL, through the real programs. */

import { deepEqual, equal, match } from "node:assert/strict";
import { dirname, join } from "node:path";
import { type PostgresServer, postgresTest } from "../kit/postgres.ts";
import { type Ended, Journey, jsonLines } from "./programs.ts";

/** What `--store` says of a server of this test; one journey for each. */
function storeUrl({ address }: PostgresServer): string {
  return `postgres://${address.user}@/${address.database}?host=${dirname(address.socket.path)}`;
}

function ended(run: Ended, code = 0): Ended {
  equal(run.code, code, run.stdout + run.stderr);
  return run;
}

async function received(journey: Journey, person: string): Promise<unknown[]> {
  const { stdout } = ended(await journey.run(person, ["receive", "--json"]));
  return jsonLines(stdout).filter(({ type }) => type === "message")
    .map(({ room, from, text }) => room === undefined ? { from, text } : { room, from, text });
}

Deno.test(postgresTest(
  "two people talk, make a room and send a file over a server on PostgreSQL, which is killed and loses nothing",
  async (postgres) => {
    const store = ["--store", storeUrl(postgres)];
    await using journey = await Journey.open({ serve: store });
    for (const person of ["alice", "bob"]) ended(await journey.register(person));
    ended(await journey.run("alice", ["send", "bob", "first"]));
    await journey.kill();
    equal((await journey.run("bob", ["receive"])).code, 5, "nobody is there");
    await journey.restart();
    deepEqual(await received(journey, "bob"), [{ from: "alice", text: "first" }]);

    const made = ended(
      await journey.run("alice", ["room", "new", "bob", "--name", "ops", "--json"]),
    );
    const [room] = jsonLines(made.stdout).map(({ room }) => Number(room));
    ended(await journey.run("bob", ["room", "list"]));
    ended(await journey.run("alice", ["send", "#ops", "in the room"]));

    const path = join(journey.folder, "plan.pdf");
    const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => i * 31);
    await Deno.writeFile(path, bytes);
    const sender = journey.start("alice", ["file", "send", "bob", path, "--json"]);
    const inbox = join(journey.folder, "in");
    const take = ["file", "receive", "--accept-from", "alice", "--to", inbox, "--wait"];
    ended(await journey.run("bob", take));
    ended(await sender.ended());
    deepEqual(await Deno.readFile(join(inbox, "plan.pdf")), bytes);

    await journey.kill();
    await postgres.kill();
    await postgres.resume();
    await journey.restart();
    ended(await journey.run("alice", ["send", "bob", "last"]));
    const texts = await received(journey, "bob");
    deepEqual(texts.filter((one) => Object(one).room === room), [
      { room, from: "alice", text: "in the room" },
    ]);
    deepEqual(await received(journey, "bob"), [], "it was shown already");

    const status = ended(await journey.operate(["status"]));
    match(status.stdout, /^Store +postgres:\/\/heliograph@\/postgres/m);
    // By a command beside the server, and by one without it.
    await journey.stop();
    const address = ["--address", "chat.example.org"];
    const invited = ended(await journey.operate(["invite", ...address]));
    match(invited.stdout, /^heliograph:\/\/chat\.example\.org/m);
    // The keys know their database, and it them.
    const forgotten = await journey.operate(["serve", "--listen", "127.0.0.1:0"]);
    match(forgotten.stderr, /Start it with --store/);
    const foreign = ["--data", join(journey.folder, "other"), ...store];
    const refused = await journey.operate(["serve", "--listen", "127.0.0.1:0", ...foreign]);
    match(refused.stderr, /is a server's whose keys are elsewhere/);
  },
));
