import assert from "node:assert/strict";
import { Groups, type PreparedGroup } from "../../../../lib/client/store/groups.ts";
import type { Profile } from "../../../../lib/client/profile/profile.ts";
import { FakeClock } from "../../../kit/clock.ts";
import { conversationId } from "../../server/store_kit.ts";
import { TestStore } from "../profile_kit.ts";

const conversation = conversationId(1);

function prepared(epoch: number): PreparedGroup {
  const bytes = new Uint8Array(1);
  const facts = { pending: undefined, refreshedMs: 1, sentSince: 0 };
  const none = { membershipLog: undefined, roomAdmins: undefined };
  return { conversation, epoch, transcript: bytes, sealed: bytes, ...none, ...facts };
}

Deno.test("SR-22: a step from before a device came back is not written over its new group", async () => {
  await using store = await TestStore.open();
  const database = store.database();
  database.command("INSERT INTO conversation (conversation, peer, state) VALUES (?, ?, ?)")
    .run(conversation, "bob", "active");
  // Sealed records are not looked at.
  const profile = { database, vault: store.vault, clock: new FakeClock() } as unknown as Profile;
  const groups = new Groups(profile);
  groups.put(prepared(1));
  const before = groups.ageOf(conversation)?.version ?? 0;
  groups.put(prepared(7));
  assert.equal(groups.replace(prepared(1), before), false);
  assert.equal(groups.epochOf(conversation), 7);
  assert.equal(groups.replace(prepared(8), before + 1), true);
});
