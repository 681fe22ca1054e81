/** J4 and J8 by somebody who hears the screen: typed at a terminal in plain mode, in lines, without one escape sequence (J12). */

import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { untilFileHas } from "../kit/file_wait.ts";
import { HAS_TMUX, type Pane } from "../kit/tmux.ts";
import { Journey } from "./programs.ts";
import { sitDown } from "./sitting.ts";

const ignore = !HAS_TMUX;

const PLAIN = { args: ["--plain"], columns: 120, rows: 40 };

/** Leaves; what was written has no escape in it, and the terminal is as it was. */
async function expectPlain(pane: Pane, code = 0): Promise<void> {
  equal(await pane.ended(), code);
  const bytes = await pane.bytes();
  equal(bytes.includes("\x1b"), false, JSON.stringify(bytes.slice(0, 2_000)));
  const { before, after } = await pane.stty();
  equal(after, before);
}

Deno.test({
  name:
    "J12, J4: in plain mode a file is offered, taken, broken off by the server's end, and arrives verified (needs tmux)",
  ignore,
  async fn() {
    await using journey = await Journey.open({ people: ["alice", "bob"] });
    const inbox = join(journey.folder, "inbox");
    await Deno.mkdir(inbox);
    const bytes = new Uint8Array(40_000_000).map((_, at) => (at * 7919) >>> 3);
    const path = join(journey.folder, "big.iso");
    await Deno.writeFile(path, bytes);
    await using alice = await sitDown(journey, "alice", PLAIN);
    await using bob = await sitDown(journey, "bob", PLAIN);
    await alice.see(/online: .*bob/);
    await bob.see(/^Welcome bob$/);
    await alice.type(`/send @bob ${path}\r`);
    await bob.see(/alice sends you big\.iso \(40\.0 MB\)/);
    await bob.type(`/y --to ${inbox}\r`);
    await untilFileHas(join(inbox, "big.iso.part"), 1);
    await journey.kill();
    await alice.see(/connection|not connected|server is away/i);
    await journey.restart();
    await alice.see(/big\.iso has uploaded: bob has it \(40,000,000 B, sha-256 /);
    await bob.see(/Received big\.iso \(40\.0 MB\) from alice, verified:/);
    deepEqual([...Deno.readDirSync(inbox)].map(({ name }) => name), ["big.iso"]);
    const received = await Deno.readFile(join(inbox, "big.iso"));
    equal(
      received.length === bytes.length && received.every((byte, at) => byte === bytes[at]),
      true,
    );
    for (const pane of [alice, bob]) {
      await pane.type("/quit\r");
      await expectPlain(pane);
    }
  },
});

Deno.test({
  name: "J12, J8: in plain mode a kick is given, seen by all, listed and taken back (needs tmux)",
  ignore,
  async fn() {
    await using journey = await Journey.open({ people: ["yoda", "anakin", "obiwan"] });
    equal((await journey.operate(["user", "grant", "yoda", "owner"])).code, 0);
    await using yoda = await sitDown(journey, "yoda", PLAIN);
    await using anakin = await sitDown(journey, "anakin", PLAIN);
    await using obiwan = await sitDown(journey, "obiwan", PLAIN);
    for (const pane of [yoda, anakin, obiwan]) await pane.see(/online: .*anakin|anakin joined/);
    await obiwan.type("/kick anakin 1d\r");
    await obiwan.see(/You need the moderator role for \/kick\./);
    await yoda.type("/kick anakin 1d younglings\r");
    await yoda.see(/anakin was kicked until .+ \d\d:\d\d\. Undo: \/unkick anakin/);
    await anakin.see(/You were kicked by yoda: younglings\. Until /);
    await expectPlain(anakin, 6);
    await obiwan.see(/anakin was kicked/);
    await yoda.type("/kicklist\r");
    await yoda.see(/anakin by yoda until .+: younglings/);
    await yoda.type("/unkick anakin\r");
    await yoda.see(/anakin may sign in again/);
    await using back = await sitDown(journey, "anakin", PLAIN);
    match((await back.see(/^Welcome anakin$/)).join("\n"), /Welcome anakin/);
    for (const pane of [yoda, obiwan, back]) {
      await pane.type("/quit\r");
      await expectPlain(pane);
    }
  },
});
