import { deepEqual, equal, rejects } from "node:assert/strict";
import { openPair, type TestClient, World } from "../../kit/test_client.ts";

/** What was broadcast, as it stands in a history: `#1 alice: hi`. */
async function broadcasts(client: TestClient): Promise<readonly string[]> {
  return (await client.entries()).filter(({ kind }) => kind === "broadcast")
    .map(({ number, from, text }) => `#${number} ${from}: ${text}`);
}

Deno.test("a broadcast is written down once by everyone, also by its sender and by who was away", async () => {
  await using pair = await openPair();
  const { world, alice, bob } = pair;
  const carol = await (await world.client("carol", 2)).connect();
  await carol.disconnect();
  const said = await alice.client.publicly.broadcast("one");
  deepEqual([said.number, said.own, said.text], [1, true, "one"]);
  await bob.client.publicly.broadcast("two");
  const expected = ["#1 alice: one", "#2 bob: two"];
  for (const client of [alice, bob]) {
    await client.client.sync();
    deepEqual(await broadcasts(client), expected);
  }
  await carol.connect();
  await carol.client.sync();
  deepEqual(await broadcasts(carol), expected);
  await carol.client.sync();
  await carol.restart();
  await carol.connect();
  await carol.client.sync();
  deepEqual(await broadcasts(carol), expected, "once");
});

Deno.test("a broadcast comes to whoever is receiving, as it is said", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  await bob.client.receiving(async (caughtUp) => {
    await caughtUp;
    const came = new Promise<string>((resolve) => {
      bob.client.listen((event) => {
        if (event.type === "entry") resolve(event.entry.text);
      });
    });
    await alice.client.publicly.broadcast("live");
    equal(await came, "live");
  });
  deepEqual(await broadcasts(bob), ["#1 alice: live"]);
});

Deno.test("numbers of broadcasts go on over a restart of the server", async () => {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "world-" });
  try {
    await using world = await World.openAt(folder);
    const alice = await (await world.client("alice", 0)).connect();
    const bob = await (await world.client("bob", 1)).connect();
    await alice.client.publicly.broadcast("before");
    await world.restartServer();
    await alice.connect();
    await alice.client.publicly.broadcast("after");
    await bob.connect();
    await bob.client.sync();
    deepEqual(await broadcasts(bob), ["#1 alice: before", "#2 alice: after"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a newcomer has missed nothing, and can read what was said before", async () => {
  await using pair = await openPair();
  const { world, alice } = pair;
  await alice.client.publicly.broadcast("old");
  await world.clock.advance(60_000);
  await alice.client.publicly.broadcast("less old");
  const carol = await (await world.client("carol", 2)).connect();
  await carol.client.sync();
  deepEqual(await broadcasts(carol), []);
  const read = async (sinceMs: number) =>
    (await Array.fromAsync(carol.client.publicly.broadcastsSince(sinceMs))).map(({ text }) => text);
  deepEqual(await read(0), ["old", "less old"]);
  deepEqual(await read(world.clock.nowMs()), ["less old"]);
  deepEqual(await read(world.clock.nowMs() + 1), []);
  deepEqual(await broadcasts(carol), [], "reading writes nothing down");
});

Deno.test("an empty or too long broadcast is not sent", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  await rejects(alice.client.publicly.broadcast(""), { code: "text-empty" });
  await rejects(alice.client.publicly.broadcast("x".repeat(4097)), { code: "text-too-long" });
  await bob.client.sync();
  deepEqual(await broadcasts(bob), []);
});

Deno.test("broadcasts of somebody after a reset of their identity are held until it is accepted", async () => {
  await using pair = await openPair();
  const { world, alice, bob } = pair;
  await alice.client.findContact("bob");
  const refused: string[] = [];
  alice.client.listen((event) => {
    if (event.type === "broadcast-refused") refused.push(event.code);
  });
  await bob.disconnect();
  const again = await (await world.reset("bob", 2)).connect();
  await again.client.publicly.broadcast("is it me?");
  await alice.client.sync();
  deepEqual([await broadcasts(alice), refused], [[], ["other-identity"]]);
  const [contact] = await alice.messenger.contacts.list();
  await alice.client.acceptIdentity(contact);
  await again.client.publicly.broadcast("it is me");
  await alice.client.sync();
  deepEqual(await broadcasts(alice), ["#2 bob: it is me"]);
});

Deno.test("S3.14: who is blocked is not heard by broadcast either, and their numbers are not missing", async () => {
  await using pair = await openPair();
  const { world, alice, bob } = pair;
  const carol = await (await world.client("carol", 2)).connect();
  const told: string[] = [];
  await bob.client.findContact("alice");
  bob.client.refuse(alice.account, "blocked");
  bob.client.listen((event) => {
    told.push(event.type === "entry" ? `${event.entry.from}: ${event.entry.text}` : event.type);
  });
  await alice.client.publicly.broadcast("one");
  await carol.client.publicly.broadcast("two");
  await alice.client.publicly.broadcast("three");
  await bob.client.sync();
  deepEqual(await broadcasts(bob), ["#2 carol: two"]);
  deepEqual(told.filter((it) => it !== "roster"), ["carol: two"]);
  deepEqual(await bob.notices(), []);
  const since: string[] = [];
  for await (const { text } of bob.client.publicly.broadcastsSince(0)) since.push(text);
  deepEqual(since, ["two"]);
  equal((await broadcasts(carol)).length, 2);
  // From now on they are heard again; what was said meanwhile is not.
  equal(bob.client.unrefuse(alice.account), true);
  await alice.client.publicly.broadcast("four");
  await bob.client.sync();
  deepEqual(await broadcasts(bob), ["#2 carol: two", "#4 alice: four"]);
});

Deno.test("a broadcast of somebody whom the server cannot tell of just then is not given up", async () => {
  await using pair = await openPair();
  const { world, alice } = pair;
  const carol = await (await world.client("carol", 2)).connect();
  await carol.disconnect();
  await alice.client.publicly.broadcast("one");
  let refused = 0;
  await carol.connect({
    middle: {
      up({ header, payload }, pass, answer) {
        if (header.kind !== "keys.account" || refused++ > 0) return pass(header, payload);
        answer({
          ...{ kind: "failure", request: header.request, code: "rate-limited" },
          ...{ message: "Too many requests", details: { retryAfterSeconds: 1 } },
        });
      },
    },
  });
  await carol.client.sync().catch(() => {});
  equal(refused, 1);
  await carol.disconnect();
  await carol.connect();
  await carol.client.sync();
  deepEqual(await broadcasts(carol), ["#1 alice: one"]);
});
