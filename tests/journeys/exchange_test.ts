import { deepEqual, equal, ok } from "node:assert/strict";
import { Journey, jsonLines } from "./programs.ts";

const TEXT = "hi 🧛‍♂️ zażółć";
const isWindows = Deno.build.os === "windows";

/** The texts that `person` gets to see, once. */
async function received(journey: Journey, person: string): Promise<unknown[]> {
  const { code, stdout, stderr } = await journey.run(person, ["receive", "--json"]);
  equal(code, 0, stderr);
  const lines = jsonLines(stdout).filter(({ type }) => type === "message");
  return lines.map(({ v, from, text }) => ({ v, from, text }));
}

async function send(journey: Journey, text: string): Promise<number> {
  return (await journey.run("alice", ["send", "bob", text])).code;
}

Deno.test("two people register and exchange a sealed message through the real programs", async () => {
  await using journey = await Journey.open();
  for (const person of ["alice", "bob"]) {
    const registered = await journey.register(person, { asksStrangers: true });
    equal(registered.code, 0, registered.stderr);
  }
  const sent = await journey.run("alice", ["send", "bob", TEXT]);
  equal(sent.code, 0, sent.stderr);
  deepEqual(await received(journey, "bob"), [{ v: 1, from: "alice", text: TEXT }]);
  deepEqual(await received(journey, "bob"), [], "it was shown already");
  // They had never met.
  const accepted = await journey.run("bob", ["accept", "alice"]);
  equal(accepted.code, 0, accepted.stderr);

  const inbox = await journey.run("bob", ["inbox", "alice"]);
  equal(inbox.code, 0, inbox.stderr);
  ok(inbox.stdout.includes(TEXT));
  for (const text of [inbox.stdout, inbox.stderr, sent.stdout, sent.stderr]) {
    equal(text.includes("\x1b"), false, "no escape sequence without a terminal");
  }
  if (!isWindows) equal(await journey.stop(), 0, "server ends with 0 on SIGTERM");
});

Deno.test("what was accepted arrives once, when the server is killed between send and receive", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  const { fingerprint } = journey.ready;
  equal(await send(journey, "first"), 0);
  equal(await send(journey, "second"), 0);
  await journey.kill();
  equal((await journey.run("bob", ["receive"])).code, 5, "nobody is there");
  await journey.restart();
  equal(journey.ready.fingerprint, fingerprint);
  // Both are still signed in, and the conversation goes on.
  equal(await send(journey, "third"), 0);
  await journey.kill();
  await journey.restart();
  deepEqual(
    (await received(journey, "bob")).map((message) => Object(message).text),
    ["first", "second", "third"],
  );
  deepEqual(await received(journey, "bob"), []);
});

Deno.test({
  name: "ctrl-C ends the waiting of send --wait delivered with 130, and the message arrives later",
  // Deno cannot send SIGINT there.
  ignore: isWindows,
  async fn() {
    await using journey = await Journey.open({ people: ["alice", "bob"] });
    await using sender = journey.start("alice", ["send", "bob", TEXT, "--wait", "delivered"]);
    await sender.says(/^Sent\. Waiting for bob/);
    equal(await sender.stop("SIGINT"), 130);
    deepEqual(await received(journey, "bob"), [{ v: 1, from: "alice", text: TEXT }]);
  },
});

Deno.test({
  name: "receive --follow prints what arrives, through a restart of the server, until ctrl-C",
  // Deno cannot send SIGINT there.
  ignore: isWindows,
  async fn() {
    await using journey = await Journey.open({ people: ["alice", "bob"] });
    await using follower = journey.start("bob", ["receive", "--follow", "--json"]);
    equal(await send(journey, "before"), 0);
    await follower.lines(1);
    await journey.kill();
    await journey.restart();
    equal(await send(journey, "after"), 0);
    const texts = (await follower.lines(2)).map((line) => JSON.parse(line).text);
    deepEqual(texts, ["before", "after"]);
    equal(await follower.stop("SIGINT"), 130);
  },
});
