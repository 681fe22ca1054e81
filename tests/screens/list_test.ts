import { equal, match, ok } from "node:assert/strict";
import { openTalk } from "../kit/test_client.ts";
import { ScreenUser } from "../kit/screen_user.ts";
import { found, say, settle, town } from "../kit/town.ts";

const CTRL_K = "\x0b";
const CTRL_N = "\x0e";
const CTRL_P = "\x10";
const CTRL_A = "\x01";
const ALT_1 = "\x1b1";
const ALT_2 = "\x1b2";
const ALT_Z = "\x1bz";

/** What stands in the list, without the blanks. */
const listOf = (rows: readonly string[]) => rows.map((row) => row.split("│")[0].trim());

Deno.test("full screen keeps what is pinned, muted and folded over a restart", async () => {
  await using place = await town(3);
  const { alice, bob, carol } = place;
  await found(alice, [bob, carol], { name: "ops" });
  await settle(alice, bob, carol);
  {
    await using user = await ScreenUser.open(alice);
    await user.see(/▾ People 2/);
    user.type("/pin carol\r");
    let rows = await user.see(/▾ Pinned 1/);
    equal(listOf(rows)[listOf(rows).indexOf("▾ Pinned 1") + 1], "● carol");
    await user.see(/carol: pinned to the top of the list/);
    user.type("/notify #ops none\r");
    await user.see(/#ops: muted: no notifications/);
    // What says nothing sensible changes nothing.
    user.type("/notify #ops sometimes\r");
    await user.see(/Cannot notify of sometimes/);
    user.type(`${ALT_1}`);
    await user.see(/│ carol/);
    user.type("/mute\r");
    await user.see(/carol: muted: no notifications/);
    user.type("/unmute\r");
    await user.see(/carol: notifies of every message/);
    user.type(ALT_2);
    rows = await user.see(/│ #ops/);
    user.type(ALT_Z);
    await user.see(/▸ Rooms 1/);
    await user.leave();
  }
  await alice.restart();
  await using user = await ScreenUser.open(alice);
  let rows = await user.see(/● online/);
  rows = await user.see(/▸ Rooms 1/);
  ok(listOf(rows).includes("▾ Pinned 1"), rows.join("\n"));
  equal(listOf(rows).includes("# ops"), false, rows.join("\n"));
  user.type("/notify\r");
  rows = await user.see(/#ops: muted/);
  equal(rows.some((row) => /\* carol:/.test(row)), false);
  user.type("/unpin carol\r");
  await user.see(/carol: not pinned/);
  await user.seeNo(/Pinned 1/);
  await user.leave();
});

Deno.test("full screen counts nothing of a muted room, and says what is new elsewhere", async () => {
  await using place = await town(2);
  const { alice, bob } = place;
  const room = await found(alice, [bob], { name: "ops" });
  await settle(alice, bob);
  await using user = await ScreenUser.open(alice);
  await user.see(/# ops/);
  user.type("/mute #ops\r");
  await user.see(/#ops: muted/);
  await say(bob, room, "alice: not so loud");
  await user.see(/# ops +1 /);
  const rows = await user.rows();
  equal(rows.some((row) => /unread/.test(row)), false, rows.join("\n"));
  await bob.say(alice, "but here");
  await user.see(/▾ People 1 · 1/);
  await user.see(/· 1 unread ·/);
  await user.leave();
});

Deno.test("ctrl-k, ctrl-n and ctrl-p go elsewhere on an empty line, and are the text's own in one", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/▾ People/);
  user.type(CTRL_N);
  await user.see(/│.{7}hello alice/);
  user.type(`some words${CTRL_A}${CTRL_K}`);
  await user.see(/bob> *$/);
  user.type(CTRL_P);
  await user.see(/│ +Welcome, alice/);
  user.type(CTRL_K);
  await user.see(/Go to/);
  user.type("bo\r");
  await user.see(/│.{7}hello alice/);
  user.type(`/nosuch\r`);
  await user.see(/No command \/nosuch/);
  // In a text ctrl-p is what was entered before.
  user.type(`x${CTRL_P}`);
  await user.see(/bob> \/nosuch$/);
  user.type("\x15");
  await user.leave();
});

Deno.test("a desktop notification names the room, of what the person chose", async () => {
  await using place = await town(2);
  const { alice, bob } = place;
  const room = await found(alice, [bob], { name: "ops" });
  await settle(alice, bob);
  const kitty = (written: string) =>
    // deno-lint-ignore no-control-regex -- questions are made of controls
    [...written.matchAll(/\x1b\[c|\x1b\[5n|\x1b\[>0?q/g)].map(([question]) =>
      question === "\x1b[c"
        ? "\x1b[?62;22c"
        : question === "\x1b[5n"
        ? "\x1b[0n"
        : "\x1bP>|kitty(0.26.5)\x1b\\"
    ).join("");
  await using user = await ScreenUser.open(alice, {
    answer: kitty,
    config: '[screen]\nnotify = "desktop"\nnotify_names = true\nhighlight = ["deploy"]\n',
  });
  await user.see(/# ops/);
  // The terminal looks at something else.
  user.type("\x1b[O");
  await say(bob, room, "nobody is meant");
  await user.see(/# ops +1 /);
  equal(user.terminal.written.includes("New message"), false);
  await say(bob, room, "the deploy is through");
  await user.see(/# ops +!2 /);
  match(user.terminal.written, /New message from bob in #ops/);
  await user.leave();
});
