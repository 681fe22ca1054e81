/** Rooms in the store: guests, repairs, kicked members, room mates. */

import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import type { AccountId, ConversationId } from "../../../lib/base/ids.ts";
import type { Member } from "../../../lib/relay/message_log.ts";
import type { Cases } from "./store_contract.ts";
import { conversationId, deviceId, join, read, START_MS } from "./store_kit.ts";
import { listed, newRoom, openRoom, ROOM } from "./store_rooms_kit.ts";

export const roomPeopleCases: Cases = {
  "store lets members see who was invited, until when, and who turned it down": async (store) => {
    const { alice, carol } = await openRoom(store);
    const dave = await join(store, "dave", 4);
    const invite = async ({ account }: Member) => {
      const entry = utf8(`invitation of ${account}`);
      const expiresMs = START_MS + 1;
      const by = alice.member.account;
      const invited = { conversation: ROOM, by, account, entry, version: 2, expiresMs };
      assert.equal(await store.inviteToRoom(invited), "invited");
    };
    await invite(dave);
    const guests = (after?: AccountId) =>
      store.listRoomGuests({ conversation: ROOM, after, limit: 9 });
    const hasDeclined = async () => (await listed(store, alice.member))[0].declined;
    const guest = ({ account }: Member, declined: boolean) => ({
      account,
      entry: utf8(`invitation of ${account}`),
      expiresMs: START_MS + 1,
      declined,
    });
    assert.deepEqual(await guests(), [guest(carol.member, false), guest(dave, false)]);
    assert.deepEqual(await guests(carol.member.account), [guest(dave, false)]);
    assert.equal(await hasDeclined(), false);
    await store.declineRoomInvitation({ conversation: ROOM, account: dave.account });
    assert.deepEqual((await guests())[1], guest(dave, true));
    assert.equal(await hasDeclined(), true);
    // Whoever changes their mind is invited anew.
    await invite(dave);
    assert.equal((await listed(store, dave))[0].standing, "invited");
    assert.equal(await hasDeclined(), false);
    await store.expire(START_MS + 1);
    assert.deepEqual(await guests(), []);
    assert.deepEqual(await listed(store, dave), []);
  },

  "SR-35: store gives a repaired room the number of the one that it closes": async (store) => {
    const { alice, bob } = await openRoom(store);
    await store.append({ ...bob.message(ROOM, 1, "before"), counts: true });
    const next = conversationId(701);
    const replaces = { conversation: ROOM, version: 2 };
    const repaired = { ...newRoom(alice.member, [bob.member], next), replaces };
    assert.deepEqual(await store.createRoom(repaired), {
      result: "created",
      room: 256,
      conversation: next,
    });
    const [room] = await listed(store, alice.member);
    assert.deepEqual([room.conversation, room.replaced], [next, ROOM]);
    assert.equal((await store.append(bob.message(ROOM, 1))).result, "not-member");
    const said = await store.append({ ...alice.message(next, 0, "after"), counts: true });
    assert.equal(said.result === "appended" && said.place, 2);
    // What waits in the one before can still be fetched.
    assert.deepEqual(await read(store, deviceId(1), ROOM), [
      "commit:commit of 0",
      "message:before",
    ]);
  },

  "SR-35: store repairs a room only where its owner was judged to be one, and once": async (
    store,
  ) => {
    const { alice, bob } = await openRoom(store);
    const members = [alice.member, bob.member];
    const repair = (by: Member, version: number | undefined, n = 701) =>
      store.createRoom({
        ...newRoom(by, members, conversationId(n)),
        replaces: { conversation: ROOM, version },
      });
    for (const version of [1, 3, undefined]) {
      assert.deepEqual(await repair(alice.member, version), { result: "stale" });
    }
    const order = { conversation: ROOM, version: 2, entry: utf8("must go") };
    const by = alice.member.account;
    const { account } = bob.member;
    assert.equal(await store.wantRemoval({ ...order, by, account }), "wanted");
    assert.deepEqual(await repair(bob.member, 2), { result: "stale" });
    // Nor does who is to go invite, or have somebody removed.
    const expiresMs = START_MS + 1;
    const invited = { ...order, by: account, account: by, expiresMs };
    assert.equal(await store.inviteToRoom(invited), "stale");
    assert.equal(await store.wantRemoval({ ...order, by: account, account: by }), "stale");
    const done = { room: 256, conversation: conversationId(701) };
    assert.deepEqual(await repair(alice.member, 2), { ...done, result: "created" });
    assert.deepEqual(await repair(alice.member, undefined), { ...done, result: "known" });
    assert.deepEqual(await repair(alice.member, 2, 702), { result: "stale" });
  },

  "SR-35: store shows a repaired room to those who are awaited there, and the one before too":
    async (
      store,
    ) => {
      const { alice, bob, carol } = await openRoom(store);
      const [second, third] = [conversationId(701), conversationId(702)];
      const repair = (next: ConversationId, conversation: ConversationId, version: number) =>
        store.createRoom({
          ...newRoom(alice.member, [bob.member], next),
          replaces: { conversation, version },
        });
      await repair(second, ROOM, 2);
      await repair(third, second, 1);
      const rooms = (await listed(store, bob.member))
        .map(({ conversation, standing, replaced }) => ({ conversation, standing, replaced }));
      assert.deepEqual(rooms, [{ conversation: third, standing: "awaited", replaced: second }]);
      const { account } = bob.member;
      const replaced = (conversation: ConversationId, who = account) =>
        store.findReplacedRoom({ conversation, account: who });
      assert.deepEqual(await replaced(ROOM), { version: 2 });
      assert.deepEqual(await replaced(second), { version: 1 });
      assert.equal(await replaced(third), undefined);
      assert.equal(await replaced(ROOM, carol.member.account), undefined);
      assert.equal(await store.findRoom({ conversation: third, account }), undefined);
    },

  "SR-37: store tells which members are kicked, until they are let in again or removed": async (
    store,
  ) => {
    const { alice, bob, carol } = await openRoom(store);
    const { account } = bob.member;
    const kickedAt = (nowMs: number) =>
      store.listKickedMembers({ conversation: ROOM, nowMs, limit: 9 });
    const flagAt = async (nowMs: number) =>
      (await store.listRooms({ ...alice.member, after: 0, limit: 9, nowMs }))[0].kicked;
    assert.deepEqual([await kickedAt(START_MS), await flagAt(START_MS)], [[], false]);
    const moderationAction = { by: "operator", reason: "", nowMs: START_MS } as const;
    const untilMs = START_MS + 10;
    await store.addSanction({ ...moderationAction, account, kind: "kick", untilMs });
    // Who is only invited is no member.
    const guest = carol.member.account;
    await store.addSanction({
      ...moderationAction,
      account: guest,
      kind: "kick",
      untilMs: undefined,
    });
    assert.deepEqual([await kickedAt(START_MS), await flagAt(START_MS)], [[account], true]);
    assert.deepEqual([await kickedAt(untilMs), await flagAt(untilMs)], [[], false]);
    const by = alice.member.account;
    const order = { conversation: ROOM, by, account, entry: utf8("bob must go"), version: 2 };
    assert.equal(await store.wantRemoval(order), "wanted");
    assert.deepEqual(await kickedAt(START_MS), []);
    const rooms = (who: Member) => store.listRoomsOf({ account: who.account, limit: 9 });
    assert.deepEqual(await rooms(alice.member), [{ room: 256, version: 2, conversation: ROOM }]);
    assert.deepEqual(await rooms(carol.member), []);
  },

  "store tells who shares a room with an account, and not who is only invited": async (store) => {
    const { alice, bob, carol } = await openRoom(store);
    const mates = ({ account }: Member) => store.listRoomMates(account);
    assert.deepEqual(await mates(alice.member), [bob.member.account]);
    assert.deepEqual(await mates(bob.member), [alice.member.account]);
    assert.deepEqual(await mates(carol.member), []);
  },
};
