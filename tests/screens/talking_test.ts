import { equal, match, ok, rejects } from "node:assert/strict";
import { openTalk } from "../kit/test_client.ts";
import { ScreenUser } from "../kit/screen_user.ts";

/** Alt with a key, and keys that have no character. */
const ALT_DOWN = "\x1b[1;3B";
const F1 = "\x1bOP";
const F2 = "\x1bOQ";
const F3 = "\x1bOR";
const F5 = "\x1b[15~";

Deno.test("full screen shows what is said, says what is typed, and shows how far it came", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  user.type(ALT_DOWN);
  await user.see(/│.{7}hello alice/);
  user.type("how are you?\r");
  await user.see(/│.{7}how are you\? +✓$/);
  await bob.client.sync();
  ok((await bob.received()).includes("how are you?"));
  await bob.say(alice, "fine, alice");
  await user.see(/│.{7}fine, alice/);
  await user.see(/│.{7}how are you\? +✓✓$/);
  await user.leave();
});

Deno.test("U1: NAME: before a text addresses it on the page of somebody else, too", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await using carol = await (await world.client("carol", 2)).connect();
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  user.type(ALT_DOWN);
  await user.see(/bob>$/);
  user.type("carol:hi there\r");
  await user.see(/carol>$/);
  await user.see(/│.{7}hi there +✓$/);
  await carol.client.sync();
  ok((await carol.texts()).includes("alice: hi there"));
  await bob.client.sync();
  ok(!(await bob.received()).some((text) => text.includes("hi there")));
  await user.leave();
});

Deno.test("full screen leaves the line that is typed as it is while 100 messages come in", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  user.type(ALT_DOWN);
  user.type("half a sen\x1b[D\x1b[D");
  await user.see(/^.*bob> half a sen$/);
  const typed = (rows: readonly string[]) => rows.find((row) => row.includes("bob> "));
  for (let i = 0; i < 100; i++) {
    await user.wait(bob.say(alice, `message ${i}`));
    if (i % 10 === 0) match(typed(await user.rows()) ?? "", /bob> half a sen$/);
  }
  match(typed(await user.see(/message 99$/)) ?? "", /bob> half a sen$/);
  // The cursor too is where it was.
  user.type("XX");
  await user.see(/bob> half a sXXen$/);
  await user.leave();
});

Deno.test("full screen runs the commands of the dialogue, on the conversation that is open", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type("/nosuch\r");
  await user.see(/No command \/nosuch/);
  user.type(ALT_DOWN);
  user.type("/whoami\r");
  await user.see(/alice at /);
  user.type("note: this stays with bob\r");
  await user.see(/│.{7}note: this stays with bob/);
  user.type("//slash\r");
  await user.see(/│.{7}\/slash/);
  await user.leave();
});

Deno.test("full screen completes, goes, finds and explains", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type(`${F2}bo`);
  await user.see(/▸bob .*(online|offline)/);
  user.type("\r");
  await user.see(/bob +(online|offline) · not verified/);
  user.type("/who\t");
  await user.see(/▸\/who /);
  user.type("\x1b[B\r");
  await user.see(/bob> \/whoami/);
  user.type("\x15I am :wav\t");
  await user.see(/▸:wave: /);
  user.type("\r");
  await user.see(/bob> I am 👋/u);
  user.type(`\x15${F3}hello b`);
  await user.see(/▸.* you +hello bob/);
  user.type(`\r${F1}`);
  await user.see(/go to the next unread/);
  user.type("q");
  await user.see(/│.{7}hello bob/);
  await user.leave();
});

Deno.test("SR-08: full screen shows the safety number as both sides see it, and marks who was compared", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  user.type(ALT_DOWN + F5);
  const contact = await bob.client.findContact("alice");
  const groups = bob.client.safetyNumber(contact).match(/\d{5}/g) ?? [];
  equal(groups.length, 12);
  await user.see(new RegExp(`│ ${groups.slice(0, 4).join(" ")}`));
  await user.see(new RegExp(`│ ${groups.slice(8).join(" ")}`));
  user.type("m");
  await user.see(/bob +(online|offline) · ✓ verified/);
  await user.see(/bob✓>/);
  await user.leave();
});

Deno.test("full screen counts what is said elsewhere, and still knows it at the next start", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  {
    await using user = await ScreenUser.open(alice);
    await user.see(/● online/);
    await bob.say(alice, "are you there?");
    await user.see(/bob +!\d+ │/);
    await user.leave();
  }
  await alice.restart();
  {
    await using user = await ScreenUser.open(alice);
    await user.see(/bob +!\d+ │/);
    user.type("\x1ba");
    await user.see(/new since/);
    await user.see(/● bob +│|○ bob +│/);
    await user.leave();
  }
  await alice.restart();
  await using user = await ScreenUser.open(alice);
  const rows = await user.see(/● online/);
  ok(!rows.some((row) => /bob +!/.test(row)), rows.join("\n"));
  await user.leave();
});

Deno.test("full screen has what was being typed when it was left, in each conversation", async () => {
  await using talk = await openTalk();
  const { alice } = talk;
  {
    await using user = await ScreenUser.open(alice);
    await user.see(/● online/);
    user.type(`${ALT_DOWN}not yet\x1b\rsaid\x1b[1;3A`);
    await user.see(/│ heliograph/);
    await user.leave();
  }
  // Sealed: nothing of it stands in the profile's files.
  const { path } = alice.client.profile.database;
  for (const file of [path, `${path}-wal`]) {
    const bytes = await Deno.readFile(file).catch(() => new Uint8Array());
    ok(!new TextDecoder("latin1").decode(bytes).includes("not yet"));
  }
  await alice.restart();
  {
    await using user = await ScreenUser.open(alice);
    await user.see(/● online/);
    user.type(ALT_DOWN);
    await user.see(/bob> not yet/);
    user.type(" now\r");
    await user.see(/said now +✓/);
    await user.leave();
  }
  await alice.restart();
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  user.type(ALT_DOWN);
  ok((await user.see(/bob>/)).every((row) => !/bob> ./.test(row)));
  await user.leave();
});

Deno.test("full screen keeps what is said while the server is away", async () => {
  await using talk = await openTalk();
  const { alice } = talk;
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  user.type(ALT_DOWN);
  alice.link?.cut();
  user.type("keep this\r");
  await user.see(/│.{7}keep this/);
  await user.see(/│.{7}keep this +✓/);
  await user.leave();
});

Deno.test("full screen that is told to stop before it shows a conversation ends", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice, { stopsAtOnce: true });
  await rejects(user.wait(user.left), /Stopped/);
  await user.wait(user.screen[Symbol.asyncDispose]());
  equal(user.terminal.raw, false);
});

Deno.test("full screen loses nothing of a command that is typed while it starts", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice, { typesEarly: "/whoa" });
  await user.see(/● online/);
  await user.see(/> \/whoa$/);
  user.type("mi\r");
  await user.see(/role member/);
  await user.leave();
});

Deno.test("full screen runs a command that is entered while it starts", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice, { typesEarly: "/to bob\rhow are " });
  await user.see(/● online/);
  await user.see(/│.{7}hello alice/);
  user.type("you?\r");
  await user.see(/│.{7}.*you\? +✓$/);
  await user.leave();
});

Deno.test("full screen sends no text that is entered while it starts: it waits to be read again", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice, { typesEarly: "bob:secret word\rand more" });
  await user.see(/● online/);
  await user.see(/> bob:secret word$/);
  await user.see(/ {2}and more$/);
  await user.leave();
  await user.wait(talk.bob.client.sync());
  equal((await talk.bob.received()).includes("secret word"), false);
});

Deno.test("full screen takes Escape and a command behind it that come together", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type(F1);
  await user.see(/escape closes/);
  user.type("\x1b/whoami\r");
  await user.see(/role member/);
  await user.leave();
});

Deno.test("S0.21: a name before a colon means the same on every page of the full screen", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const carol = await (await world.client("carol", 2)).connect();
  await carol.say(alice, "hello, carol here");
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  user.type(`${F2}bo\r`);
  await user.see(/bob +(online|offline) · not verified/);
  // Typed on bob's page, and not for bob.
  user.type("carol:for you alone\r");
  await user.see(/carol +(online|offline) · not verified/);
  await user.see(/│.{7}for you alone/);
  user.type(`${F2}bo\r`);
  await user.see(/bob +(online|offline) · not verified/);
  user.type("zz:/send 0\r");
  await user.see(/No account "zz" on this server\. Send it to/);
  user.type("/n\r");
  await user.see(/nothing was sent/);
  user.type("Carol: and you\r");
  await user.see(/Carol is spelled carol here\. Send it to carol\?/);
  user.type("/y\r");
  await user.see(/│.{7}and you +✓/);
  await user.leave();
  await user.wait(bob.client.sync());
  await user.wait(carol.client.sync());
  const toBob = (await bob.received()).filter((text) => text !== "hello bob");
  equal(toBob.join(), "");
  equal((await carol.received()).join(), "for you alone,and you");
});

const pasted = (text: string) => `\x1b[200~${text}\x1b[201~`;

Deno.test("full screen says of a paste that is too long that it was not taken, where nobody can have it as a file", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type(`before${pasted("line of text\r".repeat(6_000))}`);
  await user.see(/Not pasted: 78,006 characters are too long/);
  await user.see(/> before$/);
  await user.leave();
});

Deno.test("U5: full screen offers a paste that is too long as a file, and keeps what was typed", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  user.type(`${ALT_DOWN}before`);
  await user.see(/bob> before/);
  const text = "line of text\r".repeat(6_000);
  user.type(pasted(text));
  const rows = await user.see(/6,000 lines, 78\.0 kB, too long for a message/);
  equal(rows.some((row) => row.includes("paste it into the text")), false);
  user.type("\x1b");
  await user.seeNo(/too long/);
  user.type(pasted(text));
  await user.see(/▸send as a file/);
  user.type("\r");
  await user.see(/saved in/);
  await user.see(/⇡ pasted-\d{4}-\d{2}-\d{2}-\d{6}\.txt/);
  await user.see(/bob> before$/);
  await user.wait(alice.client.flush());
  await user.wait(bob.client.sync());
  const active = await bob.client.transfers.active();
  equal(active.length, 1);
  match(active[0].items[0].path, /^pasted-.*\.txt$/);
  equal(active[0].items[0].sizeBytes, text.length);
  await user.leave();
});

Deno.test("full screen keeps a long paste until it is answered, by a letter too", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type(ALT_DOWN);
  await user.see(/│.{7}hello alice/);
  const text = "a line\r".repeat(60);
  user.type(pasted(text));
  await user.see(/▸paste it into the text/);
  user.type("qx\x1b[B");
  await user.see(/▸send as a file +f · your text stays/);
  user.type("d");
  await user.see(/bob> *$/);
  await user.seeNo(/60 lines/);
  user.type(pasted(text));
  await user.see(/60 lines/);
  user.type("f");
  await user.see(/⇡ pasted-/);
  await user.leave();
});

Deno.test("full screen asks before 50 lines become a message, and takes 49", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type(ALT_DOWN);
  await user.see(/│.{7}hello alice/);
  const lines = (count: number) =>
    Array.from({ length: count }, (_, i) => `line ${i + 1}`).join("\r");
  user.type(pasted(lines(49)));
  await user.see(/line 49$/);
  user.type("\x03");
  user.type(pasted(lines(50)));
  const rows = await user.see(/50 lines, 390 B, pasted/);
  equal(rows.some((row) => /line 50/.test(row)), false);
  user.type("\x1b[B\x1b[B");
  await user.see(/▸discard it/);
  user.type("\r");
  await user.see(/bob> *$/);
  user.type(pasted(lines(50)));
  await user.see(/▸paste it into the text/);
  user.type("\r");
  await user.see(/line 50$/);
  user.type("\r");
  // A text so long is folded.
  await user.see(/… 38 more lines, Enter +[✓…]/);
  await user.leave();
});
