import { deepEqual, equal, match, ok } from "node:assert/strict";
import { openTalk } from "../kit/test_client.ts";
import { collectGarbage } from "../kit/garbage.ts";
import { answerAsKitty, answerAsTerminal, ScreenUser } from "../kit/screen_user.ts";
import { playedFrame, readTerminal } from "../kit/screens.ts";

const ALT_DOWN = "\x1b[1;3B";

Deno.test("full screen leaves the terminal as it was: modes, pictures, raw mode", async () => {
  await using talk = await openTalk();
  const user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  equal(user.terminal.raw, true);
  await user.leave();
  await user[Symbol.asyncDispose]();
  equal(user.terminal.raw, false);
  for (const mode of ["1049", "2004", "1004", "1002", "1006"]) {
    const sets = user.terminal.written.lastIndexOf(`\x1b[?${mode}h`);
    const resets = user.terminal.written.lastIndexOf(`\x1b[?${mode}l`);
    ok(resets > sets && sets >= 0, `mode ${mode} is reset`);
  }
});

Deno.test("full screen has alt send escape where it sends letters, and leaves it as it was", async () => {
  await using talk = await openTalk();
  const answer = (written: string) =>
    (written.includes("\x1b[?1036$p") ? "\x1b[?1036;2$y" : "") + answerAsTerminal(written);
  const user = await ScreenUser.open(talk.alice, { answer });
  await user.see(/● online/);
  ok(user.terminal.written.includes("\x1b[?1036h"));
  await user.leave();
  await user[Symbol.asyncDispose]();
  ok(
    user.terminal.written.lastIndexOf("\x1b[?1036l") > user.terminal.written.indexOf("\x1b[?1036h"),
  );
});

Deno.test("full screen works on a terminal that answers nothing", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice, { answer: () => "" });
  await user.see(/● online/);
  user.type(`${ALT_DOWN}silence\r`);
  await user.see(/│.{7}silence/);
  await user.leave();
});

Deno.test("full screen works on a terminal that lies, and types nothing of what it says", async () => {
  await using talk = await openTalk();
  const lies = "\x1b[?999;4;c\x1b[6;0;0t\x1b[4;-1;99999999t\x1bP>|\x1b\\\x1b_Gi=1;OK\x1b\\" +
    "\x1b[0n\x1b[0n\x1b[?2026;9$y\x1b]1337;ReportCellSize=NaN\x07\x1b[200;200R";
  const answer = (written: string) => answerAsTerminal(written) === "" ? "" : lies;
  await using user = await ScreenUser.open(talk.alice, { answer });
  await user.see(/● online/);
  user.type(`${ALT_DOWN}truth`);
  match((await user.see(/truth/)).join("\n"), /bob> truth\n/);
  await user.leave();
});

Deno.test("full screen survives any size at any moment", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type(`${ALT_DOWN}draft`);
  for (const [columns, rows] of [[1, 1], [2, 2], [5, 3], [300, 100], [20, 5], [80, 24]] as const) {
    user.resize(columns, rows);
    await user.see(/./);
  }
  await user.see(/bob> draft/);
  await user.leave();
});

Deno.test("full screen ends when the terminal hangs up", async () => {
  await using talk = await openTalk();
  const user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.terminal.end();
  await user.wait(user.left);
  await user[Symbol.asyncDispose]();
  equal(user.terminal.raw, false);
});

Deno.test("full screen says what is wrong in the settings, and goes on without it", async () => {
  await using talk = await openTalk();
  const config = `[screen]\ntheme = "purple"\nlist = false\nfoo = 1\n`;
  await using user = await ScreenUser.open(talk.alice, { config });
  const rows = await user.see(
    /config\.toml, line 2: theme is one of "auto", "dark", "light", "nord"/,
  );
  ok(rows.some((row) => row.includes("no setting foo in [screen]")), rows.join("\n"));
  // The list is hidden as the file says.
  ok(rows.some((row) => row.startsWith(" heliograph")), rows.join("\n"));
  await user.leave();
});

Deno.test("full screen writes no colour with NO_COLOR", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice, { env: { NO_COLOR: "1" } });
  await user.see(/● online/);
  user.type(ALT_DOWN);
  await user.see(/│.{7}hello alice/);
  await user.leave();
  const sgr = user.terminal.written.split("\x1b[").map((part) =>
    part.match(/^([\d;]*)m/)?.[1] ?? ""
  );
  deepEqual(sgr.filter((style) => /(^|;)([34]8;5|3\d|4\d|9\d|10\d)(;|$)/.test(style)), []);
});

Deno.test("full screen does with the mouse what keys do", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  const rows = await user.see(/● bob|○ bob/);
  const row = rows.findIndex((text) => /[●○] bob/.test(text));
  user.type(`\x1b[<0;5;${row + 1}M\x1b[<0;5;${row + 1}m`);
  await user.see(/│.{7}hello alice/);
  user.type("\x1bm");
  await user.see(/mouse: terminal/);
  ok(user.terminal.written.includes("\x1b[?1006l"));
  await user.leave();
});

Deno.test("full screen has a text written in $EDITOR", async () => {
  await using talk = await openTalk();
  const script = await Deno.makeTempFile({ dir: "tests/tmp", suffix: ".sh" });
  await Deno.writeTextFile(script, "#!/bin/sh\nprintf ' and more\\nlines\\n' >> \"$1\"\n");
  await Deno.chmod(script, 0o700);
  await using user = await ScreenUser.open(talk.alice, { env: { EDITOR: script } });
  await user.see(/● online/);
  user.type(`${ALT_DOWN}begun\x1be`);
  await user.see(/bob> begun and more/);
  await user.see(/ lines$/);
  equal(user.terminal.raw, true);
  await user.leave();
  await Deno.remove(script);
});

Deno.test("full screen lets a person leave whatever the engine has thrown away meanwhile", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  await collectGarbage();
  await user.leave();
});

Deno.test("full screen writes 0 characters into a picture while people talk, type and come", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using user = await ScreenUser.open(alice, { answer: answerAsKitty, rows: 30 });
  await user.see(/● online/);
  user.type(ALT_DOWN);
  await user.see(/│.{7}hello alice/);
  const stop = new AbortController();
  const video = await user.wait(user.screen.openVideo({ render: "auto", signal: stop.signal }));
  using _reading = readTerminal();
  equal(video.statistics.method, "kitty");
  const rows = await user.see(/F6 keys/);
  const bar = rows.findIndex((row) => row.includes("F6 keys"));
  ok(bar > 5);
  for (let i = 0; i < 5; i++) {
    await video.show(playedFrame(i), { inOrder: false });
    await user.wait(bob.say(alice, `words ${i}`));
    user.type("typed ");
    await user.see(new RegExp(`words ${i}$`));
  }
  const seen = await user.see(/typed typed typed typed typed/);
  for (const row of seen.slice(1, bar)) equal(row.slice(row.indexOf("│") + 1), "");
  ok(video.statistics.drawn > 0, "a picture was drawn");
  await user.wait(video[Symbol.asyncDispose]());
  await user.see(/│.{7}hello alice/);
  ok(user.terminal.written.includes("\x1b_Ga=d,d=I"), "the picture is deleted");
  await user.leave();
});

Deno.test("full screen ends on a terminal that takes nothing any more", async () => {
  await using talk = await openTalk();
  const user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  const never = Promise.withResolvers<void>();
  user.terminal.stopped = never.promise;
  user.type(`${ALT_DOWN}\x04`);
  await user.wait(user.left);
  await user[Symbol.asyncDispose]();
  equal(user.terminal.raw, false);
  never.resolve();
});
