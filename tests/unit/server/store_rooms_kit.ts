/** A room in a store, for its contract: alice founded it, bob is in, carol is invited. */

import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import type { AccountId } from "../../../lib/base/ids.ts";
import type { RepairedRoom } from "../../../lib/server/store/room_store.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import type { Member } from "../../../lib/relay/message_log.ts";
import { conversationId, join, START_MS, Writer } from "./store_kit.ts";

export const ROOM = conversationId(700);

export function newRoom(founder: Member, members: readonly Member[], conversation = ROOM) {
  return {
    conversation,
    ...founder,
    generation: 0,
    nowMs: START_MS,
    numbers: [256, 199, 505],
    members: members.map(({ account }) => account),
    forceNew: false,
    replaces: undefined as RepairedRoom | undefined,
    groupInfo: utf8("group info of 0"),
    entry: utf8("founded"),
  };
}

export function change(
  version: number,
  facts: { entry?: string; admits?: AccountId; expels?: AccountId } = {},
) {
  const entry = facts.entry === undefined ? undefined : utf8(facts.entry);
  return { version, entry, admits: facts.admits, expels: facts.expels };
}

export function commit(writer: Writer, epoch: number, by = change(1)) {
  const { added: _added, welcome: _welcome, ...body } = writer.commit(ROOM, epoch);
  return { ...body, change: by };
}

/** Alice founded room 256; bob is invited and came in; carol is invited. */
export async function openRoom(store: Store) {
  const alice = new Writer(await join(store, "alice", 1));
  const bob = new Writer(await join(store, "bob", 2));
  const carol = new Writer(await join(store, "carol", 3));
  await store.createRoom(newRoom(alice.member, [bob.member, carol.member]));
  for (const { member: { account } } of [bob, carol]) {
    const entry = utf8(`invitation of ${account}`);
    const expiresMs = START_MS + 1;
    const by = alice.member.account;
    const invited = { conversation: ROOM, by, account, entry, version: 1, expiresMs };
    assert.equal(await store.inviteToRoom(invited), "invited");
  }
  const { account } = bob.member;
  const joined = await store.commitToRoom({
    ...commit(bob, 0, change(1, { entry: "bob came", admits: account })),
    joins: true,
  });
  assert.equal(joined.result, "committed");
  return { alice, bob, carol };
}

export const listed = (store: Store, member: Member) =>
  store.listRooms({ ...member, after: 0, limit: 10, nowMs: START_MS });
