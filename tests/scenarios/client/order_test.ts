/** Order on the server, as clients feel it: nothing is lost, and who is sent away does not come back. */

import assert from "node:assert/strict";
import type { Role } from "../../../lib/protocol/permissions.ts";
import { accountOf, Moderation } from "../../../lib/client/moderation.ts";
import { stayConnected } from "../../../lib/client/reconnect.ts";
import { type HeldBack, OutboxSender } from "../../../lib/app/conversations/outbox_sender.ts";
import { settle } from "../../kit/clock.ts";
import { openTalk, type TestClient, World } from "../../kit/test_client.ts";

const KICKED = { name: "Refusal", code: "kicked" };

async function appoint(world: World, { account }: TestClient, role: Role): Promise<void> {
  const nowMs = world.clock.nowMs();
  const moderationAction = { by: "operator", account, role, nowMs } as const;
  assert.equal((await world.server.parts.store.grantRole(moderationAction)).result, "done");
}

Deno.test("what is sent too fast is sent later, once and in its order, and the person is told once", async () => {
  await using world = await World.open({ messageRate: { burst: 10, perSecond: 5 } });
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await (await world.client("bob", 1)).connect();
  await alice.say(bob, "first");
  await bob.client.sync();
  const held: string[] = [];
  const post = new OutboxSender(alice.client, ({ error }: HeldBack) => {
    held.push(error.code);
    return Promise.resolve();
  });
  const stop = new AbortController();
  const running = post.run(stop.signal).catch(() => {});
  const texts = Array.from({ length: 40 }, (_, i) => `text ${i}`);
  const ids = await Array.fromAsync(texts, (text) => alice.client.write(bob.account, text));
  post.send();
  const isSent = () => ids.every((id) => alice.client.deliveryOf(id) === "sent");
  // Sealing goes through the platform's threads, so what is under way is waited for, not a time.
  for (let round = 0; round < 10_000 && !isSent(); round++) {
    await settle();
    if (held.length > 0) await world.clock.advance(1000);
  }
  stop.abort();
  await running;
  await bob.client.sync();
  assert.deepEqual(await bob.received(), ["first", ...texts]);
  assert.deepEqual(await bob.notices(), []);
  assert.deepEqual(held, ["rate-limited"]);
});

Deno.test("a muted client receives, and what it said goes out in its order when it may speak again", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await appoint(world, bob, "moderator");
  const moderation = new Moderation(bob.client.link);
  await moderation.mute(alice.account, { durationMs: 3600_000, reason: "caps" });
  for (const text of ["one", "two"]) await alice.client.write(bob.account, text);
  const [held] = await alice.client.flush();
  assert.equal(held.error?.code, "muted");
  assert.match(String(held.error?.message), /^You are muted by bob: caps\. Until /);
  await bob.say(alice, "listen");
  await alice.client.sync();
  assert.deepEqual((await alice.received()).slice(1), ["listen"]);
  await moderation.unmute(alice.account);
  assert.deepEqual((await alice.client.flush()).filter(({ error }) => error !== undefined), []);
  await bob.client.sync();
  assert.deepEqual((await bob.received()).slice(-2), ["one", "two"]);
  assert.deepEqual(await bob.notices(), []);
});

Deno.test("a client that is kicked ends with the server's words, at once and at every further try", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await appoint(world, bob, "owner");
  const news: string[] = [];
  const staying = stayConnected(alice.client, {
    connect: async () => void await alice.connect(),
    onNews: ({ state }) => news.push(state),
    signal: new AbortController().signal,
  });
  const ended = assert.rejects(staying, {
    ...KICKED,
    message: /^You were kicked by bob: younglings\. Until /,
  });
  await world.clock.advance(0);
  const terms = { durationMs: 60_000, reason: "younglings" };
  await new Moderation(bob.client.link).kick(accountOf("Alice"), terms);
  await ended;
  assert.deepEqual(news, ["online"], "it did not even say that it was offline");
  await assert.rejects(alice.connect(), KICKED);
  await world.clock.advance(60_000);
  await alice.connect();
});

Deno.test("what a kicked client was asking for or waiting for ends with the same words", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await appoint(world, bob, "owner");
  const receiving = alice.client.receiving(async (caughtUp, signal) => {
    await caughtUp;
    await new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  });
  const ended = assert.rejects(receiving, KICKED);
  await world.clock.advance(0);
  const moderation = new Moderation(bob.client.link);
  await moderation.kick(alice.account, { durationMs: undefined, reason: "" });
  await ended;
  await assert.rejects(alice.client.link.ask("moderation.roles", {}), KICKED);
  const { own, holders } = await moderation.roles();
  assert.deepEqual([own, holders.map(({ name }) => name)], ["owner", ["bob"]]);
});
