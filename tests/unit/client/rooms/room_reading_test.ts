import { deepEqual } from "node:assert/strict";
import type { ConversationId } from "../../../../lib/base/ids.ts";
import type { Profile } from "../../../../lib/client/profile/profile.ts";
import { readAbout, type RoomPlace } from "../../../../lib/client/rooms/room_reading.ts";
import { findAbout } from "../../../../lib/client/rooms/room_store.ts";
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
