/** The journeys of the full screen, key by key at a real terminal: first run, sign-up, comparing numbers, a video. */

import { equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { HAS_TMUX, type Pane } from "../kit/tmux.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { Journey } from "./programs.ts";
import { sitDown } from "./sitting.ts";

const ignore = !HAS_TMUX;

async function answer(pane: Pane, question: RegExp, text: string): Promise<void> {
  await pane.see(question);
  await pane.type(text);
  await pane.press("Enter");
}

Deno.test({
  name: "J1, J2: a first run at a terminal, from the choices to the conversation (needs tmux)",
  ignore,
  async fn() {
    await using journey = await Journey.open({ people: ["bob"] });
    const { host, port } = journey.ready;
    await using pane = await sitDown(journey, "leia", { server: false });
    await pane.see(/How do you want to start\?/);
    await pane.see(/1 +Join with an invite/);
    await pane.see(/2 +Connect to a server/);
    await pane.type("2");
    await answer(pane, /Server \(empty: /, `${host}:${port}`);
    await pane.see(/Check its fingerprint/);
    // One key answers: an Enter behind it would be for the next question.
    await pane.see(/Is it the same\?/);
    await pane.press("y");
    // A name that somebody has is asked for its password; escape goes back to the name.
    await answer(pane, /Name:/, "bob");
    await pane.see(/Password:/);
    await pane.press("Escape");
    // Asked anew, below the name before.
    await answer(pane, /Name: *$/, "leia");
    await pane.see(/No account leia here\. Create it\?/);
    await pane.press("y");
    await answer(pane, /Password:/, "correct horse battery leia");
    await answer(pane, /Password again:/, "correct horse battery leia");
    // The code is shown once; keeping it in a file is offered.
    const shown = await pane.see(/Your recovery code: ([0-9A-Z]{4}-){6}[0-9A-Z]{4}/);
    ok(!shown.some((row) => row.includes("correct horse")), "the password is hidden");
    await pane.see(/Save it to a file too\?/);
    await pane.press("Enter");
    await pane.see(/● online/);
    await pane.see(/Welcome, leia/);
    // F1 shows the keys, and what it says of them is so.
    await pane.press("F1");
    await pane.see(/go to the next unread/);
    await pane.press("Escape");
    await pane.seeNo(/next unread/);
    await pane.press("C-d");
    equal(await pane.ended(), 0);
    const { before, after } = await pane.stty();
    equal(after, before);
  },
});

Deno.test({
  name:
    "J3: two people compare their numbers at two terminals, and each sees the mark (needs tmux)",
  ignore,
  async fn() {
    await using journey = await Journey.open({ people: ["yoda", "obiwan"] });
    await using yoda = await sitDown(journey, "yoda");
    await using obiwan = await sitDown(journey, "obiwan");
    // Others of the town are away: who is here is first in the list.
    await yoda.see(/● obiwan/);
    await obiwan.see(/● yoda/);
    const number = async (pane: Pane, other: string) => {
      await pane.press("M-Down");
      await pane.see(/online · not verified/);
      await pane.press("F5");
      await pane.see(new RegExp(`Safety number with ${other}: not verified`));
      const rows = await pane.see(/(\d{5} ){3}\d{5}/);
      return rows.flatMap((row) => row.match(/\d{5}/g) ?? []).join(" ");
    };
    const seenByYoda = await number(yoda, "obiwan");
    const seenByObiwan = await number(obiwan, "yoda");
    equal(seenByYoda.split(" ").length, 12);
    equal(seenByYoda, seenByObiwan);
    for (const pane of [yoda, obiwan]) {
      ok(
        (await pane.rows()).some((row) => /[█▀▄][█▀▄ ]{12}/.test(row)),
        (await pane.rows()).join("\n"),
      );
      await pane.press("m");
      await pane.see(/✓ verified/);
    }
    await yoda.type("the force is with us");
    await yoda.press("Enter");
    await obiwan.see(/│.{7}the force is with us/);
    await yoda.see(/the force is with us +✓✓/);
    // S0.21: on every page, and what names nobody not without a question.
    await yoda.type("obiwna:/send 0\r");
    await yoda.see(/No account "obiwna" on this server\. Did you mean/);
    await yoda.type("/n\r");
    await yoda.see(/nothing was sent/);
  },
});

Deno.test({
  name: "J5: a video in half blocks beside the talk: keys, sizes, facts, and its end (needs tmux)",
  ignore,
  async fn() {
    await using journey = await Journey.open({
      people: ["alice"],
      videosFolder: join(PROJECT_ROOT, "videos"),
    });
    await using pane = await sitDown(journey, "alice", { columns: 100, rows: 30 });
    await pane.see(/● online/);
    await pane.type("/watch nothing\r");
    await pane.see(/No video "nothing" on this server/);
    // Nobody has listed the videos yet: tab asks for their names.
    await pane.type("/wat");
    await pane.press("Tab");
    await pane.type("cock");
    await pane.press("Tab");
    await pane.see(/> \/watch cockatoo *│$/);
    await pane.press("C-u");
    await pane.type("/videos\r");
    // A page, with a poster beside each name.
    await pane.see(/▀{3}.* 1 {2}cockatoo/);
    await pane.see(/14\.0 s · 1280×720/);
    await pane.press("Escape");
    await pane.type("/watch cockatoo\r");
    // Pictures, wider than the posters of the home page, and their cells belong to them alone.
    await pane.see(/▀{20}/);
    await pane.see(/─ cockatoo ─/);
    await pane.see(/0:\d\d .*●.* 0:14 +thirds /);
    await pane.see(/─ F6 keys · F7 size ─/);
    await pane.type("typed meanwhile");
    await pane.see(/> typed meanwhile *│$/);
    await pane.press("F6");
    await pane.see(/space pause/);
    await pane.press("i");
    await pane.see(/blocks +a second: [\d.]+ sent, [\d.]+ drawn, [\d.]+ dropped/);
    await pane.see(/kB each, [\d.]+ MB\/s/);
    await pane.press("i", "M");
    await pane.see(/●.* 0:14 +fixed/);
    // Paused it stays where it is; then it goes on.
    await pane.press("Space");
    await pane.press("Right");
    await pane.press("Space");
    await pane.see(/0:(?:0[5-9]|1\d) ━/);
    // A picture that stands still is drawn anew in every size; and the film does not end meanwhile.
    await pane.press("Space", "f");
    await pane.seeNo(/heliograph {2,}│/);
    await pane.resize(80, 24);
    await pane.see(/▀{20}/);
    await pane.resize(120, 40);
    await pane.see(/▀{20}/);
    await pane.press("f");
    await pane.see(/> typed meanwhile *│$/);
    // The keys are still the film's, as they were before the whole screen.
    await pane.press("q");
    await pane.see(/cockatoo stopped/);
    await pane.seeNo(/▀{20}/);
    await pane.press("C-u", "C-d");
    equal(await pane.ended(), 0);
  },
});

Deno.test({
  name: "an unreachable server is said in words, and asked for again; ctrl-C leaves (needs tmux)",
  ignore,
  async fn() {
    await using journey = await Journey.open();
    await using pane = await sitDown(journey, "nobody", { server: false });
    await pane.see(/2 +Connect to a server/);
    await pane.press("Down", "Enter");
    await answer(pane, /Server \(empty: /, "127.0.0.1:1");
    const rows = await pane.see(/Cannot (reach|connect)/i);
    match(rows.join("\n"), /127\.0\.0\.1:1/);
    await pane.see(/How do you want to start\?/);
    await pane.press("C-c");
    equal(await pane.ended(), 130);
    const { before, after } = await pane.stty();
    equal(after, before);
  },
});
