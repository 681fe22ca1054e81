/** What a client takes of the lists that a tree carries (SR-10). */

import assert from "node:assert/strict";
import { newDeviceId } from "../../../../lib/base/ids.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { listsIn, removalsOf } from "../../../../lib/crypto/mls/group_removals.ts";
import {
  leafExtensions,
  packRemovals,
  readRemovals,
  type SignedRemovals,
} from "../../../../lib/crypto/mls/removed_devices.ts";
import { makeRevocationList } from "../../../../lib/crypto/statements/revocation.ts";
import { type Person, removalsBy, SERVER_ID } from "../../../kit/devices.ts";
import { direct, enter, NOW_MS } from "../../../kit/groups.ts";
import { freshInfo } from "../../../kit/hostile.ts";

async function madeUp({ identity, accountId }: Person, sequence: number): Promise<SignedRemovals> {
  const devices = [newDeviceId(systemRandom)];
  const list = await makeRevocationList(identity, SERVER_ID, { accountId, sequence, devices });
  const read = await readRemovals(packRemovals(identity.key, list), SERVER_ID);
  assert(read !== undefined);
  return read;
}

Deno.test("SR-10: of what one identity carries in a group four lists are taken: those about devices that are in, then the newest", async () => {
  const { directory, alice, a: desk, b: bob } = await direct();
  const phone = await directory.device(alice, NOW_MS);
  const { member } = await enter(phone, await freshInfo(desk, [bob]), [desk, bob]);
  const [first, ...more] = await Promise.all([2, 3, 4, 5, 6, 7, 8].map((n) => madeUp(alice, n)));
  const real = await removalsBy(alice, [phone], 1);
  desk.removals = [real, first, more[0], more[1]];
  await freshInfo(desk, [bob, member]);
  member.removals = more.slice(2);
  await freshInfo(member, [desk, bob]);
  assert.equal((await listsIn(bob.state, directory.verifier)).length, 8);
  const taken = await removalsOf(bob.state, directory.verifier);
  assert.deepEqual(taken.map(({ sequence }) => sequence), [1, 8, 7, 6]);
  // Out by this very commit, it counts as one that is in.
  const gone = bob.state.members.filter(({ leafIndex }) => leafIndex === member.state.ownLeafIndex);
  const out = await desk.remove(member);
  await bob.apply(out.commit);
  const sequences = async (devices: typeof gone) =>
    (await removalsOf(bob.state, directory.verifier, devices)).map(({ sequence }) => sequence);
  assert.deepEqual(await sequences(gone), [1, 4, 3, 2]);
  assert.deepEqual(await sequences([]), [4, 3, 2, 1]);
});

Deno.test("SR-10: a leaf carries 64 lists and not one more, of which nobody would read any", async () => {
  const { alice } = await direct();
  const list = await madeUp(alice, 1);
  const countIn = (lists: readonly SignedRemovals[]) => {
    const [{ extensionData }] = leafExtensions(lists);
    return new DataView(extensionData.buffer, extensionData.byteOffset).getUint16(0);
  };
  for (const [count, carried] of [[63, 63], [64, 64], [65, 64]]) {
    assert.equal(countIn(Array.from({ length: count }, () => list)), carried);
  }
});
