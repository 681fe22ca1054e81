/** Files to rooms, from hostile members, for strangers, and for those who were put out. */

import assert from "node:assert/strict";
import { encodeBase64 } from "../../../lib/base/bytes.ts";
import { newTransferId, newUploadId, type TransferId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { type FileWord, say } from "../../../lib/client/transfers/control_messages.ts";
import type { FilePerson } from "../../kit/file_senders.ts";
import { openRoomSenders, type RoomSenders } from "../../kit/room_files.ts";
import { settle } from "../../kit/town.ts";

/** Somebody's program says in the room what an honest one never would. */
async function sayRaw(
  { room, people }: RoomSenders,
  person: FilePerson,
  said: { readonly transfer: TransferId; readonly word: FileWord },
): Promise<void> {
  await say(person.test.messenger, { peer: room, ...said });
  await person.client.flush();
  await settle(...people.filter(({ client }) => client.isOnline).map(({ test }) => test));
}

/** Alice has offered it and nobody has answered; nothing runs. */
async function offered(scene: RoomSenders): Promise<Readonly<Record<string, TransferId>>> {
  await scene.write("plan", systemRandom.bytes(600_000));
  await scene.offer("plan");
  const [alice, ...others] = scene.people;
  await alice.client.flush();
  await settle(...others.map(({ test }) => test));
  return Object.fromEntries((await alice.transfers()).map(({ peer, id }) => [peer, id]));
}

async function offerOf({ people: [alice] }: RoomSenders): Promise<TransferId> {
  const [{ offer }] = await alice.transfers();
  assert(offer !== undefined);
  return offer;
}

Deno.test("SR-11: a member answers, pauses, cancels and verifies for itself alone", async () => {
  await using scene = await openRoomSenders();
  const [, bob, carol] = scene.people;
  const ids = await offered(scene);
  const offer = await offerOf(scene);
  const digest = "00".repeat(32);
  const words: readonly FileWord[] = [
    { kind: "file.answer", accepts: true },
    { kind: "file.answer", accepts: false },
    { kind: "file.pause" },
    { kind: "file.resume", again: true },
    { kind: "file.ack", verifiedBytes: 600_000 },
    { kind: "file.cancel", reason: "cancelled" },
    { kind: "file.done", digest },
  ];
  for (const transfer of [ids.carol, offer]) {
    for (const word of words) await sayRaw(scene, bob, { transfer, word });
  }
  assert.deepEqual(await scene.sent(), { bob: "offered", carol: "offered" });
  // Nor does bob speak for alice to carol.
  assert.deepEqual(await carol.states(), ["offered"]);
});

Deno.test("SR-11: what a member says of a room's transfer in another conversation means nothing", async () => {
  await using scene = await openRoomSenders();
  const [alice, bob] = scene.people;
  const ids = await offered(scene);
  const word = { kind: "file.answer", accepts: false } as const;
  await bob.client.findContact("alice");
  await say(bob.test.messenger, { peer: alice.test.account, transfer: ids.bob, word });
  await bob.client.flush();
  await settle(alice.test, bob.test, alice.test);
  assert.deepEqual(await scene.sent(), { bob: "offered", carol: "offered" });
});

Deno.test("SR-11: an offer under the id of another's offer is the liar's own, and takes nothing from it", async () => {
  await using scene = await openRoomSenders();
  const [, bob, carol] = scene.people;
  await offered(scene);
  const before = await carol.transfers();
  const transfer = await offerOf(scene);
  const word: FileWord = {
    kind: "file.offer",
    upload: newUploadId(systemRandom),
    key: encodeBase64(systemRandom.bytes(32)),
    items: [{ path: "plan", sizeBytes: 3, type: "text/plain" }],
  };
  await sayRaw(scene, bob, { transfer, word });
  const after = await carol.transfers();
  assert.deepEqual(after.slice(0, 1), before);
  assert.deepEqual(after.map(({ peer }) => peer), ["alice", "bob"]);
});

Deno.test("a member who claims to have all of it takes nothing of it from the others", async () => {
  await using scene = await openRoomSenders();
  const [, bob, carol] = scene.people;
  const ids = await offered(scene);
  const word = { kind: "file.ack", verifiedBytes: 600_000 } as const;
  await sayRaw(scene, bob, { transfer: ids.bob, word });
  for (const person of scene.people) person.work();
  await scene.accept(bob);
  await scene.accept(carol);
  await scene.until(async () =>
    Object.values(await scene.sent()).every((state) => state === "done")
  );
  assert.equal((await scene.received(carol)).get("plan")?.length, 600_000);
});

Deno.test("a member who claims another hash than what was read is not believed, whoever it was uploaded for first", async () => {
  await using scene = await openRoomSenders();
  const [alice, bob, carol] = scene.people;
  const ids = await offered(scene);
  await carol.test.disconnect();
  alice.work();
  await scene.until(async () =>
    Object.values(await scene.sent()).every((state) => state === "uploaded")
  );
  await carol.test.connect();
  const word = { kind: "file.done", digest: "00".repeat(32) } as const;
  for (const [person, transfer] of [[bob, ids.bob], [carol, ids.carol]] as const) {
    await say(person.test.messenger, { peer: scene.room, transfer, word });
    await person.client.flush();
  }
  await scene.until(async () =>
    Object.values(await scene.sent()).every((state) => state === "cancelled")
  );
});

Deno.test("SR-62: a sender who seals something else than was offered is found out by each member", async () => {
  await using scene = await openRoomSenders();
  const [alice, bob, carol] = scene.people;
  const path = await scene.write("sly", systemRandom.bytes(300_000));
  await scene.offer("sly");
  const [{ offer }] = await alice.transfers();
  assert(offer !== undefined);
  await alice.client.flush();
  await settle(bob.test, carol.test);
  // The program of the sender says a size that the upload does not have.
  await Deno.writeFile(path, systemRandom.bytes(300_001));
  for (const person of scene.people) person.work();
  await scene.accept(bob);
  await scene.accept(carol);
  await scene.until(async () =>
    [...await bob.states(), ...await carol.states()].every((state) => state === "cancelled")
  );
  for (const person of [bob, carol]) {
    assert.equal((await scene.received(person)).get("sly"), undefined);
  }
  await scene.until(() => scene.spooled().length === 0);
});

Deno.test("SR-53: an upload that is not for the room is not read by who accepts it, whatever the offer says", async () => {
  await using scene = await openRoomSenders({ count: 4, outside: 1 });
  const [alice, bob, , dave] = scene.people;
  await scene.write("secret", systemRandom.bytes(100_000));
  const { signal } = new AbortController();
  await alice.client.findContact("dave");
  await dave.test.disconnect();
  alice.work();
  await alice.client.transfers.offer(dave.test.account, [`${scene.folder}/secret`], signal);
  await scene.until(async () => (await alice.states())[0] === "uploaded");
  const [sent] = await alice.transfers();
  assert(sent.direction === "out");
  // Alice's program offers to the room what the server keeps for dave.
  const { upload, key } = sent;
  const items = [{ path: "secret", sizeBytes: 100_000, type: "application/octet-stream" }];
  const transfer = newTransferId(systemRandom);
  await sayRaw(scene, alice, { transfer, word: { kind: "file.offer", upload, key, items } });
  bob.work();
  await scene.accept(bob);
  const { link } = bob.client;
  await assert.rejects(link.ask("spool.fetch", { upload, offset: 0, untilBytes: 1 }), {
    code: "unknown-upload",
  });
  assert.deepEqual(await bob.states(), ["receiving"]);
  assert.equal((await scene.received(bob)).get("secret"), undefined);
});

Deno.test("a stranger, and who was put out in the middle of it, reads nothing of a room's upload", async () => {
  await using scene = await openRoomSenders({ count: 4, outside: 1 });
  const [alice, bob, carol, dave] = scene.people;
  await offered(scene);
  const [sent] = await alice.transfers();
  assert(sent.direction === "out");
  const { upload } = sent;
  await carol.test.disconnect();
  alice.work();
  await scene.until(async () => (await scene.sent()).bob === "uploaded");
  const refused = { code: "unknown-upload" };
  const fetch = { upload, offset: 0, untilBytes: 253_952 };
  await assert.rejects(dave.client.link.ask("spool.fetch", fetch), refused);
  await assert.rejects(dave.client.link.ask("spool.release", { upload }), refused);
  await assert.rejects(
    dave.client.link.ask("spool.open", {
      ...{ upload, again: true, opening: 9, sizeBytes: 10, room: Number(scene.room.slice(1)) },
    }),
    { code: "not-member" },
  );
  // Bob reads, and waits for more credit.
  const ended = Promise.withResolvers<string>();
  bob.client.link.on("spool.piece", () => {});
  bob.client.link.on("spool.ended", ({ reason }) => ended.resolve(reason));
  await bob.client.link.ask("spool.fetch", fetch);
  const info = await alice.client.rooms.find(scene.room);
  assert(info !== undefined);
  await alice.client.rooms.remove(info, bob.test.account);
  assert.equal(await ended.promise, "gone");
  await assert.rejects(bob.client.link.ask("spool.fetch", fetch), refused);
  // The others still get it.
  await carol.back();
  await scene.accept(carol);
  await scene.until(async () => (await scene.sent()).carol === "done");
});
