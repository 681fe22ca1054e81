import { equal, ok } from "node:assert/strict";
import { ScreenUser } from "../kit/screen_user.ts";
import { openTalk } from "../kit/test_client.ts";
import { lines } from "../kit/talk_scenes.ts";

const ALT_DOWN = "\x1b[1;3B";
const CTRL_UP = "\x1b[1;5A";
const UP = "\x1b[A";
const ESCAPE = "\x1b";
const OSC_52 = "\x1b]52";

/** Alice at her screen, with bob's page open. */
async function atBobs() {
  const talk = await openTalk();
  const user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type(ALT_DOWN);
  await user.see(/hello alice/);
  const last = async () => {
    await user.wait(talk.bob.client.sync());
    const entries = (await talk.bob.entries()).filter(({ kind }) => kind === "text");
    return entries[entries.length - 1];
  };
  /** Waits until bob's device has what was sent. */
  const until = async (has: () => Promise<boolean>) => {
    for (let round = 0; round < 100; round++) {
      await user.wait(talk.bob.client.sync());
      if (await has()) return;
    }
    throw new Error("it did not come");
  };
  return {
    ...{ talk, user, last, until },
    async [Symbol.asyncDispose]() {
      await user[Symbol.asyncDispose]();
      await talk[Symbol.asyncDispose]();
    },
  };
}

Deno.test("U3: message cursor answers the message that it is on, and the answer quotes it at both ends", async () => {
  await using scene = await atBobs();
  const { user, talk: { bob }, last } = scene;
  user.type(CTRL_UP);
  await user.see(/▌ {6}hello alice/);
  await user.see(/r reply {2}\+ react/);
  user.type("r");
  await user.see(/↩ reply to bob: hello alice/);
  user.type("hello again\r");
  await user.see(/╭ bob: hello alice/);
  await user.see(/hello again +✓/);
  await user.seeNo(/↩ reply/);
  const { text, replyTo } = await last();
  equal(text, "hello again");
  const target = await bob.client.messenger.history.text(replyTo ?? "");
  equal(target?.text, "hello alice");
  // The next one is a text of its own.
  user.type("and this\r");
  await user.see(/and this +✓/);
  equal((await last()).replyTo, undefined);
  await user.leave();
});

Deno.test("answer that was begun is dropped by escape, and goes out by no command", async () => {
  await using scene = await atBobs();
  const { user, last } = scene;
  user.type(`${CTRL_UP}r`);
  await user.see(/↩ reply to bob/);
  user.type("/whoami\r");
  await user.see(/alice at /);
  await user.see(/↩ reply to bob/);
  user.type(`//not a command\r`);
  await user.see(/ \/not a command +✓/);
  const answer = await last();
  equal(answer.text, "/not a command");
  ok(answer.replyTo !== undefined);
  user.type(`${CTRL_UP}r`);
  await user.see(/↩ reply/);
  user.type(ESCAPE);
  await user.seeNo(/↩ reply/);
  user.type("plain\r");
  await user.see(/plain +✓/);
  equal((await last()).replyTo, undefined);
  await user.leave();
});

Deno.test("U2: full screen shows live what is done to texts: chips, edits, tombstones, and what quotes them", async () => {
  await using scene = await atBobs();
  const { user, talk: { bob, alice }, last } = scene;
  const flush = () => user.wait(bob.client.flush());
  user.type("one thing\r");
  await user.see(/one thing +✓/);
  const { talk } = bob.client;
  await talk.react(await last(), "👍", { on: true });
  await flush();
  await user.see(/ {8}👍 {1,2}1/u);
  await bob.say(alice, "lunch?");
  await user.see(/lunch\?/);
  user.type(`${CTRL_UP}ryes\r`);
  await user.see(/╭ bob: lunch\?/);
  await last();
  const question = (await bob.entries()).find(({ text }) => text === "lunch?");
  ok(question !== undefined);
  await talk.change(question, { kind: "edit", text: "dinner?" });
  await flush();
  await user.see(/dinner\? \(edited\)/);
  await user.see(/╭ bob: dinner\?/);
  await talk.change(question, { kind: "delete" });
  await flush();
  await user.see(/│ {7}deleted$/);
  const rows = await user.see(/╭ bob: deleted/);
  // No lines about it, and none of its words.
  ok(rows.every((row) => !/dinner|lunch|reacted|edited|message \d/.test(row)), rows.join("\n"));
  await user.leave();
  // The same from the disk.
  await alice.restart();
  await using again = await ScreenUser.open(alice);
  await again.see(/● online/);
  again.type(ALT_DOWN);
  await again.see(/│ {7}deleted$/);
  await again.see(/ {8}👍 {1,2}1/u);
  const later = await again.see(/╭ bob: deleted/);
  ok(later.every((row) => !/dinner|lunch|reacted|message \d/.test(row)), later.join("\n"));
  await again.leave();
});

Deno.test("up on an empty line edits what was said last, once more walks through what was entered", async () => {
  await using scene = await atBobs();
  const { user, last, until } = scene;
  user.type("helo\r");
  await user.see(/ helo +✓/);
  user.type(UP);
  await user.see(/✎ edit you: helo/);
  await user.see(/bob> helo$/);
  user.type("\x01\x06\x06\x06l\r");
  await user.see(/ hello \(edited\) +✓/);
  await user.seeNo(/✎ edit/);
  // The mark may be the one of before.
  await until(async () => (await last()).text === "hello");
  // Left by escape, and by entering the same: nothing is changed.
  user.type(`${UP}XX${ESCAPE}`);
  await user.seeNo(/✎ edit/);
  await user.see(/bob>$/);
  user.type(`${UP}\r`);
  await user.seeNo(/✎ edit/);
  user.type("/whoami\r");
  await user.see(/alice at /);
  user.type(UP);
  await user.see(/✎ edit you: hello/);
  user.type(UP);
  await user.see(/bob> \/whoami$/);
  user.type("\x15");
  equal((await last()).editedMs !== undefined, true);
  await user.leave();
});

Deno.test("U3: message cursor deletes an own message when it is pressed twice, and takes back one that never left", async () => {
  await using scene = await atBobs();
  const { user, talk: { alice }, last, until } = scene;
  user.type("a mistake\r");
  await user.see(/a mistake +✓/);
  user.type(`${CTRL_UP}d`);
  await user.see(/Delete it for everybody\? d deletes/);
  user.type("k");
  await user.seeNo(/Delete it/);
  user.type("jd");
  await user.see(/Delete it/);
  user.type("d");
  await user.see(/you deleted this/);
  await until(async () => (await last()).deletedBy === alice.account);
  user.type(ESCAPE);
  await user.seeNo(/▌/);
  alice.link?.cut();
  user.type("never mind\r");
  await user.see(/never mind/);
  user.type(`${CTRL_UP}dd`);
  // Sent meanwhile or not: nothing of it stands there.
  await user.seeNo(/never mind/);
  await user.leave();
});

Deno.test("U3: message cursor reacts with an emoji by its name, and takes it back", async () => {
  await using scene = await atBobs();
  const { user, talk: { bob }, until } = scene;
  const said = async () => {
    const [entry] = (await bob.entries()).filter(({ text }) => text === "hello alice");
    return (await bob.client.talk.factsOf(entry)).reactions.flatMap(({ emojis }) => emojis).join();
  };
  user.type(`${CTRL_UP}+`);
  await user.see(/▸👍/u);
  user.type("thumb");
  await user.see(/▸👍 +thumbs/u);
  user.type("\x15tada");
  await user.see(/▸🎉 +tada/u);
  user.type("\r");
  await user.see(/🎉 {1,2}you/u);
  user.type(ESCAPE);
  await user.see(/🎉 {1,2}1•/u);
  await until(async () => await said() === "🎉");
  user.type(`${CTRL_UP}+`);
  await user.see(/▸🎉 +undo the reaction/u);
  user.type("\r");
  await user.seeNo(/🎉/u);
  await until(async () => await said() === "");
  await user.leave();
});

Deno.test("SR-70: message cursor copies its message by OSC 52, and only when y is pressed", async () => {
  await using scene = await atBobs();
  const { user } = scene;
  user.type(CTRL_UP);
  await user.see(/y copy/);
  equal(user.terminal.written.includes(OSC_52), false);
  user.type("y");
  await user.see(/copied, if your terminal/);
  equal(user.terminal.written.split(OSC_52).length, 2, "once");
  ok(user.terminal.written.includes(`${OSC_52};c;${btoa("hello alice")}\x1b\\`));
  await user.leave();
});

Deno.test("message cursor shows a long message whole and folds it again; typing on lets go of it", async () => {
  await using scene = await atBobs();
  const { user, talk: { alice, bob } } = scene;
  await bob.say(alice, lines(18));
  await user.see(/… 6 more lines, Enter/);
  user.type(`${CTRL_UP}\r`);
  await user.see(/line 18 of the log/);
  user.type("\r");
  await user.see(/… 6 more lines, Enter/);
  user.type("what is this?");
  await user.see(/bob> what is this\?$/);
  await user.seeNo(/▌/);
  user.type("\x15");
  await user.leave();
});

Deno.test("message cursor says why a key does nothing, and is let go of where another conversation is opened", async () => {
  await using scene = await atBobs();
  const { user } = scene;
  user.type(`${CTRL_UP}e`);
  await user.see(/only its author can edit a message/);
  user.type("j");
  await user.seeNo(/only its author/);
  user.type(CTRL_UP);
  await user.see(/▌ {6}hello alice/);
  user.type("\x1b[1;3A");
  await user.see(/│ heliograph/);
  user.type(ALT_DOWN);
  await user.see(/▎ {6}hello alice/);
  user.type("read this");
  await user.see(/bob> read this$/);
  user.type("\x15");
  await user.leave();
});

Deno.test("U19: search says where it looks, goes to what it found, and on to the next by n and N", async () => {
  await using scene = await atBobs();
  const { user, talk: { alice, bob } } = scene;
  for (const text of ["the red house", "filling", "the Réd car"]) await bob.say(alice, text);
  await user.see(/the Réd car/);
  user.type("\x1bsblue");
  await user.see(/Nothing found: alt-s searches all conversations/);
  // U23: the key that has no other place is not left out for two that have.
  await user.see(/enter goes there · alt-s everywhere · escape closes/);
  user.type("\x15red");
  await user.see(/Search bob {2}2 found/);
  await user.see(/▸\d\d:\d\d {2}bob {2}the Réd car/);
  user.type("\x1bs");
  await user.see(/Search all conversations {2}2 found/);
  user.type("\x1bs\r");
  await user.see(/▌.*the Réd car/);
  await user.see(/n older 1\/2 {2}N newer/);
  user.type("n");
  await user.see(/▌.*the red house/);
  // There is nothing older.
  user.type("nN");
  await user.see(/▌.*the Réd car/);
  user.type(ESCAPE);
  await user.seeNo(/▌/);
  // Enter may come before anything is found.
  user.type("\x1bshouse\r");
  await user.see(/▌.*the red house/);
  await user.leave();
});

Deno.test("U19: full screen goes to the start of a conversation, to a date, and back to the end", async () => {
  await using scene = await atBobs();
  const { user, talk: { alice, bob } } = scene;
  // More than is read at once.
  for (let i = 1; i <= 320; i++) {
    await user.wait(bob.client.write(alice.account, `text ${i}`));
    if (i % 80 === 0) await user.wait(bob.client.flush());
  }
  await user.see(/ text 320$/);
  user.type("\x1bg");
  await user.see(/Go to, in bob/);
  user.type("start\r");
  await user.see(/▌.*hello bob/);
  user.type("\x1bgend\r");
  await user.see(/ text 320$/);
  user.type("\x1bgtoday");
  await user.see(/▸today +\w+day, \d+ \w+ \d{4}, 00:00/);
  user.type("\r");
  await user.see(/▌.*hello bob/);
  user.type("\x1bgtomorrow");
  await user.see(/\(nothing\)/);
  user.type(ESCAPE);
  await user.seeNo(/Go to, in bob/);
  // The same as a command, of which nothing stays. A picked message has its own keys.
  user.type(ESCAPE);
  await user.seeNo(/▌.*hello bob/);
  user.type("/goto start\r");
  await user.see(/▌.*hello bob/);
  user.type(ESCAPE);
  await user.seeNo(/▌.*hello bob/);
  user.type("/goto end\r");
  const rows = await user.see(/ text 320$/);
  ok(!rows.some((row) => row.includes("/goto")), rows.join("\n"));
  user.type("/goto yesterday 9:00\r");
  await user.see(/▌.*hello bob/);
  user.type(ESCAPE);
  await user.seeNo(/▌.*hello bob/);
  user.type("/goto\r");
  await user.see(/Go to, in bob/);
  user.type(ESCAPE);
  await user.seeNo(/Go to, in bob/);
  user.type("/goto new\r");
  await user.see(/▌.*hello alice/);
  user.type(ESCAPE);
  await user.seeNo(/▌.*hello alice/);
  user.type("/goto elsewhere\r");
  await user.see(/I can't read the date 'elsewhere'/);
  await user.leave();
});
