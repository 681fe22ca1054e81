/** The rows that need no server run in the shell of two people: what is done in a conversation is done there alike. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ShellWithout } from "../../kit/p2p_shell.ts";

Deno.test("messages are answered, edited, deleted and reacted to without a server, and the other one sees it", async () => {
  await using oscar = await ShellWithout.open("Oscar");
  await using julia = await ShellWithout.open("'Julia B'");
  await oscar.meet(julia);
  await oscar.run("send 'Julia B' at noon?");
  await julia.said(/^Oscar .* at noon\?$/);
  deepEqual(await julia.run("react oscar -1 :+1:"), ["Reacted 👍 to message 1"]);
  await oscar.said(/^\* .* "Julia B" reacted 👍 to message 1: "at noon\?"$/);
  deepEqual(await julia.run("react oscar -1 👍 --remove"), ["Took 👍 back from message 1"]);
  await oscar.said(/^\* .* "Julia B" took back the reaction to message 1: "at noon\?"$/);
  deepEqual(await oscar.run("edit 'Julia B' -1 at one?"), ["Edited message 1"]);
  await julia.said(/^\* .* Oscar edited message 1: at one\?$/);
  deepEqual(await julia.run("reply oscar -1", "yes"), [
    "Write a message",
    "Answered message 1 of Oscar",
  ]);
  await oscar.said(/^Julia B .* \(answers "at one\?"\) yes$/);
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
  await using oscar = await ShellWithout.open("Oscar");
  await using julia = await ShellWithout.open("julia");
  await oscar.meet(julia);
  deepEqual(await oscar.run("expire julia"), ["Messages with julia stay"]);
  deepEqual(await oscar.run("expire julia 5s"), [
    "Messages with julia disappear 5 seconds after they are read",
  ]);
  await julia.said(/disappear/);
  await oscar.run("send julia burn this");
  await julia.said(/^Oscar .* burn this$/);
  const pair = await julia.desk.pair(julia.desk.findKnown("oscar"));
  const [said] = await pair.messenger.history.search("burn this");
  ok(said.expireSeconds === 5);
  deepEqual(pair.messenger.history.index.due(pair.clock.nowMs() + 5_000), [said.place]);
});

Deno.test("a command of one person's says whom it knows, and how it is called", async () => {
  await using oscar = await ShellWithout.open("Oscar");
  deepEqual(await oscar.run("edit ana -1 x"), ["There is nobody called ana here. Try: peers"]);
  const [problem] = await oscar.run("edit ana");
  match(problem, /^MESSAGE is missing\n.*\n {8}~> edit \[name\] \[message\] \[text…\]\n/);
});
