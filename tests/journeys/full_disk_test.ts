/** Disks that are really full, under the real programs: a small file system of its own, so for root on Linux only. */

import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { canMount, SmallDisk } from "../kit/full_disk.ts";
import { Journey, jsonLines } from "./programs.ts";

async function textsFor(journey: Journey, person: string): Promise<readonly unknown[]> {
  const { code, stdout, stderr } = await journey.run(person, ["receive", "--json"]);
  equal(code, 0, stderr);
  return jsonLines(stdout).map(({ text }) => text);
}

Deno.test({
  name:
    "a server whose disk is full says so, loses nothing, and goes on by itself when there is room",
  ignore: !canMount(),
  async fn() {
    await using journey = await Journey.open({ people: ["alice", "bob"] });
    const send = (text: string) => journey.run("alice", ["send", "bob", text]);
    equal((await send("before")).code, 0);
    await journey.stop();
    await using disk = await SmallDisk.under(join(journey.folder, "server"), 12);
    await journey.restart();
    equal((await send("on the small disk")).code, 0);
    await disk.fill();
    const refused = await send("when full");
    equal(refused.code, 5, refused.stderr);
    match(
      refused.stderr,
      /^Not sent: .*disk is full.*Stored here, and will be sent as soon as possible/,
    );
    deepEqual(await textsFor(journey, "bob"), ["before", "on the small disk"]);
    await disk.makeRoom();
    equal((await send("with room")).code, 0);
    deepEqual(await textsFor(journey, "bob"), ["when full", "with room"]);
    await journey.stop();
  },
});

Deno.test({
  name: "a client whose disk is full sends nothing, says so, and goes on when there is room",
  ignore: !canMount(),
  async fn() {
    await using journey = await Journey.open({ people: ["alice", "bob"] });
    equal((await journey.run("alice", ["send", "bob", "before"])).code, 0);
    await using disk = await SmallDisk.under(join(journey.folder, "alice"), 6);
    await disk.fill();
    const refused = await journey.run("alice", ["send", "bob", "when full"]);
    equal(refused.code, 1, refused.stderr);
    match(refused.stderr, /The disk of this machine is full/);
    await disk.makeRoom();
    equal((await journey.run("alice", ["send", "bob", "with room"])).code, 0);
    deepEqual(await textsFor(journey, "bob"), ["before", "with room"]);
  },
});
