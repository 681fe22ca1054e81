/** A sender who goes for good in the middle of an upload: whoever receives it is told, and waits for nothing. */

import assert from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { type FilePerson, openSenders, type Senders } from "../../kit/file_senders.ts";
import { holdingBehind } from "../../kit/man_in_the_middle.ts";
import { openRoomSenders } from "../../kit/room_files.ts";

const SIZE = 70_000_000;

async function lastTold({ test }: FilePerson): Promise<string | undefined> {
  return (await test.entries()).findLast(({ id }) => id.startsWith("file-"))?.text;
}

/** The line comes right after the state. */
async function untilTold(
  scene: Pick<Senders, "until">,
  person: FilePerson,
  text: string,
): Promise<void> {
  await scene.until(async () => await lastTold(person) === text);
}

for (const how of ["leaves", "is removed", "is removed while away"] as const) {
  Deno.test(`a receiver is told when the sender ${how} in the middle of an upload to a room`, async () => {
    await using scene = await openRoomSenders();
    const [alice, bob, carol] = scene.people;
    const path = await scene.write("big", new Uint8Array(SIZE));
    await bob.test.disconnect();
    await bob.back({ middle: holdingBehind(3_000_000) });
    for (const person of [alice, carol]) person.work();
    const { signal } = new AbortController();
    await bob.client.transfers.offer(scene.room, [path], signal);
    await scene.accept(carol);
    await scene.until(async () => ((await scene.received(carol)).get("big.part")?.length ?? 0) > 0);
    const founder = await alice.client.rooms.find(scene.room);
    const own = await bob.client.rooms.find(scene.room);
    assert(founder !== undefined && own !== undefined);
    if (how === "is removed while away") {
      await bob.test.disconnect();
      await bob.rest();
    }
    if (how === "leaves") await bob.client.rooms.leave(own);
    else await alice.client.rooms.remove(founder, bob.test.account);
    await scene.until(async () => (await carol.states())[0] === "cancelled");
    assert.deepEqual((await carol.transfers())[0].state, {
      state: "cancelled",
      by: "there",
      reason: "left",
    });
    const isOut = `bob is no longer in room ${scene.room} and had not sent all of it`;
    await untilTold(scene, carol, `Transfer 1 ends: ${isOut}`);
    // What nobody can go on with takes no room of the server's.
    await scene.until(() => scene.spooled().length === 0);
  });
}

Deno.test("a receiver is told when the sender cancels in the middle of an upload to a room", async () => {
  await using scene = await openRoomSenders();
  const [alice, , carol] = scene.people;
  await scene.write("big", new Uint8Array(SIZE));
  await alice.test.disconnect();
  await alice.back({ middle: holdingBehind(3_000_000) });
  carol.work();
  await scene.offer("big");
  await scene.accept(carol);
  await scene.until(async () => ((await scene.received(carol)).get("big.part")?.length ?? 0) > 0);
  await alice.client.transfers.cancel((await alice.transfers())[0]);
  await scene.until(async () => (await carol.states())[0] === "cancelled");
  await untilTold(scene, carol, "alice cancelled transfer 1");
});

Deno.test("a receiver is told when the sender's account is deleted in the middle of an upload", async () => {
  await using scene = await openSenders();
  const { alice, bob, pair: { world } } = scene;
  await scene.write("big", systemRandom.bytes(10_000_000));
  await alice.test.disconnect();
  await alice.back({ middle: holdingBehind(3_000_000) });
  bob.work();
  await scene.offer("big");
  await scene.accept();
  await scene.until(async () => ((await scene.received()).get("big.part")?.length ?? 0) > 0);
  await alice.test.disconnect();
  const { store, spool } = world.server.parts;
  const nowMs = world.clock.nowMs();
  assert.equal(await store.deleteAccount({ account: alice.test.account, nowMs }), "deleted");
  await spool.expire(nowMs);
  await scene.until(async () => (await bob.states())[0] === "cancelled");
  const isGone = "the account alice was deleted before it had sent all of it";
  await untilTold(scene, bob, `Transfer 1 ends: ${isGone}`);
});
