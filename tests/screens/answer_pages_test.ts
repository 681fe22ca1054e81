import { deepEqual, equal, match, ok } from "node:assert/strict";
import { HANG_MS } from "../kit/hang.ts";
import { ScreenUser } from "../kit/screen_user.ts";
import { openTalk, type Pair, type TestClient } from "../kit/test_client.ts";

const ALT_DOWN = "\x1b[1;3B";
const ALT_Y = "\x1by";
const F9 = "\x1b[20~";
const ESCAPE = "\x1b[27u";

async function offer({ world }: Pair, from: TestClient, to: TestClient, name: string) {
  const folder = await world.folder();
  await Deno.writeTextFile(`${folder}/${name}`, "what is in it\n");
  const signal = AbortSignal.timeout(HANG_MS);
  await from.client.transfers.offer(to.account, [`${folder}/${name}`], signal);
  await from.client.flush();
}

Deno.test("/help opens the page of F1, laid out for its width, and nothing of it stays in the conversation", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type("/help\r");
  const rows = await user.see(/╭─ Help ─.*╮/);
  ok(rows.some((row) => /\/ finds a command · escape closes/.test(row)), rows.join("\n"));
  user.type(ESCAPE);
  const after = await user.seeNo(/ Help/);
  equal(after.filter((row) => row.includes("> /help")).length, 0, after.join("\n"));
  await user.leave();
});

Deno.test("/help COMMAND explains one command with nothing wrapped twice, and / finds another", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice, { columns: 60, rows: 30 });
  await user.see(/● online/);
  user.type("/help inbox\r");
  const rows = await user.see(/─ \/inbox ─/);
  const text = rows.map((row) => row.slice(18, -1).trim()).join(" ");
  match(
    text,
    /\/inbox bob +the last messages between you and bob +\/inbox bob --before 140 +the messages before message 140/,
  );
  user.type(ESCAPE);
  await user.seeNo(/─ \/inbox ─/);
  user.type("?");
  await user.see(/─ Help ─/);
  user.type("/transf");
  await user.see(/Find a command/);
  await user.see(/▸\/transfers/);
  user.type("\r");
  await user.see(/─ \/transfers ─/);
  user.type(ESCAPE);
  await user.leave();
});

Deno.test("/who is a page to read, and /verify NAME the page with the QR code", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type("/who\r");
  await user.see(/Who is online/);
  await user.see(/bob/);
  user.type("q");
  await user.seeNo(/Who is online/);
  user.type("/verify bob\r");
  await user.see(/Safety number with bob: not verified/);
  await user.see(/█▀▀▀▀▀█/);
  user.type("m");
  await user.see(/bob is verified|✓/);
  // A number that is given is compared, which is said in the conversation.
  user.type("/verify bob 12345\r");
  const rows = await user.see(/60 digits/);
  equal(rows.some((row) => row.includes("Safety number with")), false);
  await user.leave();
});

Deno.test("what a command answers stands in the conversation of somebody who typed on meanwhile", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type("/who\rhel");
  const rows = await user.see(/> hel$/);
  equal(rows.some((row) => row.includes("Who is online")), false, rows.join("\n"));
  await user.see(/^.*bob.*since/);
  await user.leave();
});

Deno.test("/transfers says that there is none, and then x twice cancels one", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  user.type("/transfers\r");
  await user.see(/no transfers/);
  await user.wait(offer(talk, alice, bob, "report.txt"));
  user.type("/transfers\r");
  await user.see(/▸ 1 {2}report\.txt {2}⇡ to bob/);
  await user.see(/x cancel · up and down choose · escape closes/);
  user.type("x");
  await user.see(/x again cancels it/);
  user.type("k");
  await user.see(/x cancel · up/);
  user.type("xx");
  await user.see(/cancelled/);
  const states = (await alice.client.transfers.newest(5)).map(({ state }) => state.state);
  deepEqual(states, ["cancelled"]);
  user.type(ESCAPE);
  await user.leave();
});

Deno.test("/transfers begins all names in one column, whichever is selected", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  for (const name of ["report.txt", "later.txt"]) await user.wait(offer(talk, alice, bob, name));
  user.type("/transfers\r");
  const rows = await user.see(/▸ 2 {2}later\.txt {2}⇡ to bob/);
  const columnOf = (name: string) =>
    rows.find((row) => row.includes(`${name}  ⇡ to bob`))?.indexOf(name);
  equal(columnOf("report.txt"), columnOf("later.txt"));
  user.type(ESCAPE);
  await user.leave();
});

Deno.test("/transfers begins with what can be done something about, whatever ended after it began", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  for (const name of ["early.txt", "later.txt"]) await user.wait(offer(talk, alice, bob, name));
  user.type("/transfers\r");
  await user.see(/▸ 2 {2}later\.txt/);
  user.type("xx");
  await user.see(/cancelled/);
  user.type(ESCAPE);
  await user.seeNo(/Transfers/);
  user.type("/transfers\r");
  const rows = await user.see(/▸ 1 {2}early\.txt/);
  const at = (name: string) => rows.findIndex((row) => row.includes(`${name}  ⇡ to bob`));
  ok(at("early.txt") < at("later.txt"), rows.join("\n"));
  user.type(ESCAPE);
  await user.leave();
});

Deno.test("/transfers goes on while it is open: p pauses a file on its way, r resumes it", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  await user.wait(offer(talk, bob, alice, "report.txt"));
  // Nothing of it comes: it stays on its way.
  await user.wait(bob.disconnect());
  await user.see(/alt-y|F9|f9/);
  user.type(ALT_Y);
  await user.see(/receiving report/);
  user.type("/transfers\r");
  await user.see(/p pause · x cancel · up and down/);
  const state = async () =>
    (await alice.client.transfers.newest(5)).map(({ state }) => state.state);
  deepEqual(await state(), ["receiving"]);
  user.type("p");
  await user.see(/r resume · x cancel · escape/);
  deepEqual(await state(), ["paused"]);
  user.type("r");
  await user.see(/p pause · x cancel · up and down/);
  deepEqual(await state(), ["receiving"]);
  user.type(ESCAPE);
  await user.leave();
});

Deno.test("U12: /requests opens what F9 opens, and without any says so in a line", async () => {
  await using talk = await openTalk();
  const { world, alice } = talk;
  await using carol = await (await world.client("carol", 2)).connect();
  alice.messenger.contacts.contactStatuses.policy = "contacts";
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  user.type("/requests\r");
  await user.see(/no requests/);
  await user.wait(carol.say(alice, "let me in, it is about the cockatoo"));
  await user.see(/carol \(new\) wants to chat/);
  user.type("/requests\r");
  const rows = await user.see(/y yes · n twice no · b twice blocks/);
  match(rows.join("\n"), /let me in, it is about the cockatoo/);
  user.type(ESCAPE);
  await user.seeNo(/y yes/);
  user.type(`${F9}`);
  await user.see(/y yes/);
  user.type(ESCAPE);
  await user.leave();
});

Deno.test("/inbox NAME is a page of what was said, wherever it is asked for", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  await user.wait(bob.say(alice, "good morning"));
  user.type(ALT_DOWN);
  await user.see(/good morning/);
  user.type("/inbox bob\r");
  await user.see(/Messages: bob/);
  await user.see(/\[\d\].*bob ▸ good morning/);
  user.type("q");
  await user.leave();
});

Deno.test("what is typed over a page is said to nobody, though q closes a page", async () => {
  await using talk = await openTalk();
  const { alice } = talk;
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  user.type(ALT_DOWN);
  await user.see(/bob>$/);
  user.type("/who\r");
  await user.see(/Who is online/);
  user.type("/requests");
  user.type("\r");
  await user.seeNo(/Who is online/);
  user.type("the end");
  const rows = await user.see(/bob> the end$/);
  equal(rows.some((row) => row.includes("uests")), false, rows.join("\n"));
  await user.leave();
});
