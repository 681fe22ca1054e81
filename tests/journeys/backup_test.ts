/** J9: a server is backed up while it runs, lost, and put back, through the real programs. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { findIn } from "../kit/canary.ts";
import { Journey, jsonLines } from "./programs.ts";

const CANARY = "canary-text-in-the-backup";
const COUNTS = ["accounts", "devices", "conversations", "waiting"];

function countsOf(line: Record<string, unknown>): readonly unknown[] {
  return COUNTS.map((name) => line[name]);
}

Deno.test({
  name: "J9, SR-55, SR-58: a backup beside people who talk is put back, and they go on talking",
  // Windows locks the parts of a database's file that others use.
  ignore: Deno.build.os === "windows",
  async fn() {
    await using journey = await Journey.open();
    for (const person of ["alice", "bob"]) equal((await journey.register(person)).code, 0);
    equal((await journey.run("alice", ["send", "bob", CANARY])).code, 0);

    const backup = join(journey.folder, "h.tar");
    const made = await journey.operate(["backup", backup, "--json"]);
    equal(made.code, 0, made.stderr);
    match(made.stderr, /guess passwords offline/);
    const bytes = await Deno.readFile(backup);
    deepEqual(
      [CANARY, "correct horse battery alice"].flatMap((it) => findIn("backup", bytes, it)),
      [],
    );

    // Both come out of the backup's epoch: bob's device renews its keys when it takes the conversation up.
    equal((await journey.run("bob", ["receive"])).code, 0);
    equal((await journey.run("bob", ["send", "alice", "said after the backup"])).code, 0);
    equal(await journey.stop(), 0);

    const data = join(journey.folder, "server/heliograph-server/data");
    await Deno.rename(data, `${data}.lost`);
    const restored = await journey.operate(["restore", backup, "--json"]);
    equal(restored.code, 0, restored.stderr);
    deepEqual(
      countsOf(jsonLines(restored.stdout)[0]),
      countsOf(jsonLines(made.stdout)[0]),
      "the same counts",
    );
    await journey.restart();

    const told = await journey.run("bob", ["receive", "--json"]);
    equal(told.code, 0, told.stderr);
    const inbox = await journey.run("bob", ["inbox", "alice", "--json"]);
    ok(
      jsonLines(inbox.stdout).some(({ text }) => /restored from a backup/.test(String(text))),
      inbox.stdout,
    );
    for (const [from, to] of [["alice", "bob"], ["bob", "alice"]]) {
      const sent = await journey.run(from, ["send", to, `${from} again`]);
      equal(sent.code, 0, sent.stderr);
      const received = await journey.run(to, ["receive", "--json"]);
      ok(jsonLines(received.stdout).some(({ text }) => text === `${from} again`), received.stdout);
    }
  },
});
