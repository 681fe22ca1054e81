/** Commits of rooms where another condition alone says no, and what an order for one room leaves of another. */

import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import type { Cases } from "./store_contract.ts";
import { conversationId, START_MS } from "./store_kit.ts";
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
