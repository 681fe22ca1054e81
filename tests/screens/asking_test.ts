import { deepEqual, equal, ok } from "node:assert/strict";
import { AnswerPolicy } from "../../lib/client/contacts/answer_policy.ts";
import { copySequence } from "../../lib/tui/panels/copying.ts";
import { found, town } from "../kit/town.ts";
import { HANG_MS } from "../kit/hang.ts";
import { ScreenUser } from "../kit/screen_user.ts";
import { openPair, openTalk, type Pair, type TestClient } from "../kit/test_client.ts";

const ALT_DOWN = "\x1b[1;3B";
const F9 = "\x1b[20~";
const OSC_52 = "\x1b]52";

/** Offers a file of that name; the offer has left when this resolves. */
async function offer({ world }: Pair, from: TestClient, to: TestClient, name: string) {
  const folder = await world.folder();
  await Deno.writeTextFile(`${folder}/${name}`, "what is in it\n");
  await from.client.transfers.offer(
    to.account,
    [`${folder}/${name}`],
    AbortSignal.timeout(HANG_MS),
  );
  await from.client.flush();
}

async function incoming({ client }: TestClient): Promise<readonly string[]> {
  return (await client.transfers.newest(10)).map(({ items, state }) =>
    `${items[0].path} ${state.state}`
  );
}

Deno.test("full screen asks about an offer without disturbing what is typed, and alt-y takes it", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  user.type(`${ALT_DOWN}half a`);
  await user.see(/bob> half a/);
  await offer(talk, bob, alice, "report.txt");
  await user.see(/bob sends you report\.txt \(14 B\) · [67] d left · F9 answer/);
  user.type(" sentence");
  await user.see(/bob> half a sentence$/);
  // On a line with text alt-y is the line's own.
  user.type("\x1by\x15");
  await user.see(/bob>$/);
  deepEqual(await incoming(alice), ["report.txt offered"]);
  user.type("\x1by");
  // The card says it, and no line below it.
  await user.see(/report\.txt .*(?:░ 0 %|verified)/);
  await user.seeNo(/receiving report/);
  const rows = await user.rows();
  ok(!rows.some((row) => row.includes("F9 answer")), rows.join("\n"));
  await user.leave();
});

Deno.test("full screen: an answer is for what was shown when it was begun, and not for a stranger who came meanwhile", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await using carol = await (await world.client("carol", 2)).connect();
  alice.messenger.contacts.contactStatuses.policy = "contacts";
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  // A line that was begun before anything was asked answers nothing.
  user.type("/y");
  await user.see(/> \/y$/);
  await offer(talk, bob, alice, "report.txt");
  await user.see(/bob sends you report\.txt .* F9 answer/);
  user.type("\r");
  await user.see(/There was nothing to answer when you typed this/);
  deepEqual(await incoming(alice), ["report.txt offered"]);
  user.type("/y");
  await user.see(/> \/y$/);
  await user.wait(carol.say(alice, "let me in"));
  await user.see(/carol \(new\) wants to chat/);
  // The strip says it, and no line of the conversation.
  await user.seeNo(/\* carol \(new\)/);
  user.type("\r");
  await user.see(/receiving report\.txt/);
  equal((await alice.client.requests()).length, 1);
  await user.leave();
});

Deno.test("full screen numbers several requests, and y and n answer the chosen one", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  await offer(talk, bob, alice, "one.txt");
  await offer(talk, bob, alice, "two.txt");
  await user.see(/1 bob sends you one\.txt/);
  await user.see(/2 bob sends you two\.txt/);
  user.type(`${F9}2`);
  await user.see(/▸2 +bob sends you two\.txt/);
  user.type("n");
  // What is declined does not come back: one key is not enough.
  await user.see(/the same key again: \/n 2 · any other: not/);
  user.type("n");
  await user.see(/▸1 +bob sends you one\.txt/);
  user.type("y");
  await user.see(/declined two\.txt/);
  await user.see(/receiving one\.txt/);
  // Nobody typed what the keys stand for, and the card says what became of it.
  equal((await user.rows()).some((row) => /> \/[yn] \d/.test(row)), false);
  // Answered all: the panel is gone, and keys are the line's again.
  user.type("yes and no");
  await user.see(/> yes and no$/);
  await user.leave();
});

Deno.test("a policy for one contact answers by itself, and says so; nobody else's requests", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  user.type("/policy bob files decline\r");
  await user.see(/bob +files +decline/);
  await offer(talk, bob, alice, "unwanted.txt");
  await user.see(/unwanted\.txt \(14 B\): your policy:/);
  await user.see(/declined unwanted\.txt/);
  user.type("/policy everybody files decline\r/policy bob files accept\r");
  await user.see(/bob +files +accept/);
  await offer(talk, bob, alice, "wanted.txt");
  await user.see(/receiving wanted\.txt/);
  await user.leave();
});

Deno.test("a request that nobody answers is declined when its time is over", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  user.type("/policy --limit 1s\r");
  await user.see(/not a time from a minute to a year/);
  user.type("/policy --limit 1m\r");
  await user.see(/a request waits 1 minute/);
  // A minute of this clock is thousands of rounds.
  new AnswerPolicy(alice.client.profile).limitMs = 2_000;
  await offer(talk, bob, alice, "late.txt");
  await user.see(/late\.txt .*1 min left/);
  await user.see(/nobody answered/);
  await user.see(/declined late\.txt/);
  await user.leave();
});

Deno.test("rules: the account's own beats everybody's, which beats what rooms are asked about", async () => {
  await using place = await town(2);
  const { alice, bob } = place;
  const policy = new AnswerPolicy(bob.client.profile);
  equal(policy.of(alice.account, "files"), undefined);
  policy.set({ account: undefined, kind: "files", answer: "accept" });
  equal(policy.of(alice.account, "files"), "accept");
  policy.set({ account: alice.account, kind: "files", answer: "ask" });
  equal(policy.of(alice.account, "files"), "ask");
  // Bob comes into rooms by himself, but for those of alice.
  policy.set({ account: alice.account, kind: "rooms", answer: "ask" });
  const room = await found(alice, [bob], { name: "ops" });
  await bob.client.sync();
  deepEqual((await bob.client.rooms.invited.list()).map((one) => one.room), [room]);
});

Deno.test("SR-70: what is copied goes to the clipboard as OSC 52, and nothing that is too long", () => {
  const bytes = copySequence("grüße 👋");
  equal(new TextDecoder().decode(bytes), "\x1b]52;c;Z3LDvMOfZSDwn5GL\x1b\\");
  equal(copySequence("x".repeat(74_001)), undefined);
  ok(copySequence("x".repeat(74_000)) !== undefined);
});

Deno.test("SR-70: full screen writes to the clipboard what the person chose, and never what comes in", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  await bob.say(alice, "\x1b]52;c;ZXZpbA==\x07not asked for");
  user.type(ALT_DOWN);
  await user.see(/not asked for/);
  equal(user.terminal.written.includes(OSC_52), false);
  user.type("\x1bc");
  await user.see(/▸.* bob +.*not asked for/);
  equal(user.terminal.written.includes(OSC_52), false);
  user.type("hello\r");
  await user.see(/copied, if your terminal/);
  equal(user.terminal.written.split(OSC_52).length, 2, "once");
  ok(user.terminal.written.includes(`${OSC_52};c;${btoa("hello alice")}\x1b\\`));
  await user.leave();
});

Deno.test("SR-70: full screen writes nothing to the clipboard where the settings say so", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice, { config: "[screen]\ncopy = false\n" });
  await user.see(/● online/);
  user.type(`${ALT_DOWN}\x1bc`);
  await user.see(/copying is off/);
  equal(user.terminal.written.includes(OSC_52), false);
  await user.leave();
});

Deno.test("U12: full screen shows what a stranger wrote where it is answered, and no typing answers it", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  alice.messenger.contacts.contactStatuses.policy = "contacts";
  await bob.say(alice, "is this the alice who sells boats?");
  await using user = await ScreenUser.open(alice);
  await user.see(/bob \(new\) wants to chat: "is this the .*…" · F9/);
  // Neither key answers what nobody has read.
  user.type("\x1bn");
  await user.see(/^.*is this the alice who sells boats\?$|│ +is this the alice who sells boats\?/);
  await user.see(/y yes · n twice no · b twice blocks/);
  // Somebody types on: the panel gives way, and nobody is declined.
  user.type("/requests");
  await user.see(/> \/requests$/);
  user.type(`\x15${F9}`);
  await user.see(/is this the alice/);
  user.type("no");
  await user.see(/> o$/);
  user.type(`\x15${F9}n`);
  await user.see(/the same key again: \/decline bob · any other: not/);
  user.type("2");
  await user.see(/y yes · n twice no/);
  equal((await alice.client.requests()).length, 1);
  user.type("y");
  const rows = await user.see(/bob is now a contact/);
  // Nobody typed what the key stands for.
  equal(rows.some((row) => row.includes("> /accept")), false, rows.join("\n"));
  deepEqual(await alice.texts(), ["bob: is this the alice who sells boats?"]);
  await user.leave();
});

Deno.test("U15: /passwd shows dots and the grade of the new password, and nothing of either", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type("/passwd\r");
  await user.see(/Current password:/);
  // U23: at 80 columns, too, the caption says what answers.
  await user.see(/enter answers · .*escape cancels/);
  user.type("secret");
  await user.see(/> ••••••$/);
  user.type("\r");
  await user.see(/New password:/);
  user.type("password");
  await user.see(/> ••••••••$/);
  await user.see(/Very weak: among the ten passwords that are tried first/);
  user.type("\x15stapler glacier onyx tribune");
  await user.see(/ (?:Good|Strong)$/);
  user.type("\r");
  await user.see(/New password again:/);
  user.type("stapler gracier");
  await user.see(/It differs/);
  user.type("\x03");
  await user.see(/Nothing was done/);
  const rows = (await user.rows()).join("\n");
  ok(!/stapler|secret/.test(user.terminal.written + rows), rows);
  await user.leave();
});
