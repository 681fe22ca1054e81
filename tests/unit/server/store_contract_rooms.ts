/** Rooms in the store: numbers, members, invitations, removals and entries; whether an entry is right is judged elsewhere. */

import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import type { AccountId } from "../../../lib/base/ids.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import type { Member } from "../../../lib/relay/message_log.ts";
import type { Cases } from "./store_contract.ts";
import { conversationId, deviceId, join, link, NO_LIMITS, read, Writer } from "./store_kit.ts";

import { change, commit, listed, newRoom, openRoom, ROOM } from "./store_rooms_kit.ts";

export const roomCases: Cases = {
  "store lists every open room for the operator, in order of the number": async (store) => {
    await openRoom(store);
    const dave = await join(store, "dave", 4);
    const second = newRoom(dave, [], conversationId(701));
    await store.createRoom({ ...second, numbers: [199] });
    const rooms = await store.listEveryRoom({ after: 0, limit: 9 });
    assert.deepEqual(rooms.map(({ room, founder, said }) => [room, founder, said]), [
      [199, "dave", 0],
      [256, "alice", 0],
    ]);
    const [, { members, invited }] = rooms;
    assert.equal(members + invited, 3);
    assert.equal((await store.listEveryRoom({ after: 199, limit: 1 }))[0].room, 256);
    await store.closeRoom({ conversation: conversationId(701), account: dave.account });
    assert.equal((await store.listEveryRoom({ after: 0, limit: 9 })).length, 1);
  },

  "S3.30: store gives a room the first number that is free, and the same answer again": async (
    store,
  ) => {
    const alice = await join(store, "alice", 1);
    const bob = await join(store, "bob", 2);
    const first = { result: "created", room: 256, conversation: ROOM };
    assert.deepEqual(await store.createRoom(newRoom(alice, [bob])), first);
    const known = { ...first, result: "known" };
    assert.deepEqual(await store.createRoom(newRoom(alice, [bob])), known);
    const other = newRoom(alice, [], conversationId(701));
    assert.deepEqual(await store.createRoom(other), {
      result: "created",
      room: 199,
      conversation: conversationId(701),
    });
    assert.equal(await store.hasRoom(199), true);
    assert.equal(await store.hasRoom(505), false);
    // Another device under the same conversation id is somebody else's room.
    await assert.rejects(store.createRoom(newRoom(bob, [])), { code: "bad-message" });
  },

  "S3.28: store has one room for the same accounts, whoever asks, unless a new one is wanted":
    async (
      store,
    ) => {
      const { alice, bob, carol } = await openRoom(store);
      const mine = newRoom(
        alice.member,
        [carol.member, bob.member, alice.member],
        conversationId(701),
      );
      // Carol has not come yet; it is the room of these three all the same.
      assert.equal((await store.createRoom(mine)).result, "same-members");
      const again = await store.createRoom({
        ...newRoom(bob.member, [alice.member, carol.member], conversationId(702)),
      });
      assert.deepEqual(again, { result: "same-members", room: 256, conversation: ROOM });
      // Carol is invited, and asks herself.
      const carols = await store.createRoom({
        ...newRoom(carol.member, [bob.member, alice.member], conversationId(703)),
      });
      assert.deepEqual(carols, { result: "same-members", room: 256, conversation: ROOM });
      const forced = { ...newRoom(bob.member, [alice.member, carol.member], conversationId(702)) };
      assert.equal((await store.createRoom({ ...forced, forceNew: true })).result, "created");
    },

  "S3.26: store founds no room with an account that is not there": async (store) => {
    const alice = await join(store, "alice", 1);
    const nobody = { ...alice, account: "gandalf" as AccountId };
    await assert.rejects(store.createRoom(newRoom(alice, [nobody])), {
      code: "unknown-account",
      message: 'No account "gandalf" on this server',
    });
    assert.deepEqual(await listed(store, alice), []);
  },

  "SR-33: store lets the invited and the members see a room, and nobody else": async (store) => {
    const { alice, bob, carol } = await openRoom(store);
    const dave = await join(store, "dave", 4);
    const find = ({ account }: Member) => store.findRoom({ conversation: ROOM, account });
    assert.deepEqual(await find(alice.member), { room: 256, version: 2, standing: "member" });
    assert.deepEqual(await find(bob.member), { room: 256, version: 2, standing: "member" });
    assert.deepEqual(await find(carol.member), { room: 256, version: 2, standing: "invited" });
    assert.equal(await find(dave), undefined);
    const group = { conversation: ROOM, account: carol.member.account };
    assert.deepEqual((await store.findGroup(group))?.groupInfo, utf8("group info of 1"));
    assert.equal(await store.findGroup({ ...group, account: dave.account }), undefined);
    assert.deepEqual(
      await store.findRoomInvitation({ conversation: ROOM, account: carol.member.account }),
      utf8("invitation of carol"),
    );
    assert.deepEqual(
      (await listed(store, carol.member)).map(({ standing, member }) => ({ standing, member })),
      [{ standing: "invited", member: false }],
    );
    await store.declineRoomInvitation(group);
    assert.equal(await find(carol.member), undefined);
    assert.equal(await store.findRoomInvitation(group), undefined);
    assert.equal(await store.findGroup(group), undefined);
  },

  "SR-34: store lets one of two commits win, by epoch and by version of the charter": async (
    store,
  ) => {
    const { alice, bob, carol } = await openRoom(store);
    const { account } = carol.member;
    const enters = { ...commit(carol, 1, change(2, { entry: "carol came", admits: account })) };
    const results = [
      await store.commitToRoom({ ...enters, joins: true }),
      await store.commitToRoom(commit(alice, 1, change(2))),
      await store.commitToRoom(commit(bob, 2, change(2))),
      await store.commitToRoom(commit(bob, 2, change(3))),
    ];
    assert.deepEqual(results.map(({ result }) => result), [
      "committed",
      "conflict",
      "conflict",
      "committed",
    ]);
    const entries = await store.listRoomEntries({ conversation: ROOM, after: 0, limit: 10 });
    assert.deepEqual(entries, ["founded", "bob came", "carol came"].map(utf8));
    assert.deepEqual(
      await store.listRoomEntries({ conversation: ROOM, after: 1, limit: 1 }),
      [utf8("bob came")],
    );
  },

  "SR-20: store gives the first answer again when a room's commit is resent": async (store) => {
    const { alice, bob } = await openRoom(store);
    const roles = commit(alice, 1, change(2, { entry: "roles" }));
    const first = await store.commitToRoom(roles);
    assert.deepEqual(first, {
      result: "committed",
      seq: 2,
      epoch: 2,
      version: 3,
      recipients: [bob.member],
    });
    const known = { result: "known", seq: 2, epoch: 2, version: 3 };
    assert.deepEqual(await store.commitToRoom(roles), known);
  },

  "SR-35: store takes no commit of a room from outside, nor by the way of direct conversations":
    async (
      store,
    ) => {
      const { alice, carol } = await openRoom(store);
      const no = { result: "not-member" };
      assert.deepEqual(await store.commitToRoom(commit(carol, 1, change(2))), no);
      assert.deepEqual(
        await store.commitToRoom({ ...commit(carol, 1, change(2)), joins: true }),
        no,
      );
      assert.deepEqual(await store.commit(alice.commit(ROOM, 1)), no);
      assert.deepEqual(await store.listConversations(alice.member), []);
    },

  "a removal that is wanted ends delivery at once, and is gone when it was committed": async (
    store,
  ) => {
    const { alice, bob } = await openRoom(store);
    await store.append(alice.message(ROOM, 1, "for bob"));
    const { account } = bob.member;
    const by = alice.member.account;
    const order = { conversation: ROOM, by, account, entry: utf8("bob must go") };
    assert.equal(await store.wantRemoval({ ...order, version: 1 }), "stale");
    assert.equal(await store.wantRemoval({ ...order, version: 2 }), "wanted");
    assert.deepEqual(await read(store, deviceId(2), ROOM), []);
    assert.equal(await store.countWaiting(deviceId(2)), 0);
    assert.equal(await store.findRoom({ conversation: ROOM, account }), undefined);
    assert.deepEqual(
      await store.commitToRoom({ ...commit(bob, 1, change(2)), joins: true }),
      { result: "not-member" },
    );
    assert.deepEqual(await store.listRemovals({ conversation: ROOM, limit: 9 }), [order.entry]);
    assert.equal((await listed(store, alice.member))[0].wanted, true);
    const done = await store.commitToRoom({
      ...commit(alice, 1, change(2, { entry: "bob must go", expels: account })),
      removed: [bob.member],
    });
    assert.equal(done.result, "committed");
    assert.deepEqual(await store.listRemovals({ conversation: ROOM, limit: 9 }), []);
    assert.deepEqual(await store.listRoomMembers(ROOM), [alice.member.account]);
  },

  "S3.35: store numbers what is said in a room from 1, and nothing else": async (store) => {
    const { alice, bob } = await openRoom(store);
    const say = (writer: Writer, text: string, counts: boolean) =>
      store.append({ ...writer.message(ROOM, 1, text), counts });
    const places = [];
    for (const [writer, counts] of [[alice, true], [bob, false], [bob, true]] as const) {
      const said = await say(writer, "x", counts);
      places.push(said.result === "appended" ? said.place : said.result);
    }
    assert.deepEqual(places, [1, undefined, 2]);
    const page = await store.fetch({
      device: deviceId(1),
      conversation: ROOM,
      afterSeq: 0,
      limit: 9,
      maxBytes: 2 ** 20,
    });
    assert.deepEqual(page.map(({ type, place }) => `${type} ${place}`), [
      "commit undefined",
      "message undefined",
      "message 2",
    ]);
    const pair = await openDirect(store);
    const direct = await store.append({ ...pair.from.message(pair.conversation, 1), counts: true });
    assert.equal(direct.result === "appended" && direct.place, undefined);
  },

  "SR-54: an absent member of a room loses nothing to two who stay within their shares": async (
    store,
  ) => {
    const { alice, bob, carol } = await openRoom(store);
    const entry = { entry: "carol came", admits: carol.member.account };
    await store.commitToRoom({ ...commit(carol, 1, change(2, entry)), joins: true });
    const limits = { perDeviceBytes: 20_000, perSenderBytes: 5_000 };
    for (let i = 0; i < 12; i++) {
      const writer = i % 2 === 0 ? alice : bob;
      const body = new Uint8Array(400);
      const said = await store.append({ ...writer.message(ROOM, 2), body, limits });
      assert(said.result === "appended");
      for (const device of [1, 2]) {
        await store.acknowledge({ device: deviceId(device), conversation: ROOM, seq: said.seq });
      }
    }
    assert.equal(await store.countWaiting(deviceId(3)), 12);
  },

  "SR-54: a device with a full mailbox does not silence a room: it has to come in again": async (
    store,
  ) => {
    const { alice, bob } = await openRoom(store);
    const tablet = await link(store, bob.member, 5);
    const enters = commit(new Writer(tablet), 1, change(2));
    assert.equal((await store.commitToRoom({ ...enters, joins: true })).result, "committed");
    await store.acknowledge({ device: deviceId(2), conversation: ROOM, seq: 2 });
    const limits = { ...NO_LIMITS, perDeviceBytes: 600 };
    const first = await store.append({ ...alice.message(ROOM, 2, "one"), limits });
    assert.equal(first.result, "appended");
    await store.acknowledge({ device: deviceId(2), conversation: ROOM, seq: 3 });
    const second = await store.append({ ...alice.message(ROOM, 2, "two"), limits });
    assert.equal(second.result === "appended" && second.recipients?.length, 2);
    await store.acknowledge({ device: deviceId(2), conversation: ROOM, seq: 4 });
    const third = await store.append({ ...alice.message(ROOM, 2, "three"), limits });
    assert.deepEqual(third.result === "appended" && third.recipients, [bob.member]);
    assert.equal(await store.countWaiting(deviceId(5)), 0);
    assert.equal((await listed(store, tablet))[0].member, false);
  },

  "store closes a room for who is alone in it, and nobody else": async (store) => {
    const { alice, bob } = await openRoom(store);
    const { account } = alice.member;
    assert.equal(await store.closeRoom({ conversation: ROOM, account }), false);
    await store.commitToRoom({
      ...commit(alice, 1, change(2, { entry: "bob goes", expels: bob.member.account })),
      removed: [bob.member],
    });
    assert.equal(
      await store.closeRoom({ conversation: ROOM, account: bob.member.account }),
      false,
    );
    assert.equal(await store.closeRoom({ conversation: ROOM, account }), true);
    assert.equal(await store.hasRoom(256), false);
    await assert.rejects(store.closeRoom({ conversation: ROOM, account }), {
      code: "unknown-room",
    });
  },
};

/** A direct conversation of two others. */
async function openDirect(store: Store) {
  const from = new Writer(await join(store, "xenia", 11));
  const to = new Writer(await join(store, "yuri", 12));
  const conversation = conversationId(900);
  await store.openDirect(from.opening(conversation, to.member));
  return { from, conversation };
}
