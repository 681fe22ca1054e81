/** Servers and accounts that would use open rooms to get in where they are not wanted, or to lead somebody in. */

import assert from "node:assert/strict";
import { type ConversationId, newEnvelopeId, type RoomHandle } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { signEntry } from "../../../lib/client/rooms/invitations.ts";
import type { EntryFacts } from "../../../lib/crypto/room/entry_layouts.ts";
import { makeRoomGroup } from "../../../lib/client/rooms/founding.ts";
import { joinSections } from "../../../lib/protocol/sections.ts";
import type { Hooks } from "../../kit/man_in_the_middle.ts";
import type { TestClient } from "../../kit/test_client.ts";
import { found, infoOf, lines, settle, town } from "../../kit/town.ts";

async function logOf({ client }: TestClient, room: RoomHandle) {
  const { conversation } = await client.rooms.find(room) ?? {};
  const log = conversation && await client.messenger.groups.membershipLogOf(conversation);
  assert(log !== undefined);
  return log;
}

/** Sends an external commit with that entry, as a program of somebody's own would. */
async function uploadJoin(
  { client }: TestClient,
  at: { conversation: string; version: number; epoch: number },
  facts: EntryFacts,
) {
  const entry = await signEntry(client.profile, facts);
  const { sizes, payload } = joinSections([
    systemRandom.bytes(300),
    systemRandom.bytes(300),
    entry,
  ]);
  return await client.link.ask("room.commit", {
    ...at,
    envelope: newEnvelopeId(systemRandom),
    number: client.messenger.outbox.takeNumber(),
    joins: true,
    removed: [],
    sizes,
  }, payload);
}

function joinOf({ client }: TestClient, groupId: ConversationId, version: number): EntryFacts {
  return {
    type: "join",
    groupId,
    account: client.profile.own.account,
    identity: client.profile.own.identity.key.fingerprint,
    id: systemRandom.bytes(16),
    version,
  };
}

Deno.test("the server refuses a join into a room that invites, and of who was removed from an open one", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  const invites = await found(alice, [bob], { name: "ops" });
  const open = await found(alice, [], { name: "lobby", openTo: 10 });
  await settle(...clients);
  const ofInvites = await logOf(alice, invites);
  const { groupId: conversation, version } = ofInvites;
  const join = joinOf(carol, conversation, version);
  const refused = uploadJoin(carol, { conversation, version, epoch: 1 }, join);
  await assert.rejects(refused, { code: "not-member" });
  await alice.client.rooms.remove(await infoOf(alice, open), carol.account);
  await settle(...clients);
  const at = await logOf(alice, open);
  const again = joinOf(carol, at.groupId, at.version);
  const place2 = { conversation: at.groupId, version: at.version, epoch: at.version };
  await assert.rejects(uploadJoin(carol, place2, again), { code: "not-allowed" });
  // Nor in the name of somebody else who may.
  const ofBob = { ...again, account: bob.account } as EntryFacts;
  await assert.rejects(uploadJoin(carol, place2, ofBob), { code: "not-allowed" });
});

Deno.test("a server that says an open room is one's own, or that one is invited, gets no join", async () => {
  await using place = await town(2);
  const { alice, bob } = place;
  const room = await found(alice, [], { name: "lobby", openTo: 10 });
  const { conversation } = await infoOf(alice, room);
  for (const standing of ["member", "invited", "awaited"]) {
    let shown = 0;
    const middle: Hooks = {
      down({ header, payload }, pass) {
        if (header.kind !== "room.listed") return pass(header, payload);
        shown++;
        const flags = { member: false, wanted: false, declined: false, kicked: false };
        const one = { room: Number(room.slice(1)), conversation, epoch: 0, version: 1, standing };
        pass({ ...header, rooms: [{ ...one, ...flags }] }, payload);
      },
    };
    await bob.disconnect();
    await bob.connect({ middle });
    await settle(bob, alice);
    assert(shown > 0);
    assert.deepEqual(await bob.client.rooms.list(), [], standing);
    assert.deepEqual([...(await infoOf(alice, room)).members.keys()], ["alice"]);
    assert.deepEqual(await lines(alice, room), []);
  }
});

Deno.test("a server that shows another room under the name of an open one is caught by its first entry", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  const invites = await found(alice, [bob], { name: "ops" });
  const other = await found(alice, [], { name: "other", openTo: 10 });
  await settle(...clients);
  for (const room of [invites, other]) {
    const { conversation } = await infoOf(alice, room);
    const middle: Hooks = {
      down({ header, payload }, pass) {
        if (header.kind !== "room.listed-open") return pass(header, payload);
        const facts = {
          name: "lobby",
          topic: "",
          size: 10,
          members: 1,
          member: false,
          lobby: true,
        };
        pass(
          { ...header, rooms: [{ room: Number(room.slice(1)), conversation, ...facts }] },
          payload,
        );
      },
    };
    await carol.disconnect();
    await carol.connect({ middle });
    const shown = await carol.client.rooms.open.find("lobby");
    assert(shown !== undefined);
    const code = room === invites ? "not-member" : "not-allowed";
    await assert.rejects(carol.client.rooms.open.join(shown), { code });
    assert.deepEqual(await carol.client.rooms.list(), []);
  }
});

Deno.test("an owner's repair opens no room to which people were invited", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  const room = await found(alice, [bob], { name: "ops" });
  await settle(...clients);
  const before = await logOf(alice, room);
  const made = await makeRoomGroup(alice.client.messenger, alice.client.link, {
    guests: [],
    replaces: before.groupId,
    open: { name: "ops", topic: "", size: 10, barred: [] },
  });
  const { sizes, payload } = joinSections([made.groupInfo, made.entry]);
  const fields = {
    conversation: made.conversation,
    members: [],
    forceNew: true,
    replaces: before.groupId,
    sizes,
  };
  await assert.rejects(alice.client.link.ask("room.create", fields, payload), {
    code: "not-allowed",
  });
  // A server that takes it all the same, and shows bob that room under the number, moves nobody.
  const number = Number(room.slice(1));
  await bob.disconnect();
  let isAsked = false;
  await bob.connect({
    middle: {
      up({ header, payload: body }, pass, answer) {
        if (header.kind !== "room.entries" || header.conversation !== made.conversation) {
          return pass(header, body);
        }
        isAsked = true;
        const reply = { kind: "room.entries-found", request: header.request, version: 1 };
        answer({ ...reply, sizes: [made.entry.length] }, made.entry);
      },
      down({ header, payload: body }, pass) {
        if (header.kind !== "room.listed") return pass(header, body);
        const flags = { member: false, wanted: false, declined: false, kicked: false };
        const one = { room: number, conversation: made.conversation, epoch: 0, version: 1 };
        const places = { standing: "member", replaced: before.groupId };
        pass({ ...header, rooms: [{ ...one, ...places, ...flags }] }, body);
      },
    },
  });
  await settle(bob);
  assert(isAsked);
  assert.equal(bob.client.messenger.conversations.openWith(room)?.conversation, before.groupId);
  assert.match((await lines(bob, room)).at(-1) ?? "", /out of step/);
  assert.deepEqual(await carol.client.rooms.open.list(), []);
});

Deno.test("an account that joins without end is told to wait", async () => {
  await using place = await town(2);
  const { alice, bob } = place;
  const room = await found(alice, [], { name: "lobby", openTo: 10 });
  const { groupId: conversation, version } = await logOf(alice, room);
  // Of a version that is not there: each is refused, and counted.
  const join = joinOf(bob, conversation, version + 1);
  const tryJoin = () => uploadJoin(bob, { conversation, version, epoch: 0 }, join);
  for (let count = 1; count <= 20; count++) await assert.rejects(tryJoin, { code: "not-allowed" });
  await assert.rejects(tryJoin, { code: "rate-limited" });
  await place.world.clock.advance(300_000);
  await assert.rejects(tryJoin, { code: "not-allowed" });
});
