/** Rooms after their server was restored from a backup that is behind them (SR-58): told, repaired, nothing lost silently. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Refusal } from "../../../lib/base/errors.ts";
import type { RoomHandle } from "../../../lib/base/ids.ts";
import { repairRoom } from "../../../lib/client/rooms/repairing.ts";
import type { TestClient } from "../../kit/test_client.ts";
import { openSite, settle, type Site } from "./restore_site.ts";

async function say(client: TestClient, room: RoomHandle, text: string): Promise<string> {
  const id = await client.client.write(room, text);
  await client.client.flush();
  return id;
}

async function heard({ messenger }: TestClient, room: RoomHandle): Promise<readonly string[]> {
  return (await messenger.history.after(0))
    .filter(({ peer, kind, own }) => peer === room && kind === "text" && !own)
    .map(({ text }) => text);
}

async function told({ messenger }: TestClient, room: RoomHandle): Promise<readonly string[]> {
  return (await messenger.history.after(0))
    .filter(({ peer, kind, id }) => peer === room && kind === "notice" && id === "server-restored")
    .map(({ text }) => text);
}

/** Alice's room with bob in it, on a server that can be restored. */
async function openRoom(): Promise<{ site: Site; room: RoomHandle }> {
  const site = await openSite();
  const { alice, bob } = site;
  const guests = [await alice.client.findContact("bob")];
  const founded = await alice.client.rooms.found({ guests, forceNew: false, name: "x", topic: "" });
  equal(founded.result, "created");
  const { room } = founded;
  await settle(alice, bob, alice);
  await say(alice, room, "before");
  await settle(bob, alice);
  return { site, room };
}

Deno.test("SR-58: a room whose last texts the backup does not have goes on, and its authors are told", async () => {
  const { site, room } = await openRoom();
  await using _site = site;
  const { alice, bob } = site;
  await site.backUp();
  await bob.disconnect();
  const lost = await say(alice, room, "lost");
  await site.restore();
  await alice.connect();
  await bob.connect();
  await settle(alice, bob);
  deepEqual(await told(alice, room), [
    "The server was restored from a backup. 1 message of yours was not confirmed before: ask whether it arrived, or send it again",
  ]);
  equal(alice.client.deliveryOf(lost), "failed");
  await say(alice, room, "after");
  await settle(bob, alice);
  await say(bob, room, "I read you");
  await settle(alice, bob);
  deepEqual(await heard(bob, room), ["before", "after"]);
  deepEqual(await heard(alice, room), ["I read you"]);
});

Deno.test("SR-58: a room that is beyond the backup by a commit is held, says so, and goes on when an owner repairs it", async () => {
  const { site, room } = await openRoom();
  await using _site = site;
  const { world, alice, bob } = site;
  const carol = await (await world.client("carol", 2)).connect();
  await site.backUp();
  // Carol comes in after the backup: the epoch rises.
  await carol.connect();
  await settle(carol);
  const info = await alice.client.rooms.find(room);
  ok(info !== undefined);
  await alice.client.rooms.invite(info, await alice.client.findContact("carol"));
  await settle(alice, carol, alice, bob);
  await say(carol, room, "I am in");
  await settle(alice, bob);
  ok((await heard(bob, room)).includes("I am in"));
  await carol.disconnect();
  await site.restore();

  await alice.connect();
  await bob.connect();
  await settle(alice, bob);
  for (const client of [alice, bob]) {
    equal((await told(client, room)).length, 1);
    match((await told(client, room))[0], /no messages are sent until an owner repairs it/);
    equal(client.messenger.conversations.openWith(room)?.state, "out-of-step");
  }
  // What is said meanwhile is kept, and is not lost.
  await bob.client.write(room, "said while it was held");
  const held = await bob.client.flush();
  deepEqual(held.map(({ peer, error }) => [peer, error?.code]), [[room, "out-of-step"]]);
  // Only owners repair.
  await bob.client.sync();
  await repairRoom(bob.messenger, bob.client.link, { room, without: [] }).then(
    () => ok(false, "bob is no owner"),
    (error) => ok(error instanceof Refusal && error.code === "not-allowed", String(error)),
  );
  await repairRoom(alice.messenger, alice.client.link, { room, without: [] });
  await settle(alice, bob, alice, bob);
  await say(alice, room, "repaired");
  await settle(bob, alice);
  deepEqual((await heard(bob, room)).slice(-1), ["repaired"]);
  ok((await heard(alice, room)).includes("said while it was held"));
  // Whom the backup does not know in the room is in it by the owner's own memory.
  await carol.connect();
  await settle(carol, alice, bob, carol);
  await say(alice, room, "all of us");
  await settle(bob, carol);
  for (const client of [bob, carol]) equal((await heard(client, room)).at(-1), "all of us");
});

Deno.test("SR-58: of a room that the backup does not have its members are told to make it anew, and what was said stays", async () => {
  await using site = await openSite();
  const { alice, bob } = site;
  await site.backUp();
  const guests = [await alice.client.findContact("bob")];
  const founded = await alice.client.rooms.found({ guests, forceNew: false, name: "x", topic: "" });
  const { room } = founded;
  await settle(alice, bob, alice);
  await say(alice, room, "before");
  await settle(bob, alice);
  await site.restore();
  await alice.connect();
  await bob.connect();
  await settle(alice, bob);
  for (const client of [alice, bob]) {
    equal((await told(client, room)).length, 1);
    match(
      (await told(client, room))[0],
      /does not have this room: .* Create it again: room new @NAME$/,
    );
  }
  deepEqual(await heard(bob, room), ["before"]);
  const again = await alice.client.rooms.found({ guests, forceNew: false, name: "x", topic: "" });
  equal(again.result, "created");
  await settle(alice, bob, alice);
  await say(alice, again.room, "anew");
  await settle(bob);
  deepEqual((await heard(bob, again.room)).slice(-1), ["anew"]);
});
