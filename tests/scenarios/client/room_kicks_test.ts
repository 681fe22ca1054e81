/** Kicks from the server, and the rooms that who was kicked is in. */

import assert from "node:assert/strict";
import { accountOf, Moderation } from "../../../lib/client/moderation.ts";
import { Moderation as ServerModeration } from "../../../lib/server/moderation/moderation.ts";
import { found, infoOf, lines, say, settle, town } from "../../kit/town.ts";

Deno.test("SR-37: a kick removes nobody from a sealed room; its owner is offered that, and the next member commits it", async () => {
  await using place = await town(4);
  const { world, alice, bob, carol, dave } = place;
  const { store } = world.server.parts;
  const nowMs = world.clock.nowMs();
  // Dave keeps order on the server, and is not in the room.
  await store.grantRole({ by: "operator", account: dave.account, role: "moderator", nowMs });
  const room = await found(alice, [bob, carol]);
  await settle(alice, bob, carol);
  const told = alice.client.receiving(async (caughtUp, signal) => {
    await caughtUp;
    const offered = () => lines(alice, room).then((all) => all.at(-1) ?? "");
    while (!(await offered()).includes("kicked")) await waitForEntry(alice, signal);
    return await offered();
  });
  const moderation = new Moderation(dave.client.link);
  await moderation.kick(accountOf("carol"), { durationMs: 30_000, reason: "noise" });
  assert.equal(
    await told,
    `carol was kicked from this server, but stays in encrypted rooms. To remove them here: room remove ${
      room.slice(1)
    } carol`,
  );
  // Nobody was removed: the keys are the same.
  assert.deepEqual([...(await infoOf(bob, room)).members.keys()], ["alice", "bob", "carol"]);
  // Told once, and to those in charge alone.
  await settle(alice, bob);
  const said = async (client: typeof alice) =>
    (await lines(client, room)).filter((line) => line.includes("kicked")).length;
  assert.deepEqual([await said(alice), await said(bob)], [1, 0]);
  // The owner asks and goes; bob, who is there, carries it out.
  await alice.client.rooms.remove(await infoOf(alice, room), carol.account);
  await alice.disconnect();
  await settle(bob);
  assert.deepEqual([...(await infoOf(bob, room)).members.keys()], ["alice", "bob"]);
  await say(bob, room, "between us");
  await world.clock.advance(30_000);
  await carol.connect();
  await settle(carol);
  assert.deepEqual(await carol.received(), []);
  assert.equal(await carol.client.rooms.find(room), undefined);
});

Deno.test("SR-37: owners of shared rooms are told at once of a kick by the operator's command line", async () => {
  await using place = await town(3);
  const { world, alice, bob, carol } = place;
  const { moderationEffects, store } = world.server.parts;
  const stop = new AbortController();
  const following = moderationEffects.follow(stop.signal).catch(() => {});
  const room = await found(alice, [bob, carol]);
  await settle(alice, bob, carol);
  const told = alice.client.receiving(async (caughtUp, signal) => {
    await caughtUp;
    const last = () => lines(alice, room).then((all) => all.at(-1) ?? "");
    while (!(await last()).includes("kicked")) await waitForEntry(alice, signal);
  });
  // As another process has it: no session, nothing but the database.
  const operator = new ServerModeration({ clock: world.clock, store });
  await operator.kick("operator", accountOf("carol"), { forSeconds: 60, reason: "noise" });
  await world.clock.advance(500);
  await told;
  stop.abort();
  await following;
});

Deno.test("a room whose members cannot be read keeps no other room's owner from hearing of a kick", async () => {
  await using place = await town(3);
  const { world, alice, bob, carol } = place;
  const { moderation, rooms } = world.server.parts;
  const first = await found(alice, [carol]);
  await settle(alice, carol);
  const second = await found(alice, [bob, carol]);
  await settle(alice, bob, carol);
  const damaged = await infoOf(alice, [first, second].toSorted()[0]);
  const judged = rooms.membershipLog.bind(rooms);
  rooms.membershipLog = (conversation, version) =>
    conversation === damaged.conversation
      ? Promise.reject(new Error("damaged"))
      : judged(conversation, version);
  const told = alice.client.receiving(async (caughtUp, signal) => {
    await caughtUp;
    const all = async () => [...await lines(alice, first), ...await lines(alice, second)];
    while (!(await all()).some((line) => line.includes("kicked"))) {
      await waitForEntry(alice, signal);
    }
  });
  const terms = { forSeconds: 60, reason: "noise" };
  assert.equal((await moderation.kick("operator", accountOf("carol"), terms)).sessions, 1);
  await told;
});

/** Until something new stands in the history. */
async function waitForEntry(
  { client }: { client: { listen(listener: () => void): () => void } },
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const end = client.listen(resolve);
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  await promise.finally(end);
}
