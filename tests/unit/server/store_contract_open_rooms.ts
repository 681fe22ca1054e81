/** Open rooms in the store: found by every account, by a name that one has at a time; whether a join is right is judged elsewhere. */

import assert from "node:assert/strict";
import type { Cases } from "./store_contract.ts";
import { conversationId, join, Writer } from "./store_kit.ts";
import { change, commit, listed, newRoom, ROOM } from "./store_rooms_kit.ts";

const OPEN = { name: "lobby", topic: "say hello", size: 10 };

export const openRoomCases: Cases = {
  "store lists open rooms for every account, and no others": async (store) => {
    const alice = await join(store, "alice", 1);
    const bob = await join(store, "bob", 2);
    await store.createRoom({ ...newRoom(alice, []), open: OPEN });
    await store.createRoom(newRoom(alice, [], conversationId(701)));
    const of = (account: typeof alice.account) =>
      store.listOpenRooms({ account, after: 0, limit: 9 });
    const shown = { room: 256, conversation: ROOM, members: 1, ...OPEN };
    assert.deepEqual(await of(alice.account), [{ ...shown, member: true }]);
    assert.deepEqual(await of(bob.account), [{ ...shown, member: false }]);
    assert.deepEqual(
      await store.listOpenRooms({ account: bob.account, after: 256, limit: 9 }),
      [],
    );
    assert.deepEqual(await listed(store, bob), [], "nobody is in it by that");
    const asked = { conversation: ROOM, account: bob.account };
    assert.deepEqual(await store.findRoom(asked), { room: 256, version: 1, standing: "open" });
    assert.equal((await store.findGroup(asked))?.epoch, 0);
    const other = { ...asked, conversation: conversationId(701) };
    assert.equal(await store.findRoom(other), undefined);
    assert.equal(await store.findGroup(other), undefined);
    await store.closeRoom({ conversation: ROOM, account: alice.account });
    assert.deepEqual(await of(bob.account), []);
    assert.equal(await store.findGroup(asked), undefined);
  },

  "store gives a name to one open room at a time, and to the one that repairs it": async (
    store,
  ) => {
    const alice = await join(store, "alice", 1);
    const open = { ...newRoom(alice, []), open: OPEN };
    assert.equal((await store.createRoom(open)).result, "created");
    const second = { ...open, conversation: conversationId(701) };
    assert.deepEqual(await store.createRoom(second), { result: "name-taken" });
    const replaces = { conversation: ROOM, version: 1 };
    assert.deepEqual(await store.createRoom({ ...second, replaces }), {
      result: "created",
      room: 256,
      conversation: conversationId(701),
    });
    const account = alice.account;
    assert.deepEqual(
      (await store.listOpenRooms({ account, after: 0, limit: 9 })).map((it) => it.conversation),
      [conversationId(701)],
    );
  },

  "store names each open room by itself, and gives the name of a closed one again": async (
    store,
  ) => {
    const { account, ...alice } = await join(store, "alice", 1);
    const named = (name: string, n: number) =>
      store.createRoom({
        ...newRoom({ ...alice, account }, [], conversationId(n)),
        open: { ...OPEN, name },
      });
    const names = async () =>
      (await store.listOpenRooms({ account, after: 0, limit: 9 })).map(({ name }) => name).sort();
    assert.equal((await named("lobby", 700)).result, "created");
    assert.equal((await named("hall", 701)).result, "created");
    assert.deepEqual(await names(), ["hall", "lobby"]);
    await store.closeRoom({ conversation: ROOM, account });
    assert.equal((await named("lobby", 702)).result, "created");
    assert.deepEqual(await names(), ["hall", "lobby"]);
  },

  "store lets a device into an open room by what was judged alone, and tells no presence by it":
    async (
      store,
    ) => {
      const alice = new Writer(await join(store, "alice", 1));
      const bob = new Writer(await join(store, "bob", 2));
      const { account } = bob.member;
      await store.createRoom({ ...newRoom(alice.member, []), open: OPEN });
      const without = { ...commit(bob, 0, change(1)), joins: true };
      assert.deepEqual(await store.commitToRoom(without), { result: "not-member" });
      const join2 = { ...commit(bob, 0, change(1, { entry: "bob came", admits: account })) };
      const joined = await store.commitToRoom({ ...join2, joins: true });
      assert.equal(joined.result, "committed");
      assert.deepEqual(await store.listRoomMembers(ROOM), ["alice", "bob"]);
      assert.deepEqual(await store.listRoomMates(account), []);
      // Those two have no other room for that.
      const both = { ...newRoom(alice.member, [bob.member], conversationId(702)), numbers: [505] };
      assert.equal((await store.createRoom(both)).result, "created");
    },

  "store lets nobody into an open room whose removal waits": async (store) => {
    const alice = new Writer(await join(store, "alice", 1));
    const bob = new Writer(await join(store, "bob", 2));
    const { account } = bob.member;
    await store.createRoom({ ...newRoom(alice.member, []), open: OPEN });
    const order = { conversation: ROOM, by: alice.member.account, account, version: 1 };
    const entry = new TextEncoder().encode("bob stays out");
    assert.equal(await store.wantRemoval({ ...order, entry }), "wanted");
    assert.equal(await store.findRoom({ conversation: ROOM, account }), undefined);
    assert.equal(await store.findGroup({ conversation: ROOM, account }), undefined);
  },
};
