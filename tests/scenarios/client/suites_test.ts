/** Which suite seals what: X-Wing, but where its Welcomes would be too large (decision 0008). */

import assert from "node:assert/strict";
import type { AccountId } from "../../../lib/base/ids.ts";
import { makeRoomGroup } from "../../../lib/client/rooms/founding.ts";
import { openTalk } from "../../kit/test_client.ts";

const HYBRID = "MLS_256_XWING_AES256GCM_SHA512_Ed25519";
const CLASSICAL = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

Deno.test("conversations of two and rooms begun by up to 25 accounts have X-Wing, larger rooms the classical suite", async () => {
  await using pair = await openTalk();
  const { alice: { client, messenger }, bob } = pair;
  const talk = messenger.conversations.openWith(bob.account);
  assert(talk !== undefined);
  assert.equal((await messenger.groups.load(talk.conversation))?.state.suite, HYBRID);
  const suiteOfRoom = async (guests: number) => {
    const names = Array.from({ length: guests }, (_, i) => `guest${i}` as AccountId);
    return (await makeRoomGroup(messenger, client.link, { guests: names })).state.suite;
  };
  assert.equal(await suiteOfRoom(24), HYBRID);
  assert.equal(await suiteOfRoom(25), CLASSICAL);
});
