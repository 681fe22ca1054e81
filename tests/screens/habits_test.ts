import { equal, ok } from "node:assert/strict";
import { openTalk } from "../kit/test_client.ts";
import { ScreenUser } from "../kit/screen_user.ts";
import { found, settle, town } from "../kit/town.ts";

Deno.test("words of other chat programs do here what they do there", async () => {
  await using place = await town(3);
  const { alice, bob, carol } = place;
  const room = await found(alice, [bob, carol], { name: "ops" });
  await settle(alice, bob, carol);
  await using user = await ScreenUser.open(alice);
  await user.see(/# ops/);
  user.type("/join ops\r");
  await user.see(/│ #ops/);
  user.type("/me waves\r");
  const done = await user.see(/│ \d\d:\d\d \* alice waves +✓/);
  equal(done.some((row) => row.includes("> /me")), false, "it is not shown twice");
  await user.wait(alice.client.flush());
  await user.wait(settle(bob));
  ok((await bob.entries()).some(({ text, peer }) => text === "*waves*" && peer === room));
  // Italic, as it was before there were actions.
  user.type("*really*\r");
  await user.see(/│ {7}really +✓/);
  user.type("/reply -1 *sure*\r");
  await user.see(/│ {7}sure +✓/);
  user.type("/topic the night shift\r");
  await user.see(/│ #ops +the night shift/);
  await user.see(/The topic of #ops is now: the night shift/);
  user.type("/topic\r");
  await user.see(/The topic of #ops is: the night shift/);
  user.type("/nick Al\r");
  await user.see(/Your name is your account's/);
  user.type("/set theme\r");
  await user.see(/▸ auto/);
  user.type("\r");
  await user.see(/theme is now auto/);
  user.type("/clear\r");
  const rows = await user.seeNo(/\* theme is auto/);
  ok(rows.some((row) => /│ \d\d:\d\d \* alice waves/.test(row)), "what was said stays");
  user.type("/close\r");
  await user.see(/│ heliograph/);
  user.type("/query bob\r");
  await user.see(/│ bob /);
  user.type("/topic nothing\r");
  await user.see(/No room is open/);
  user.type("/ignore bob\r");
  await user.see(/[Bb]lock|blocked/);
  user.type("/unignore bob\r");
  user.type("/me\r");
  await user.see(/alice at /);
  user.type("/part #ops\r");
  await user.see(/only owner|owner/);
  await user.leave();
});

Deno.test("/join comes into a room that one is invited to, and says when there is none", async () => {
  await using place = await town(2);
  const { alice, bob } = place;
  alice.client.rooms.invited.asksFirst = true;
  const room = await found(bob, [alice], { name: "den" });
  await settle(bob);
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  user.type("/join #nowhere\r");
  await user.see(/nor an invitation to it/);
  user.type(`/join ${room}\r`);
  await user.see(/# (den|\d+)/);
  await user.leave();
});

Deno.test("a command of one's own is what it stands for", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice, {
    stage: () => ({
      open: undefined,
      resolve: (path: string) => path,
      downloads: "",
      aliases: new Map([["gm", "/msg bob good morning"]]),
    }),
  });
  await user.see(/● online/);
  user.type("/gm to you\r");
  await user.see(/│.{7}good morning to you/);
  await user.leave();
});

Deno.test("a command that opens a conversation answers there, and leaves nothing where it was typed", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type("/query bob\r");
  await user.see(/│ bob /);
  await user.see(/│.{7}hello alice/);
  user.type("/room new bob --name den\r");
  await user.see(/│ #den/);
  const there = await user.see(/Created #den, with bob, alice/);
  equal(there.some((row) => row.includes("Now talking")), false);
  user.type("/query bob\r");
  const back = await user.see(/│.{7}hello alice/);
  equal(back.some((row) => /> \/|Created|Now talking/.test(row)), false);
  user.type("/close\r");
  const home = await user.see(/│ heliograph/);
  equal(home.some((row) => /> \/|Now talking/.test(row)), false);
  user.type("/query bob\r");
  const again = await user.see(/│.{7}hello alice/);
  equal(again.some((row) => row.includes("> /close")), false);
  await user.leave();
});

Deno.test("/part leads to the first page, and what was left is gone from the screen", async () => {
  await using place = await town(2);
  const { alice, bob } = place;
  await found(alice, [bob], { name: "ops" });
  await settle(alice, bob);
  await using user = await ScreenUser.open(bob);
  await user.see(/# ops/);
  user.type("/join ops\r");
  await user.see(/│ #ops/);
  user.type("/part\r");
  const rows = await user.see(/You left #ops/);
  ok(rows[0].includes("│ heliograph"), rows.join("\n"));
  equal(rows.some((row) => /You are (now|no longer)|> \/part/.test(row)), false, rows.join("\n"));
  user.type("hello?\r");
  await user.see(/Pick a conversation first/);
  await user.leave();
});

Deno.test("a room that somebody was removed from says so while it is open, and takes no text", async () => {
  await using place = await town(2);
  const { alice, bob } = place;
  const room = await found(alice, [bob], { name: "ops" });
  await settle(alice, bob);
  await using user = await ScreenUser.open(bob);
  await user.see(/# ops/);
  user.type("/join ops\r");
  await user.see(/│ #ops/);
  const info = await alice.client.rooms.named(room);
  await user.wait(alice.client.rooms.remove(info, bob.account));
  await user.wait(settle(alice));
  await user.see(/│ #\w+ {2}you are no longer in this room/);
  user.type("hello?\r");
  await user.see(/Not sent: you are no longer in this room/);
  await user.leave();
});

Deno.test("/join says once where one is now, and of an open room who can read", async () => {
  await using place = await town(2);
  const { alice, bob } = place;
  await found(alice, [], { name: "lobby", openTo: 10 });
  await settle(alice, bob);
  await using user = await ScreenUser.open(bob, { columns: 100, rows: 24 });
  await user.see(/● online/);
  user.type("/join lobby\r");
  await user.see(/It is open: everyone on this server can join and read from then on/);
  const rows = await user.see(/\d\d:\d\d +You are now in this room/);
  equal(rows.filter((row) => row.includes("You are now in")).length, 1, rows.join("\n"));
  // Who is in it already reads nothing of that there.
  user.type("/room join lobby\r");
  await user.see(/You are now in #lobby/);
  await user.leave();
});

Deno.test("a text for nobody is for who is picked next: up has it there", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type("is anybody here\r");
  await user.see(/Pick a conversation first: F2, or a click/);
  user.type("\x1b[1;3B");
  await user.see(/bob> *$/);
  user.type("\x1b[A\x1b[A");
  await user.see(/bob> is anybody here$/);
  await user.leave();
});

Deno.test("/me says nothing to nobody", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type("/me waves\r");
  await user.see(/Say in which conversation/);
  await talk.bob.client.sync();
  equal((await talk.bob.received()).includes("*waves*"), false);
  await user.leave();
});

Deno.test("U23: /busy and /free say what is so now", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice, { columns: 120 });
  await user.see(/● online/);
  user.type("/busy lunch 30m\r");
  await user.see(/you are busy since .* until .*: lunch/);
  await user.see(/● online +busy · /);
  user.type("/free\r");
  await user.see(/> \/free/);
  await user.see(/you are free/);
  await user.leave();
});

Deno.test("the members of a room are a page, in which a name is found by letters of it", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type("/room new bob --name den\r");
  await user.see(/Created #den/);
  user.type("/members\r");
  await user.see(/─ #den · \d members? ─/);
  await user.see(/alice, owner \(you\)/);
  user.type("/bo");
  await user.see(/▸bob, /);
  await user.seeNo(/alice, owner/);
  // Back to all of them, and out.
  user.type("\r");
  await user.see(/alice, owner \(you\)/);
  user.type("\x1b[27u");
  await user.seeNo(/alice, owner/);
  await user.leave();
});
