import { deepEqual, equal, rejects } from "node:assert/strict";
import { busyOf, roster } from "../../../lib/app/attendance.ts";
import { HistoryTail } from "../../../lib/app/conversations/history_tail.ts";
import { openTalk, type TestClient, World } from "../../kit/test_client.ts";

const LUNCH = { text: "lunch", durationMs: 60_000 };

/** What `reader` sees of somebody: undefined for free. */
async function seen(reader: TestClient, of: TestClient): Promise<string | undefined> {
  for await (const attendant of roster(reader.client, true)) {
    if (attendant.entry.account !== of.account) continue;
    if (attendant.entry.busySinceMs === undefined) return undefined;
    return (await busyOf(reader.client, attendant))?.text;
  }
  throw new Error("they are not there");
}

Deno.test("who is busy is so for others, after a new connection and after a restart of both programs", async () => {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "world-" });
  try {
    await using world = await World.openAt(folder);
    const alice = await (await world.client("alice", 0)).connect();
    const bob = await (await world.client("bob", 1)).connect();
    equal(await seen(alice, bob), undefined);
    await bob.client.publicly.setBusy(LUNCH);
    equal(await seen(alice, bob), "lunch");
    await bob.connect();
    equal(await seen(alice, bob), "lunch");
    await world.restartServer();
    await alice.connect();
    await bob.restart();
    deepEqual(await bob.client.publicly.ownBusy(), {
      sinceMs: world.clock.nowMs(),
      untilMs: world.clock.nowMs() + LUNCH.durationMs,
      text: "lunch",
    });
    await bob.connect();
    equal(await seen(alice, bob), "lunch");
    await bob.client.publicly.setBusy(undefined);
    equal(await seen(alice, bob), undefined);
    await bob.connect();
    equal(await seen(alice, bob), undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a busy time ends by itself, and a text that is too long is not taken", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await bob.client.publicly.setBusy(LUNCH);
  await world.clock.advance(LUNCH.durationMs);
  equal(await bob.client.publicly.ownBusy(), undefined);
  equal(await seen(alice, bob), undefined);
  const long = { text: "é".repeat(141), durationMs: undefined };
  await rejects(bob.client.publicly.setBusy(long), { code: "text-too-long" });
  equal(await bob.client.publicly.ownBusy(), undefined);
});

Deno.test("busy is said by the server alone when it was never signed: a text in another's name is not shown", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await bob.client.publicly.setBusy({ text: "mine", durationMs: undefined });
  await alice.connect({
    middle: {
      down({ header, payload }, pass) {
        if (header.kind === "roster.entries") payload[payload.length - 1] ^= 1;
        pass(header, payload);
      },
    },
  });
  equal(await seen(alice, bob), undefined);
  for await (const { entry } of roster(alice.client, true)) {
    equal(entry.busySinceMs !== undefined, entry.account === bob.account);
  }
});

/** A feed, and what it shows. */
function feedOf({ client }: TestClient) {
  const lines: string[] = [];
  const feed = new HistoryTail(client, {
    show: (entry) => {
      lines.push(`${entry.from}: ${entry.text}`);
      return Promise.resolve();
    },
    unread: (count) => {
      lines.push(`${count} unread`);
      return Promise.resolve();
    },
    marksShown: () => true,
    quiet: (now) => {
      lines.push(now === undefined ? "free" : `busy ${now}`);
      return Promise.resolve();
    },
    tick: () => Promise.resolve(Infinity),
  });
  return { feed, take: () => lines.splice(0) };
}

Deno.test("while busy a feed shows own texts only; afterwards it shows the others in order, once", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const { feed, take } = feedOf(bob);
  await feed.showUnread();
  take();
  await bob.client.publicly.setBusy(LUNCH);
  await feed.look();
  deepEqual(take(), ["busy 0"]);
  await alice.say(bob, "one");
  await alice.say(bob, "two");
  await bob.client.sync();
  await feed.look();
  await bob.say(alice, "not now");
  await feed.look();
  await alice.client.publicly.broadcast("to all");
  await bob.client.sync();
  await feed.look();
  await feed.look();
  deepEqual(take(), ["busy 2", "bob: not now", "busy 3"]);
  await bob.client.publicly.setBusy(undefined);
  await feed.look();
  deepEqual(take(), ["free", "3 unread", "alice: one", "alice: two", "alice: to all"]);
  await feed.look();
  deepEqual(take(), []);
  deepEqual(await bob.messenger.history.unshown(), []);
});

Deno.test("what waits while busy stays unread for the next start, and is shown when the time is over", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const first = feedOf(bob);
  await first.feed.showUnread();
  await bob.client.publicly.setBusy(LUNCH);
  await first.feed.look();
  await alice.say(bob, "one");
  await bob.client.sync();
  await first.feed.look();
  const { feed, take } = feedOf(bob);
  await feed.showUnread();
  deepEqual(take(), ["busy 1"]);
  await alice.say(bob, "two");
  await bob.client.sync();
  await feed.look();
  deepEqual(take(), ["busy 2"]);
  await world.clock.advance(LUNCH.durationMs);
  await feed.look();
  deepEqual(take(), ["free", "2 unread", "alice: one", "alice: two"]);
});

Deno.test("what another process of the profile has shown meanwhile is not shown again", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const { feed, take } = feedOf(bob);
  await feed.showUnread();
  await bob.client.publicly.setBusy(LUNCH);
  await feed.look();
  await alice.say(bob, "shown elsewhere");
  await bob.client.sync();
  await feed.look();
  bob.client.talk.markShown(await bob.messenger.history.unshown());
  await alice.say(bob, "new");
  await bob.client.sync();
  await feed.look();
  take();
  await bob.client.publicly.setBusy(undefined);
  await feed.look();
  deepEqual(take(), ["free", "1 unread", "alice: new"]);
});

Deno.test("who reads that a stranger is busy has not met them by it", async () => {
  await using world = await World.open();
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await (await world.client("bob", 1)).connect();
  await bob.client.publicly.setBusy(LUNCH);
  equal(await seen(alice, bob), "lunch");
  equal(await alice.messenger.contacts.find(bob.account), undefined);
});
