/** The rows that need no server run in the shell of two people: what is done in a conversation is done there alike. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { type Clock, systemClock } from "../../../lib/base/clock.ts";
import { ShellWithout } from "../../kit/p2p_shell.ts";

Deno.test("messages are answered, edited, deleted and reacted to without a server, and the other one sees it", async () => {
  await using oscar = await ShellWithout.open("Oscar");
  await using julia = await ShellWithout.open("'Julia B'");
  await oscar.meet(julia);
  await oscar.run("send 'Julia B' at noon?");
  await julia.said(/^Oscar .* at noon\?$/);
  deepEqual(await julia.run("react oscar -1 :+1:"), ["Reacted 👍 to message 1"]);
  await oscar.said(/^\* .* "Julia B" reacted 👍 to message 1: "at noon\?"$/);
  deepEqual(await julia.run("react oscar -1 👍 --remove"), ["Removed 👍 from message 1"]);
  await oscar.said(/^\* .* "Julia B" removed the reaction to message 1: "at noon\?"$/);
  deepEqual(await oscar.run("edit 'Julia B' -1 at one?"), ["Edited message 1"]);
  await julia.said(/^\* .* Oscar edited message 1: at one\?$/);
  deepEqual(await julia.run("reply oscar -1", "yes"), [
    "Write a message",
    "Replied to message 1 of Oscar",
  ]);
  await oscar.said(/^Julia B .* \(replies to "at one\?"\) yes$/);
  deepEqual(await oscar.run("delete 'Julia B' 1"), ["Deleted message 1"]);
  await julia.said(/^\* .* Oscar deleted message 1$/);
  deepEqual(await julia.run("edit oscar 1 mine"), ["This message was deleted"]);
  const [edit] = julia.of("edit");
  deepEqual([edit.from, edit.own, edit.targetNumber, edit.text], ["Oscar", false, 1, "at one?"]);
  deepEqual(julia.of("reacted").map(({ emoji, on }) => [emoji, on]), [["👍", true], ["👍", false]]);
  match(String(julia.of("delete")[0].target), /./);
  equal(julia.of("deleted").length, 0);
});

Deno.test("messages disappear without a server once they were told", async () => {
  let aheadMs = 0;
  const clock: Clock = {
    ...systemClock,
    nowMs: () => systemClock.nowMs() + aheadMs,
    // Whoever waits for nearly as long as the message stays looks at the time again and again: it jumps.
    after: (durationMs, action) =>
      systemClock.after(durationMs > 3_000_000 ? 20 : durationMs, action),
  };
  await using oscar = await ShellWithout.open("Oscar");
  await using julia = await ShellWithout.open("julia", { clock });
  await oscar.meet(julia);
  deepEqual(await oscar.run("expire julia"), ["Messages with julia stay"]);
  deepEqual(await oscar.run("expire julia 1h"), [
    "Messages with julia disappear 1 hour after they are read",
  ]);
  await julia.said(/disappear/);
  await oscar.run("send julia burn this");
  await julia.said(/^Oscar .* burn this$/);
  const pair = await julia.desk.pair(julia.desk.findKnown("oscar"));
  const isThere = async () => (await pair.talk.search("burn this", { peer: undefined })).length > 0;
  ok(await isThere());
  while (pair.talk.unread().length > 0) await systemClock.sleep(10);
  aheadMs = 3_700_000;
  while (await isThere()) await systemClock.sleep(10);
  deepEqual(await julia.run("inbox Oscar"), ["No messages from Oscar"]);
});

Deno.test("what was said is searched, counted and written to a file, of one person or of all", async () => {
  await using oscar = await ShellWithout.open("Oscar");
  await using julia = await ShellWithout.open("'Julia B'");
  await using ana = await ShellWithout.open("ana");
  deepEqual(await oscar.run("unread"), [
    "You know nobody yet: conn HOST PORT connects to somebody",
  ]);
  await oscar.meet(julia);
  await oscar.meet(ana);
  for (const [who, text] of [[julia, "the red house"], [ana, "a red car"]] as const) {
    await who.run(`send Oscar ${text}`);
    await oscar.said(new RegExp(text));
  }
  const found = (await oscar.run("search RED")).map((line) => line.replace(/ [-0-9]+ [:0-9]+/, ""));
  deepEqual(found.toSorted(), ["Julia B the red house", "ana a red car"]);
  deepEqual(await oscar.run("search blue"), ["no message contains that"]);
  equal((await oscar.run("/search RED")).length, 2, "as it is typed elsewhere");
  match(
    (await oscar.run('"Julia B":/search RED')).join("\n"),
    /^Julia B [-0-9]+ [:0-9]+ the red house$/,
  );
  deepEqual(await oscar.run("ana:/search house"), ["no message contains that"]);
  deepEqual(await oscar.run("/reply ana -1 which?"), ["Replied to message 1 of ana"]);
  deepEqual(await oscar.run("ana:/react -1 👍"), ["Reacted 👍 to message 2"]);
  match((await oscar.run("inbox ana --ids"))[0], /^1 [0-9a-z]+ ana [-0-9]+ [:0-9]+ a red car$/);
  match((await oscar.run("inbox 'Julia B' --search RED"))[0], /^No option --search/);
  deepEqual(await oscar.run("unread"), ["no unread messages"]);
  deepEqual(await oscar.run("unread ana"), ["ana 0"]);
  const file = join(oscar.folder, "ana.jsonl");
  match((await oscar.run(`export ana ${file}`))[0], /^\d+ lines written to /);
  const written = await Deno.readTextFile(file);
  ok(written.includes("a red car") && !written.includes("house"), "of ana alone");
});

Deno.test("a transfer of one person's is paused, taken up and cancelled by its number, for both", async () => {
  await using oscar = await ShellWithout.open("Oscar");
  await using julia = await ShellWithout.open("'Julia B'");
  await oscar.meet(julia);
  const file = join(oscar.folder, "report.bin");
  await Deno.writeFile(file, new Uint8Array(1_000));
  await oscar.run(`file 'Julia B' ${file}`);
  await julia.said(/^Oscar sends you report\.bin/);
  deepEqual(await oscar.run("files"), [
    '1  to "Julia B"  report.bin (1,000 B)  waits for an answer',
  ]);
  match((await oscar.run("pause 'julia b' 1"))[0], /^1 {2}to "Julia B" .* paused at 0%$/);
  match((await oscar.run("resume 'julia b' 1"))[0], /^1 {2}to "Julia B" .* waits for an answer$/);
  match((await oscar.run("cancel 'julia b' 1"))[0], /^1 {2}to "Julia B" .* cancelled$/);
  await julia.said(/^1 {2}from Oscar {2}report\.bin .* cancelled$/);
  for (
    const [number, why] of [
      ["1", "Transfer 1 is over"],
      ["7", "No transfer 7"],
      ["x", "Which transfer? To see their numbers: files"],
    ]
  ) {
    // That it was cancelled is told here too, once that is seen.
    const answer = await oscar.run(`cancel 'julia b' ${number}`);
    ok(answer.includes(why), answer.join("\n"));
  }
});

/** How far Oscar has taken what the order has. */
async function takenBy({ desk }: ShellWithout): Promise<number> {
  const { messenger, peer } = await desk.pair(desk.findKnown("julia"));
  return messenger.conversations.openWith(peer.account)?.processedSeq ?? 0;
}

/** Where in the order a text to Oscar is. */
async function seqOf({ desk }: ShellWithout, id: string): Promise<number> {
  const { profile: { database } } = await desk.pair(desk.findKnown("oscar"));
  const [seq] = database.query(
    "SELECT seq FROM delivery WHERE id = ?",
    (row) => row.optionalInteger("seq"),
  ).all(id);
  return seq ?? Infinity;
}

Deno.test("who is blocked is not heard, over restarts too, until they are unblocked", async () => {
  await using julia = await ShellWithout.open("julia");
  let oscar = await ShellWithout.open("Oscar");
  const { folder } = oscar;
  try {
    await oscar.meet(julia);
    deepEqual(await oscar.run("blocked"), ["nobody is blocked"]);
    deepEqual(await oscar.run("block julia"), ["blocked julia"]);
    deepEqual(await oscar.run("send julia hi"), [
      "Cannot write to julia: you blocked them. Unblock them first",
    ]);
    await oscar[Symbol.asyncDispose]();
    await julia.said(/^No longer connected to Oscar$/);
    oscar = await ShellWithout.open("Oscar", { folder });
    deepEqual(await oscar.run("blocked"), ["julia  blocked"]);
    await oscar.meet(julia);
    await julia.run("send Oscar first");
    await julia.run("send Oscar second");
    const id = julia.of("sent").at(-1)?.id;
    ok(typeof id === "string");
    while (await takenBy(oscar) < await seqOf(julia, id)) await systemClock.sleep(10);
    deepEqual(await oscar.run("unblock julia"), ["unblocked julia"]);
    await julia.run("send Oscar third");
    await oscar.said(/^julia .* third$/);
    ok(!oscar.lines.some((line) => / (first|second)$/.test(line)));
    deepEqual((await oscar.run("inbox julia")).length, 1);
  } finally {
    await oscar[Symbol.asyncDispose]();
  }
});

Deno.test("a command of one person's says whom it knows, and how it is called", async () => {
  await using oscar = await ShellWithout.open("Oscar");
  deepEqual(await oscar.run("edit ana -1 x"), ['No contact "ana". Try: peers']);
  const [problem] = await oscar.run("edit ana");
  match(problem, /^MESSAGE is missing\n.*\n {8}~> edit \[name\] \[message\] \[text…\]\n/);
});

Deno.test("a safety number is compared by the row of every front end, in the shell's own words", async () => {
  await using oscar = await ShellWithout.open("Oscar");
  await using julia = await ShellWithout.open("'Julia B'");
  await oscar.meet(julia);
  const [number, advice] = await oscar.run("verify 'julia b'");
  match(number, /^(\d{5} ){11}\d{5}$/);
  equal(advice, "Julia B is not verified. If they see the same number: verify Julia B NUMBER");
  deepEqual(oscar.of("safety-number"), [{ name: "Julia B", number, trust: "unverified" }]);
  equal((await julia.run("verify oscar"))[0], number, "both see the same");
  const wrong = "These are not Julia B's digits: nothing changed";
  deepEqual(await oscar.run(`verify 'julia b' ${"1".repeat(60)}`), [wrong]);
  deepEqual(oscar.of("error"), [{ code: 7, name: "wrong-number", message: wrong }]);
  equal(oscar.exit, 7);
  deepEqual(await oscar.run("verify 'julia b' 123"), [
    "A safety number has 60 digits, this one has 3",
  ]);
  deepEqual(await oscar.run(`verify 'julia b' ${number}`), ["Julia B is verified"]);
  deepEqual(oscar.of("verified"), [{ name: "Julia B" }]);
  match((await oscar.run("verify 'julia b'"))[1], /^Julia B is verified\. If /);
});

Deno.test("S1.15: inbox --json answers with the objects of p2p --json, a line each", async () => {
  await using oscar = await ShellWithout.open("Oscar");
  await using julia = await ShellWithout.open("'Julia B'");
  await oscar.meet(julia);
  const objects = async (line: string) => (await oscar.run(line)).map((one) => JSON.parse(one));
  deepEqual(await objects("inbox --json"), [{ v: 1, type: "nothing" }]);
  await julia.run("send Oscar first \u202e one");
  await oscar.said(/ one$/);
  const [{ at, id, ...said }] = await objects("inbox 'julia b' --json");
  deepEqual([typeof at, typeof id], ["string", "string"]);
  deepEqual([said.type, said.from, said.text], ["message", "Julia B", "first \u202e one"]);
  deepEqual(await objects("inbox --json"), [
    { v: 1, type: "sender", name: "Julia B", messages: 1 },
  ]);
  deepEqual(await objects("inbox 'julia b' --json --since 2030-01-01"), [
    { v: 1, type: "nothing", name: "Julia B" },
  ]);
  match((await oscar.run("inbox 'julia b'"))[0], /^Julia B \d{4}-/);
});

Deno.test("S1.15: inbox is the row of every front end: what the other one said, all of it, or with --all what both did", async () => {
  await using oscar = await ShellWithout.open("Oscar");
  await using julia = await ShellWithout.open("'Julia B'");
  await oscar.meet(julia);
  deepEqual(await oscar.run("inbox"), ["No messages yet"]);
  deepEqual(await oscar.run("inbox 'julia b'"), ["No messages from Julia B"]);
  await oscar.run("send 'Julia B' mine");
  deepEqual(await oscar.run("inbox"), ["No messages yet"]);
  deepEqual(oscar.of("nothing"), [{}, { name: "Julia B" }, {}]);
  for (let i = 1; i <= 51; i++) await julia.run(`send Oscar text ${i}.`);
  await oscar.said(/ text 51\.$/);
  equal((await oscar.run("inbox 'julia b'")).length, 51);
  deepEqual(
    (await oscar.run("/inbox 'julia b' --limit 2")).map((line) => line.slice(-8)),
    ["text 50.", "text 51."],
  );
  const said = oscar.of("message").at(-1);
  deepEqual([said?.from, said?.own, said?.kind, said?.text], [
    ...["Julia B", false, "text", "text 51."],
  ]);
  match((await oscar.run("inbox 'julia b' --all")).at(-52) ?? "", /^Oscar .* mine$/);
  deepEqual(await oscar.run("inbox 'julia b' --since 2030-01-01"), [
    "No messages from Julia B since then",
  ]);
  deepEqual(await oscar.run("inbox"), ["Julia B  51"]);
  deepEqual(oscar.of("sender"), [{ name: "Julia B", messages: 51 }]);
});
