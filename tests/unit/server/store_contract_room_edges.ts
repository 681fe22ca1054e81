/** Commits of rooms where another condition alone says no, and what an order for one room leaves of another. */

import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import type { Cases } from "./store_contract.ts";
import { conversationId, deviceId, link, START_MS } from "./store_kit.ts";
import type { Member } from "../../../lib/relay/message_log.ts";
import { change, commit, newRoom, openRoom, ROOM } from "./store_rooms_kit.ts";

export const roomEdgeCases: Cases = {
  "SR-21: store lets one commit win an epoch of a room, though its membership log stays": async (
    store,
  ) => {
    const { alice, bob } = await openRoom(store);
    const ask = (writer: typeof alice) =>
      store.commitToRoom({ ...commit(writer, 1, change(2)), joins: false });
    assert.equal((await ask(alice)).result, "committed");
    assert.deepEqual(await ask(bob), { result: "conflict", epoch: 2, version: 2 });
  },

  "SR-35: store takes no commit to a room that is closed": async (store) => {
    const { alice, bob } = await openRoom(store);
    const expels = bob.member.account;
    const removal = { ...commit(alice, 1, change(2, { entry: "out", expels })), joins: false };
    assert.equal((await store.commitToRoom(removal)).result, "committed");
    const { account } = alice.member;
    assert.equal(await store.closeRoom({ conversation: ROOM, account }), true);
    const late = await store.commitToRoom({ ...commit(alice, 2, change(3)), joins: false });
    assert.deepEqual(late, { result: "not-member" });
  },

  "SR-53: store founds a room by a device that its account has, under a number that is free":
    async (
      store,
    ) => {
      const { alice, bob } = await openRoom(store);
      const found = (by: Member, n = 702) =>
        store.createRoom({ ...newRoom(by, [], conversationId(n)), forceNew: true, numbers: [256] });
      assert.deepEqual(await found(alice.member), { result: "no-number" });
      const refused = { name: "Refusal", code: "device-refused" };
      const { account } = alice.member;
      await assert.rejects(found({ ...bob.member, account }), refused);
      await assert.rejects(found({ account, device: deviceId(9) }), refused);
      const gone = await link(store, alice.member, 9);
      const list = { revocation: utf8("list"), present: 0, sequence: 1 };
      await store.removeDevices({ account, devices: [gone.device], ...list });
      await assert.rejects(found(gone), refused);
    },

  "SR-34: store takes no invitation of a version of the membership log that has passed": async (
    store,
  ) => {
    const { alice, carol } = await openRoom(store);
    const order = {
      ...{ conversation: ROOM, by: alice.member.account, account: carol.member.account },
      ...{ entry: utf8("come"), expiresMs: START_MS + 1 },
    };
    for (const version of [1, 3]) {
      assert.equal(await store.inviteToRoom({ ...order, version }), "stale");
      assert.equal(await store.wantRemoval({ ...order, version }), "stale");
    }
    assert.equal(await store.inviteToRoom({ ...order, version: 2 }), "invited");
    assert.equal(await store.wantRemoval({ ...order, version: 2 }), "wanted");
  },

  "store finds a room of the same people by who is in or may come, in rooms that are open": async (
    store,
  ) => {
    const { alice, bob, carol } = await openRoom(store);
    const { account: by } = alice.member;
    let at = 710;
    const found = async (members: readonly Member[]) =>
      (await store.createRoom({
        ...newRoom(alice.member, members, conversationId(++at)),
        numbers: [at],
      })).result;
    assert.equal(await found([bob.member, carol.member]), "same-members");
    await store.declineRoomInvitation({ conversation: ROOM, account: carol.member.account });
    assert.equal(await found([bob.member]), "same-members");
    const order = { conversation: ROOM, by, entry: utf8("out"), version: 2 };
    await store.wantRemoval({ ...order, account: bob.member.account });
    assert.equal(await found([]), "same-members");
    const expels = bob.member.account;
    const out = { ...commit(alice, 1, change(2, { entry: "out", expels })), joins: false };
    assert.equal((await store.commitToRoom(out)).result, "committed");
    assert.equal(await store.closeRoom({ conversation: ROOM, account: by }), true);
    assert.equal(await found([]), "created");
  },

  "store takes nobody for a mate by a room that another one took the place of": async (store) => {
    const { alice, bob } = await openRoom(store);
    assert.deepEqual(await store.listRoomMates(bob.member.account), [alice.member.account]);
    const repaired = newRoom(alice.member, [bob.member], conversationId(730));
    const replaces = { conversation: ROOM, version: 2 };
    assert.equal((await store.createRoom({ ...repaired, replaces })).result, "created");
    assert.deepEqual(await store.listRoomMates(bob.member.account), []);
  },

  "store resumes the numbers of the room that is replaced": async (store) => {
    const { alice } = await openRoom(store);
    const room = (n: number) => ({
      ...newRoom(alice.member, [], conversationId(n)),
      ...{ numbers: [n], forceNew: true },
    });
    await store.createRoom(room(740));
    const say = async (n: number) => {
      const message = { ...alice.message(conversationId(n), 0), counts: true };
      const said = await store.append(message);
      return "place" in said && said.place;
    };
    assert.deepEqual([await say(740), await say(740)], [1, 2]);
    const replaces = { conversation: conversationId(740), version: 1 };
    await store.createRoom({ ...room(741), replaces });
    assert.equal(await say(741), 3);
  },

  "SR-34: store takes orders for a room of its own people alone, and for this room": async (
    store,
  ) => {
    const { alice, bob, carol } = await openRoom(store);
    const { account } = carol.member;
    const other = conversationId(750);
    await store.createRoom({ ...newRoom(carol.member, [], other), numbers: [750] });
    const mine = { by: account, entry: utf8("order"), version: 1 };
    const expiresMs = START_MS + 1;
    for (const guest of [alice, bob]) {
      const invited = { ...mine, conversation: other, account: guest.member.account, expiresMs };
      assert.equal(await store.inviteToRoom(invited), "invited");
    }
    // Carol is invited to the first room, and not in it.
    const outside = { ...mine, conversation: ROOM, account: bob.member.account, version: 2 };
    assert.equal(await store.inviteToRoom({ ...outside, expiresMs }), "stale");
    assert.equal(await store.wantRemoval(outside), "stale");
    const guestsOf = async (conversation: typeof ROOM) => {
      const guests = await store.listRoomGuests({ conversation, after: undefined, limit: 9 });
      return guests.map(({ account, declined }) => `${account} ${declined}`);
    };
    const order = { conversation: ROOM, by: alice.member.account, entry: utf8("out"), version: 2 };
    // Twice, as when the answer is lost.
    for (let i = 0; i < 2; i++) {
      assert.equal(await store.wantRemoval({ ...order, account: bob.member.account }), "wanted");
    }
    assert.deepEqual(await guestsOf(ROOM), ["carol false"]);
    assert.deepEqual(await guestsOf(other), ["alice false", "bob false"]);
    const again = { ...order, account: bob.member.account, expiresMs };
    assert.equal(await store.inviteToRoom(again), "invited");
    await store.declineRoomInvitation({ conversation: ROOM, account: bob.member.account });
    assert.deepEqual(await guestsOf(ROOM), ["bob true", "carol false"]);
    assert.deepEqual(await guestsOf(other), ["alice false", "bob false"]);
  },

  "SR-34: store admits an account that is in already, and takes one out of the one room": async (
    store,
  ) => {
    const { alice, bob } = await openRoom(store);
    const { account } = bob.member;
    const other = conversationId(701);
    await store.createRoom({ ...newRoom(bob.member, [], other), numbers: [7] });
    const again = {
      ...commit(bob, 1, change(2, { entry: "again", admits: account })),
      joins: true,
    };
    assert.equal((await store.commitToRoom(again)).result, "committed");
    const by = alice.member.account;
    const order = { conversation: ROOM, by, account, entry: utf8("out"), version: 3 };
    assert.equal(await store.wantRemoval(order), "wanted");
    const own = { conversation: other, by: account, account: by, entry: utf8("come"), version: 1 };
    assert.equal(await store.inviteToRoom({ ...own, expiresMs: START_MS + 1 }), "invited");
    const out = { ...commit(alice, 2, change(3, { entry: "out", expels: account })), joins: false };
    assert.equal((await store.commitToRoom(out)).result, "committed");
    assert.deepEqual(await store.listRoomMembers(ROOM), [by]);
    assert.deepEqual(await store.listRoomMembers(other), [account]);
    assert.notEqual(
      await store.findRoomInvitation({ conversation: other, account: by }),
      undefined,
    );
  },
};
