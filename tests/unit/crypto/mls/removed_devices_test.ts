/**
 * The state machine of removal and re-entry (docs/removed-devices.md): each test is named after an edge of its diagram. All
 * that is asked of members here they know from the tree alone.
 */

import assert from "node:assert/strict";
import { type Bytes, encodeHex } from "../../../../lib/base/bytes.ts";
import { removeMembers } from "../../../../lib/crypto/mls/commit.ts";
import { judgesRemovals, removalsOf } from "../../../../lib/crypto/mls/group_removals.ts";
import { GroupState } from "../../../../lib/crypto/mls/group_state.ts";
import { generateKeyPackage } from "../../../../lib/crypto/mls/key_package.ts";
import { removalsIn, type SignedRemovals } from "../../../../lib/crypto/mls/removed_devices.ts";
import { type Device, type Person, person, removalsBy } from "../../../kit/devices.ts";
import { direct, enter, NOW_MS, room, TestMember, tryEnter } from "../../../kit/groups.ts";
import { freshInfo, hostileJoin } from "../../../kit/hostile.ts";
import { enterAsOld, type OldMember } from "../../../kit/old_members.ts";

function leafOf(member: TestMember, device: Device): number[] {
  return member.state.members
    .filter(({ deviceId }) => deviceId === device.certificate.deviceId)
    .map(({ leafIndex }) => leafIndex);
}

const has = (member: TestMember, device: Device) => leafOf(member, device).length > 0;

/** No member went another way than the others. */
function assertOneGroup(...members: readonly (TestMember | OldMember)[]): void {
  const transcripts = members.map((member) =>
    "transcript" in member ? member.transcript : encodeHex(member.state.transcriptHash)
  );
  assert.equal(new Set(transcripts).size, 1);
}

async function assertRefused(members: readonly TestMember[], commit: Bytes, device: Device) {
  for (const member of members) {
    const opened = await member.open(commit);
    assert.equal(opened.kind, "refused");
    if (opened.kind !== "refused") return;
    assert.equal(opened.code, "removed-device");
    assert.equal(opened.device?.deviceId, device.certificate.deviceId);
  }
}

/** Alice's desk and phone, and bob, in a direct conversation. */
async function household() {
  const { directory, alice, a: desk, b: bob } = await direct();
  const phone = await directory.device(alice, NOW_MS);
  const { member } = await enter(phone, await freshInfo(desk, [bob]), [desk, bob]);
  return { directory, alice, desk, bob, phone, phoneMember: member };
}

/** The desk removes the phone, and carries the list by which the account did. */
async function removePhone({ alice, desk, bob, phone }: Awaited<ReturnType<typeof household>>) {
  desk.removals = [await removalsBy(alice, [phone])];
  const leaves = leafOf(desk, phone);
  const pending = desk.accept(await removeMembers(desk.state, leaves, desk.context));
  await bob.apply(pending.commit);
  return pending;
}

Deno.test("SR-10: outside → member: a device that is on no list comes in by itself", async () => {
  const { desk, bob, phone } = await household();
  assert(has(desk, phone) && has(bob, phone));
  assertOneGroup(desk, bob);
});

Deno.test("SR-10: member → member: one that lost its state comes back in the place of its leaf", async () => {
  const { directory, desk, bob, phone } = await household();
  const groupInfo = await freshInfo(desk, [bob]);
  const { policy } = desk;
  const at = { groupId: desk.state.groupId, directory, policy };
  const pending = await tryEnter(phone, groupInfo, at);
  assert(pending.kind === "pending");
  for (const member of [desk, bob]) await member.apply(pending.commit);
  assert(has(bob, phone));
});

Deno.test("SR-10: member → outside → member: put out without its account's word, it may come back", async () => {
  const { desk, bob, phone, phoneMember } = await household();
  const gone = await bob.remove(phoneMember);
  await desk.apply(gone.commit);
  assert(!has(desk, phone));
  await enter(phone, gone.groupInfo, [desk, bob]);
  assert(has(desk, phone) && has(bob, phone));
});

Deno.test("SR-10: member → listed → removed: the commit that removes it carries the list to everyone", async () => {
  const home = await household();
  const { directory, bob, desk, phone } = home;
  await removePhone(home);
  assert(!has(bob, phone));
  for (const member of [desk, bob]) {
    const [list, ...more] = await removalsOf(member.state, directory.verifier);
    assert.deepEqual(list.devices, [phone.certificate.deviceId]);
    assert.equal(more.length, 0);
  }
});

Deno.test("SR-10: outside → listed → removed: a commit brings the list of a device that has no leaf, and it does not come in", async () => {
  const { directory, alice, a: desk, b: bob } = await direct();
  const phone = await directory.device(alice, NOW_MS);
  const groupInfo = await freshInfo(desk, [bob]);
  desk.removals = [await removalsBy(alice, [phone])];
  // Its account has signed the list, and the group has not heard of it: nobody may refuse by what it knows alone.
  const before = await tryEnter(phone, groupInfo, {
    groupId: desk.state.groupId,
    directory,
    policy: desk.policy,
  });
  assert.equal(before.kind, "pending");
  const after = await freshInfo(desk, [bob]);
  await assertRefused([desk, bob], await hostileJoin(phone, after), phone);
  assertOneGroup(desk, bob);
});

Deno.test("SR-10: listed → listed: on a list and in the group still, it does not come back with fresh keys", async () => {
  const { alice, desk, bob, phone } = await household();
  desk.removals = [await removalsBy(alice, [phone])];
  const groupInfo = await freshInfo(desk, [bob]);
  const commit = await hostileJoin(
    phone,
    groupInfo,
    ({ signaturePublicKey }) =>
      encodeHex(signaturePublicKey) === encodeHex(phone.certificate.mlsKey),
  );
  await assertRefused([desk, bob], commit, phone);
});

Deno.test("SR-10: removed → removed: every member refuses it alike, and it sees so itself", async () => {
  const home = await household();
  const { directory, desk, bob, phone } = home;
  const { groupInfo } = await removePhone(home);
  await assertRefused([desk, bob], await hostileJoin(phone, groupInfo), phone);
  const { policy } = desk;
  const own = await tryEnter(phone, groupInfo, { groupId: desk.state.groupId, directory, policy });
  assert(own.kind === "refused" && own.code === "removed-device");
  assertOneGroup(desk, bob);
});

Deno.test("SR-10: removed → removed: nobody adds it either", async () => {
  const home = await household();
  const { alice, desk, bob, phone } = home;
  await removePhone(home);
  const own = await generateKeyPackage(phone.own, { suite: desk.state.suite, nowMs: NOW_MS });
  const added = await bob.tryAdd(alice, own.publicBytes);
  assert(added.kind === "refused" && added.code === "removed-device");
});

Deno.test("SR-10: removed → removed: a member and a device that joined after the removal refuse it too", async () => {
  const { directory, alice, a: desk, b: bob } = await room();
  const phone = await directory.device(alice, NOW_MS);
  const { member } = await enter(phone, await freshInfo(desk, [bob]), [desk, bob]);
  desk.removals = [await removalsBy(alice, [phone])];
  const gone = await desk.remove(member);
  await bob.apply(gone.commit);

  // Dave never saw the phone, nor the commit that removed it; the tablet is bob's, and as new.
  const dave = await directory.device(await person("dave", 3), NOW_MS);
  const late = await enter(dave, gone.groupInfo, [desk, bob]);
  const tablet = await directory.device(bob.device.person, NOW_MS);
  const later = await enter(tablet, late.groupInfo, [desk, bob, late.member]);
  const members = [desk, bob, late.member, later.member];
  await assertRefused(members, await hostileJoin(phone, later.groupInfo), phone);
  assertOneGroup(...members);
});

Deno.test("SR-10: removed → removed: the list stays when the leaf that carried it goes or changes", async () => {
  const home = await household();
  const { directory, alice, desk, bob, phone } = home;
  const { groupInfo } = await removePhone(home);
  // Its carrier is removed by a device that has never heard of it but from the tree; then that one renews its keys.
  const laptop = await directory.device(alice, NOW_MS);
  const entered = await enter(laptop, groupInfo, [desk, bob]);
  const gone = await entered.member.remove(desk);
  await bob.apply(gone.commit);
  await assertRefused([bob], await hostileJoin(phone, gone.groupInfo), phone);
  const renewed = await freshInfo(entered.member, [bob]);
  await assertRefused([bob, entered.member], await hostileJoin(phone, renewed), phone);
  // One copy is enough.
  const { ratchetTree } = bob.state.use();
  assert.equal((await removalsIn(ratchetTree, directory.verifier)).length, 1);
});

Deno.test("SR-10: removed → removed: with a second list the first one counts as before", async () => {
  const home = await household();
  const { directory, alice, desk, bob, phone } = home;
  await removePhone(home);
  const tablet = await directory.device(alice, NOW_MS);
  bob.removals = [await removalsBy(alice, [tablet], 2)];
  const groupInfo = await freshInfo(bob, [desk]);
  for (const device of [phone, tablet]) {
    await assertRefused([desk, bob], await hostileJoin(device, groupInfo), device);
  }
});

Deno.test("SR-10: outside → member: linked anew, with new keys, the same machine is another device", async () => {
  const home = await household();
  const { directory, alice, desk, bob } = home;
  const { groupInfo } = await removePhone(home);
  const again = await directory.device(alice, NOW_MS);
  await enter(again, groupInfo, [desk, bob]);
  assert(has(desk, again) && has(bob, again));
});

Deno.test("SR-10: a list counts for its own account only, by the identity that the account has in the group", async () => {
  const { directory, alice, a: desk, b: bob, carol, c } = await room();
  const mallory = await person("mallory", 3);
  const phone = await directory.device(alice, NOW_MS);
  const tablet = await directory.device(carol, NOW_MS);
  const asAlice: Person = { ...mallory, accountId: alice.accountId };
  const asCarol: Person = { ...carol, accountId: alice.accountId };
  const forged: SignedRemovals[] = [
    // Alice's name under another key; carol's own name over alice's device; carol's key over alice's name.
    await removalsBy(asAlice, [phone]),
    await removalsBy(carol, [phone]),
    await removalsBy(asCarol, [phone, tablet]),
  ];
  c.removals = [...forged, { ...forged[0], bytes: new Uint8Array(40) }];
  const groupInfo = await freshInfo(c, [desk, bob]);
  const entered = await enter(phone, groupInfo, [desk, bob, c]);
  await enter(tablet, entered.groupInfo, [desk, bob, c]);
  for (const member of [desk, bob, c]) assert(has(member, phone) && has(member, tablet));
  const lists = await removalsOf(bob.state, directory.verifier);
  // Nobody takes over what is about nobody in the group: when carol goes, it goes.
  const gone = await bob.remove(c);
  await desk.apply(gone.commit);
  const { ratchetTree } = bob.state.use();
  assert.equal((await removalsIn(ratchetTree, directory.verifier)).length, 1);
  // Only what carol says of herself was believed before.
  assert.deepEqual(lists.map(({ accountId }) => accountId), [carol.accountId]);
});

Deno.test("SR-10, SR-12: removed → back → removed: beside an old program nobody goes another way, until it is out again", async () => {
  const home = await household();
  const { directory, alice, desk, bob, phone } = home;
  const laptop = await directory.device(alice, NOW_MS);
  const old = await enterAsOld(laptop.own, await freshInfo(desk, [bob]));
  for (const member of [desk, bob]) await member.apply(old.commit);
  const gone = await removePhone(home);
  await old.member.apply(gone.commit);
  assert(!judgesRemovals(bob.state));

  const back = await hostileJoin(phone, gone.groupInfo);
  for (const member of [desk, bob, old.member]) await member.apply(back);
  assert(has(desk, phone) && has(bob, phone));
  assertOneGroup(desk, bob, old.member);

  const out = bob.accept(await removeMembers(bob.state, leafOf(bob, phone), bob.context));
  for (const member of [desk, old.member]) await member.apply(out.commit);
  assert(!has(desk, phone));
  assertOneGroup(desk, bob, old.member);

  // Once the old program is gone, or newer, nobody follows any more.
  const { leafIndex } = old.member.state.privatePath;
  const left = desk.accept(await removeMembers(desk.state, [leafIndex], desk.context));
  await bob.apply(left.commit);
  assert(judgesRemovals(bob.state));
  await assertRefused([desk, bob], await hostileJoin(phone, left.groupInfo), phone);
});

Deno.test("SR-10: back → removed: the old program of an account may remove it, and its list is not needed for that", async () => {
  const home = await household();
  const { directory, alice, desk, bob, phone } = home;
  const laptop = await directory.device(alice, NOW_MS);
  const old = await enterAsOld(laptop.own, await freshInfo(desk, [bob]));
  for (const member of [desk, bob]) await member.apply(old.commit);
  const commit = await old.member.remove(leafOf(desk, phone));
  for (const member of [desk, bob]) await member.apply(commit);
  assertOneGroup(desk, bob, old.member);
  // The next commit of a newer program of the account carries its list; from then on the tree has it.
  desk.removals = [await removalsBy(alice, [phone])];
  await freshInfo(desk, [bob]);
  assert.equal((await removalsOf(bob.state, directory.verifier)).length, 1);
});

Deno.test("SR-10, SR-31: a program says with its first commit after the update that it judges by lists", async () => {
  const home = await household();
  const { directory, alice, desk, bob, phone } = home;
  const laptop = await directory.device(alice, NOW_MS);
  const old = await enterAsOld(laptop.own, await freshInfo(desk, [bob]));
  for (const member of [desk, bob]) await member.apply(old.commit);
  const gone = await removePhone(home);
  await old.member.apply(gone.commit);
  assert(!judgesRemovals(bob.state));
  // The same state, in the hands of this program.
  const state = new GroupState(old.member.state, new Map([...desk.state.devices]));
  const updated = new TestMember(state, laptop, directory, desk.policy);
  const groupInfo = await freshInfo(updated, [desk, bob]);
  for (const member of [desk, bob, updated]) assert(judgesRemovals(member.state));
  await assertRefused([desk, bob, updated], await hostileJoin(phone, groupInfo), phone);
});
