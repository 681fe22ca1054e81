/** What the full screen shows, told in lines to somebody who hears it: nothing is lost, and nothing needs eyes (journey J12). */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { HAS_TMUX, type Pane } from "../kit/tmux.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { Journey } from "./programs.ts";
import { sitDown } from "./sitting.ts";

/** As journeys register her. */
const PASSWORD = "correct horse battery alice";
const ACCESSIBLE = { env: { ACCESSIBLE: "1" }, columns: 150, rows: 60 };

/** Leaves, and returns all that was written: not one escape sequence is in it. */
async function leave(pane: Pane): Promise<string> {
  await pane.type("/quit\r");
  equal(await pane.ended(), 0);
  const bytes = await pane.bytes();
  equal(bytes.includes("\x1b"), false, JSON.stringify(bytes.slice(0, 2_000)));
  return bytes.replaceAll("\r", "");
}

Deno.test({
  name: "J12: replies, reactions, edits and what was deleted are told as words (needs tmux)",
  ignore: !HAS_TMUX,
  async fn() {
    await using journey = await Journey.open({ people: ["alice", "bob"] });
    await using alice = await sitDown(journey, "alice", ACCESSIBLE);
    await using bob = await sitDown(journey, "bob", ACCESSIBLE);
    await alice.see(/online: .*bob|bob joined/);
    await alice.type("bob:lunch at noon?\r");
    await bob.see(/^\d\d:\d\d {2}alice ▸ lunch at noon\?$/);
    await bob.type("/to alice\r");
    await bob.type("/reply -1 yes\r");
    await alice.see(/bob \(replies to you: "lunch at noon\?"\) ▸ yes/);
    await alice.type("/react -1 👍\r");
    await bob.see(/^\* alice reacted 👍 to message 2: "yes" \(with alice\)/);
    await bob.type("/edit -1 yes, at one\r");
    await alice.see(/bob \(edits message 2 from \d\d:\d\d\) ▸ yes, at one/);
    await bob.type("/delete -1\r");
    await alice.see(/^\* bob deleted message 2 from \d\d:\d\d \(with bob\)/);
    await alice.type("/inbox bob\r");
    await alice.see(/^\* message 2 was deleted by bob/);
    // What a screen shows in its place is said.
    await alice.type("/expire 1d\r");
    await alice.see(/^\* Messages with bob disappear 1 day after they are read/);
    await alice.type("/close\r");
    await alice.see(/^\* No conversation is open/);
    for (const pane of [alice, bob]) await leave(pane);
  },
});

Deno.test({
  name: "J12: pages are numbered lists, and a file is told at each tenth (needs tmux)",
  ignore: !HAS_TMUX,
  async fn() {
    await using journey = await Journey.open({ people: ["alice", "bob"] });
    const path = join(journey.folder, "film.bin");
    await Deno.writeFile(path, new Uint8Array(12_000_000));
    await using alice = await sitDown(journey, "alice", {
      ...ACCESSIBLE,
      // As slow as a line is on which somebody waits.
      args: ["--simulate", "rate=16m"],
    });
    await using bob = await sitDown(journey, "bob", ACCESSIBLE);
    await alice.see(/online: .*bob|bob joined/);
    await bob.see(/^Welcome bob/);
    await alice.type("/who --all\r");
    await alice.see(/^1\. bob/);
    await alice.type("/verify bob\r");
    await alice.see(/^3\. (\d{5} ){3}\d{5}/);
    await alice.see(/^\* bob sees the same lines/);
    await alice.type("/help\r");
    await alice.see(/\/help 2 lists the second group/);
    await alice.type("/help 2\r");
    await alice.see(/^Rooms:/);
    await alice.type("/set\r");
    await alice.see(/^6\. notify is both \(.*bell/);
    await alice.type("/set notify bell\r");
    await alice.see(/^\* notify is now bell/);
    await alice.type(`/send @bob ${path}\r`);
    await bob.see(/alice sends you film\.bin/);
    await bob.type("/requests\r");
    await bob.see(/^1\. alice sends you film\.bin \(12\.0 MB\) · 7 d left\. \/y 1 or \/n 1/);
    await bob.type("/y\r");
    await alice.see(/film\.bin has uploaded: bob has it/);
    await bob.see(/Received film\.bin .*verified/);
    await bob.type("/transfers\r");
    await bob.see(/^1 {2}from alice {2}film\.bin \(12\.0 MB\) {2}done, verified/);
    await bob.type("alice:done\r");
    await alice.see(/bob ▸ done/);
    await leave(bob);
    const said = await leave(alice);
    const tenths = [...said.matchAll(/sending (\d+)%/g)].map(([, percent]) =>
      Math.floor(Number(percent) / 10)
    );
    ok(tenths.length > 0, said);
    deepEqual(tenths, [...new Set(tenths)].sort((one, other) => one - other));
    // Chosen, and so heard.
    match(said, /\x07/);
  },
});

Deno.test({
  name:
    "J12: a video and a watch party are told in words, and commands take the place of keys (needs tmux)",
  ignore: !HAS_TMUX,
  async fn() {
    await using journey = await Journey.open({
      people: ["alice", "bob"],
      videosFolder: join(PROJECT_ROOT, "videos"),
    });
    await using alice = await sitDown(journey, "alice", ACCESSIBLE);
    await using bob = await sitDown(journey, "bob", ACCESSIBLE);
    await alice.see(/online: .*bob|bob joined/);
    await alice.type("/watch no-such-film\r");
    await alice.see(/^\* No video "no-such-film" on this server/);
    await alice.type("/watch cockatoo\r");
    await alice.see(/^\* cockatoo plays, 0:14 long\. \/video pause/);
    await alice.type("/video pause\r");
    await alice.see(/^\* cockatoo paused at 0:\d\d of 0:14/);
    await alice.type("/video 0:02\r");
    await alice.type("/video\r");
    await alice.see(/^\* cockatoo (?:paused at|goes to|is at) 0:02 of 0:14/);
    await alice.type("/video stop\r");
    await alice.see(/^\* cockatoo stopped/);
    await alice.type("/to bob\r");
    await alice.type("/party race1906\r");
    await bob.see(/^\* alice started a watch party with "race1906": \/party join/);
    await bob.type("/to alice\r");
    await bob.type("/party join\r");
    await bob.see(/^\* race1906 plays/);
    await alice.see(/^\* you host, 1 watches/);
    await alice.type("/video pause\r");
    await alice.see(/^\* race1906 paused at/);
    await bob.see(/^\* race1906 paused at/);
    await bob.type("is it over?\r");
    await alice.see(/bob ▸ is it over\?/);
    await alice.type("/video stop\r");
    await bob.see(/bob hosts the watch party now/);
    await bob.type("/video stop\r");
    await alice.see(/bob ended the watch party/);
    for (const pane of [alice, bob]) await leave(pane);
  },
});

Deno.test({
  name: "J12: a password is changed in lines, and none of it is shown (needs tmux)",
  ignore: !HAS_TMUX,
  async fn() {
    await using journey = await Journey.open({ people: ["alice"] });
    await using alice = await sitDown(journey, "alice", ACCESSIBLE);
    await alice.see(/^Welcome alice/);
    await alice.type("/passwd\r");
    await alice.see(/^Current password:/);
    await alice.type(`${PASSWORD}\r`);
    await alice.see(/^New password:/);
    await alice.type("another horse battery\r");
    await alice.see(/^New password again:/);
    await alice.type("another horse battery\r");
    await alice.see(/[Pp]assword .*changed|changed .*password/);
    const said = await leave(alice);
    ok(!said.includes("horse"), said);
    ok(!said.includes(PASSWORD), said);
  },
});
