/** Files to rooms, with the real programs. */

import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { Journey, jsonLines } from "./programs.ts";

interface Scene {
  readonly journey: Journey;
  /** As it is typed: `#256`. */
  readonly room: string;
  write(name: string, size: number): Promise<string>;
  /** Where somebody's files go. */
  inbox(name: string): string;
}

/** Alice founded a room, bob and carol are in it. */
async function scene(action: (scene: Scene) => Promise<void>): Promise<void> {
  await using journey = await Journey.open({ people: ["alice", "bob", "carol"] });
  const run = async (name: string, ...words: string[]) => {
    const { code, stdout, stderr } = await journey.run(name, words);
    equal(code, 0, stderr);
    return stdout;
  };
  const founded = await run("alice", "room", "new", "bob", "carol", "--json");
  const [{ room }] = jsonLines(founded);
  for (const name of ["bob", "carol"]) await run(name, "room", "list");
  await run("alice", "room", "list");
  await action({
    journey,
    room: `#${room}`,
    async write(name, size) {
      const path = join(journey.folder, name);
      await Deno.writeFile(path, new Uint8Array(size).fill(7));
      return path;
    },
    inbox: (name) => join(journey.folder, `${name}-in`),
  });
}

Deno.test("row S0.30: a file for a room arrives with everybody who takes it, at once or later", () =>
  scene(async ({ journey, room, write, inbox }) => {
    const path = await write("plan.pdf", 200_000);
    const take = (name: string) => [
      ...["file", "receive", "--accept-from", "alice", "--to", inbox(name), "--wait"],
    ];
    await using sender = journey.start("alice", ["file", "send", room, path, "--json"]);
    const bob = await journey.run("bob", take("bob"));
    equal(bob.code, 0, bob.stderr);
    const carol = await journey.run("carol", take("carol"));
    equal(carol.code, 0, carol.stderr);
    const sent = await sender.ended();
    equal(sent.code, 0, sent.stderr);
    match(sent.stderr, /plan\.pdf \(200 kB\) to #\d+: 2 of 2 have it/);
    const transfers = jsonLines(sent.stdout).filter(({ type }) => type === "transfer");
    deepEqual(
      transfers.map(({ peer, state, room: of }) => [peer, state, `#${of}`]).sort(),
      [["bob", "done", room], ["carol", "done", room]],
    );
    for (const name of ["bob", "carol"]) {
      equal((await Deno.stat(join(inbox(name), "plan.pdf"))).size, 200_000);
    }
  }));

Deno.test("rows S0.30, S0.32: the dialogue offers files to a room, and tells who takes them and who does not", () =>
  scene(async ({ journey, room, write, inbox }) => {
    const path = await write("plan.pdf", 4096);
    await using alice = journey.converse("alice", ["--plain"]);
    await using bob = journey.converse("bob", ["--plain"]);
    await using carol = journey.converse("carol", ["--plain"]);
    await bob.line(/^\* online: /);
    await carol.line(/^\* online: /);
    await alice.type(`/send ${room} ${path}`);
    await alice.line(/^\* sent a request to #\S+: plan\.pdf \(4,096 B\), transfers 1 to 2/);
    await bob.line(/alice sends you plan\.pdf \(4,096 B\)/);
    await bob.type(`/y --to ${inbox("bob")}`);
    await alice.line(/bob has it \(4,096 B, sha-256 [0-9a-f]{16}…\) and verified it/);
    await carol.line(/alice sends you plan\.pdf \(4,096 B\)/);
    await carol.type("/n");
    await alice.line(/carol declines your files/);
    await alice.type("/transfers");
    await alice.line(/to bob in #\d+ {2}plan\.pdf \(4,096 B\) {2}done, verified/);
    await alice.line(/to carol in #\d+ {2}plan\.pdf \(4,096 B\) {2}declined/);
    await alice.line(/plan\.pdf \(4,096 B\) to #\d+: 1 of 2 have it/);
    equal((await Deno.stat(join(inbox("bob"), "plan.pdf"))).size, 4096);
  }));
