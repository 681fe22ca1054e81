import { deepEqual } from "node:assert/strict";
import type { ConversationId } from "../../../../lib/base/ids.ts";
import type { Profile } from "../../../../lib/client/profile/profile.ts";
import { readAbout, readPast, type RoomPlace } from "../../../../lib/client/rooms/room_reading.ts";
import { findAbout } from "../../../../lib/client/rooms/room_store.ts";
import { Conversations } from "../../../../lib/client/store/conversations.ts";
import { accountId, TestStore } from "../profile_kit.ts";

Deno.test("SR-37: owners and moderators name a room, members and others do not", async () => {
  await using store = await TestStore.open();
  const profile = { database: store.database(), vault: store.vault } as unknown as Profile;
  const conversation = "aa".repeat(16) as ConversationId;
  profile.database.command(
    "INSERT INTO conversation (conversation, peer, state) VALUES (?, '#256', 'active')",
  ).run(conversation);
  const members = new Map([
    [accountId("olga"), { role: "owner" }],
    [accountId("mona"), { role: "moderator" }],
    [accountId("mia"), { role: "member" }],
  ]);
  const room = { conversation, membershipLog: { members } } as unknown as RoomPlace;
  const named = async (by: string) => {
    const about = { name: `${by}'s`, topic: "", from: accountId(by) };
    const { lines, write } = await readAbout(profile, room, about);
    write?.();
    return [lines.map(({ code }) => code).join(), (await findAbout(profile, conversation)).name];
  };
  deepEqual(await named("olga"), ["about", "olga's"]);
  deepEqual(await named("mia"), ["refused-about", "olga's"]);
  deepEqual(await named("mona"), ["about", "mona's"]);
  deepEqual(await named("sam"), ["refused-about", "mona's"]);
  // Said again for newcomers: nothing to tell.
  deepEqual(await named("mona"), ["", "mona's"]);
});

/** What mia says again of what was said before, taken by a device that came into the room late, or was there from the start. */
async function pastAsRead(
  how: { state?: string; joinedLate?: boolean; by?: string; identity?: string; to?: string } = {},
): Promise<readonly string[]> {
  const { state = "active", joinedLate = true, by = "mia", identity = "11", to = "aa" } = how;
  await using store = await TestStore.open();
  const database = store.database();
  const conversation = "aa".repeat(32) as ConversationId;
  database.command(
    "INSERT INTO conversation (conversation, peer, state, joined_late) VALUES (?, '#256', ?, ?)",
  ).run(conversation, state, joinedLate ? 1 : 0);
  const members = new Map([[accountId("mia"), { identity: "11", role: "member" }]]);
  const messenger = {
    profile: { database },
    conversations: new Conversations(database),
    groups: { membershipLogOf: () => Promise.resolve({ members }) },
  } as unknown as Parameters<typeof readPast>[0];
  const item = { id: "11".repeat(16), sentAtMs: 1, atMs: 2 };
  const said = {
    fields: { conversation: to.repeat(32), items: [item, item] },
    texts: ["before you came", "again"],
  } as unknown as Parameters<typeof readPast>[1];
  const sender = { accountId: accountId(by), deviceId: "d", identity } as unknown as Parameters<
    typeof readPast
  >[2];
  const entries = await readPast(messenger, said, sender);
  return entries.map(({ from, text }) => `${from}: ${text}`);
}

Deno.test("what was said before is taken from a member, once, by a device that came late", async () => {
  deepEqual(await pastAsRead(), ["mia: before you came"]);
});

Deno.test("what was said before is taken from nobody else, and by nobody who was there", async () => {
  deepEqual(await pastAsRead({ joinedLate: false }), []);
  deepEqual(await pastAsRead({ state: "closed" }), []);
  deepEqual(await pastAsRead({ by: "sam" }), []);
  deepEqual(await pastAsRead({ identity: "22" }), []);
  deepEqual(await pastAsRead({ to: "bb" }), []);
});
