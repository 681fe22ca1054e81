/** What was said is answered, edited, deleted, reacted to, counted, paged, exported and gone, through the real programs. */

import { deepEqual, equal, match } from "node:assert/strict";
import { type Ended, Journey, jsonLines } from "./programs.ts";

function ended(run: Ended, code = 0): Ended {
  equal(run.code, code, run.stdout + run.stderr);
  return run;
}

async function json(journey: Journey, person: string, ...args: string[]) {
  return jsonLines(ended(await journey.run(person, [...args, "--json"])).stdout);
}

Deno.test("people answer, edit, delete and react by the command line, and each side sees the same", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  ended(await journey.run("alice", ["send", "bob", "lunch?"]));
  const [first] = await json(journey, "bob", "receive");
  equal(first.number, 1);
  const id = String(first.id);

  const [replied] = await json(journey, "bob", "reply", "alice", "-1", "at", "noon");
  deepEqual([replied.v, replied.type, replied.target, replied.state], [1, "replied", id, "sent"]);
  ended(await journey.run("bob", ["react", "alice", id, ":+1:"]));
  const arrived = await json(journey, "alice", "receive");
  deepEqual(
    arrived.map((
      { v, type, from, text, replyTo, target, emojis },
    ) => [v, type, from, text ?? emojis, replyTo ?? target]),
    [[1, "message", "bob", "at noon", id], [1, "reaction", "bob", ["👍"], id]],
  );

  const edited = await json(journey, "alice", "edit", "bob", "-1", "dinner?", "--wait", "sent");
  deepEqual(edited.map(({ type, target }) => [type, target]), [["edited", id]]);
  const [seen] = await json(journey, "bob", "receive");
  deepEqual([seen.type, seen.target, seen.targetNumber, seen.text], ["edit", id, 1, "dinner?"]);
  for (const [person, other] of [["alice", "bob"], ["bob", "alice"]]) {
    const [text, answer] = await json(journey, person, "inbox", other);
    deepEqual([text.text, text.reactions], ["dinner?", [{ account: "bob", emojis: ["👍"] }]]);
    equal(answer.replyTo, id);
    equal(text.state, person === "alice" ? "delivered" : undefined);
    deepEqual(await json(journey, person, "inbox", "--search", "lunch"), []);
  }

  const forbidden = await journey.run("bob", ["edit", "alice", "1", "breakfast?"]);
  match(ended(forbidden, 6).stderr, /Only its author can edit a message/);
  match(ended(await journey.run("bob", ["edit", "alice", "99", "x"]), 4).stderr, /No message 99/);
  match(
    ended(await journey.run("bob", ["edit", "alice", "last", "x"]), 2).stderr,
    /is not a message/,
  );
  ended(await journey.run("alice", ["delete", "bob", "1"]));
  const shown = ended(await journey.run("bob", ["receive"])).stdout;
  match(shown, /^\* \d{4}-\d\d-\d\d [\d:]{8} alice deleted message 1$/m);
  const [gone] = await json(journey, "bob", "inbox", "alice");
  deepEqual([gone.text, gone.deletedBy, gone.reactions], ["", "alice", undefined]);

  const dialogue = await journey.talk(
    "bob",
    ["--plain"],
    "alice:one\n/edit -1 two\n/react -1 (L)\n/reply -1 three\n/delete -1\n/inbox alice\n/unread\n/edit -1\n/quit\n",
  );
  const lines = ended(dialogue).stdout;
  match(lines, /^\d\d:\d\d {2}you to alice \(edits message 3 from \d\d:\d\d\) ▸ two$/m);
  match(lines, /^\* you reacted ♥️ to message 3: "two" \(with alice\)$/m);
  match(lines, /^\d\d:\d\d {2}you to alice \(replies to you: "two"\) ▸ three$/m);
  match(
    lines,
    /^\[3\] \d\d:\d\d {2}you to alice \(edited, ♥️ bob\) ▸ two \((waiting|sent|delivered)\)$/m,
  );
  match(lines, /^\* no unread messages$/m);
});

Deno.test("what is new is counted by conversation over all programs of a profile, and read in pages", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob", "carol"] });
  const many = Array.from({ length: 6 }, (_, i) => `text ${i + 1}`);
  ended(await journey.talk("alice", ["--plain"], many.map((text) => `bob:${text}\n`).join("")));
  ended(await journey.run("carol", ["send", "bob", "hello"]));
  // One program takes it in and shows carol's alone.
  deepEqual((await json(journey, "bob", "receive", "--from", "carol")).map(({ text }) => text), [
    "hello",
  ]);
  const unread = async () =>
    (await json(journey, "bob", "unread")).map((one) => [one.with, one.unread]);
  deepEqual(await unread(), [["alice", 6]]);
  const page = async (...args: string[]) =>
    (await json(journey, "bob", "inbox", "alice", ...args)).map(({ number }) => number);
  deepEqual(await page("--limit", "2", "--peek"), [5, 6]);
  deepEqual(await unread(), [["alice", 6]]);
  deepEqual(await page("--limit", "2"), [5, 6]);
  deepEqual(await unread(), [["alice", 4]]);
  deepEqual(await page("--limit", "2", "--before", "5"), [3, 4]);
  deepEqual(await page("--before", "2h"), []);
  const read = ended(
    await journey.run("bob", ["read", "alice", "--since", "1h", "--limit", "1", "--ids"]),
  );
  match(read.stdout, /^6 [0-9a-f]{32} 6; \d\d \w{3} \d{4} [\d:]{8}; alice; text 6\n$/);
  deepEqual((await json(journey, "bob", "receive")).map(({ text }) => text), ["text 1", "text 2"]);
  deepEqual(await unread(), []);
  match(ended(await journey.run("bob", ["inbox", "--before", "3"])).stdout, /alice/);
});

Deno.test("what disappears is gone at the next start, though no program ran when its time was over", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  ended(await journey.run("alice", ["send", "bob", "stays"]));
  ended(await journey.run("alice", ["expire", "bob", "5s"]));
  ended(await journey.run("alice", ["send", "bob", "short-lived"]));
  const came = await json(journey, "bob", "receive");
  deepEqual(came.map(({ type, text, expireSeconds }) => [type, text, expireSeconds]), [
    ["message", "stays", undefined],
    ["notice", "alice set messages to disappear 5 seconds after they are read", undefined],
    ["message", "short-lived", 5],
  ]);
  for (const [person, other] of [["bob", "alice"], ["alice", "bob"]]) {
    const texts = async () =>
      (await json(journey, person, "inbox", other)).filter(({ type }) => type === "message")
        .map(({ text }) => text);
    // Each look is a program that starts and ends: none runs when the time is over.
    while ((await texts()).length > 1);
    deepEqual(await texts(), ["stays"]);
    deepEqual(await json(journey, person, "inbox", "--search", "short"), []);
  }
  const state = await json(journey, "bob", "expire", "alice");
  deepEqual(state.map(({ type, expireSeconds }) => [type, expireSeconds]), [["timer", 5]]);
  match(
    ended(await journey.run("bob", ["expire", "alice", "4s"]), 2).stderr,
    /5 seconds to a year/,
  );
});

Deno.test("rows S3.17 and S3.36: broadcasts and rooms are exported in the seeds' form, over no file that is there", async () => {
  await using journey = await Journey.open({ people: ["yoda", "obiwan"] });
  const founded = await json(journey, "yoda", "room", "new", "obiwan");
  const room = String(founded[0].room);
  ended(await journey.run("obiwan", ["room", "list"]));
  ended(await journey.run("yoda", ["broadcast", "Hello; all"]));
  ended(await journey.run("yoda", ["send", `#${room}`, "hi"]));
  ended(await journey.run("obiwan", ["send", `#${room}`, "two\nlines"]));
  ended(await journey.run("yoda", ["receive"]));
  const folder = `${journey.folder}/out`;
  await Deno.mkdir(folder);
  ended(await journey.run("yoda", ["log", "export", "--to", folder]));
  const rooms = ["log", "export", "--room", room, "--to", folder];
  ended(await journey.run("yoda", [...rooms, "--format", "toom"]));
  const when = String.raw`\d\d \w{3} \d{4} [\d:]{8}`;
  match(
    await Deno.readTextFile(`${folder}/messageLog.txt`),
    new RegExp(`^1; ${when}; yoda; Hello; all\n$`),
  );
  const file = `${folder}/SR_${room}_messageLog.txt`;
  const text = await Deno.readTextFile(file);
  match(text, new RegExp(`^1; ${when}; yoda; hi\n2; ${when}; obiwan; two\n    lines\n$`));
  if (Deno.build.os !== "windows") equal(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
  await Deno.writeTextFile(file, "mine");
  match(ended(await journey.run("yoda", rooms), 6).stderr, /the file exists/);
  equal(await Deno.readTextFile(file), "mine");
  ended(await journey.run("yoda", [...rooms, "--format", "json"]));
  const objects = jsonLines(await Deno.readTextFile(`${folder}/SR_${room}_messageLog.jsonl`));
  deepEqual(objects.map(({ v, number, from, text }) => [v, number, from, text]), [
    [1, 1, "yoda", "hi"],
    [1, 2, "obiwan", "two\nlines"],
  ]);
});
