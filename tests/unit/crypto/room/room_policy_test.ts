/** Rooms by real groups: what a commit may do, whatever the server or a member tries. */

import assert from "node:assert/strict";
import { removeMembers, updateKeys } from "../../../../lib/crypto/mls/commit.ts";
import { createGroup } from "../../../../lib/crypto/mls/create.ts";
import type { PendingJoin } from "../../../../lib/crypto/mls/external_join.ts";
import { judgesRemovals } from "../../../../lib/crypto/mls/group_removals.ts";
import type { Failure } from "../../../../lib/crypto/mls/messages.ts";
import { sealMessage } from "../../../../lib/crypto/mls/seal.ts";
import { encodeHex, utf8 } from "../../../../lib/base/bytes.ts";
import { encodeCommitData } from "../../../../lib/crypto/room/commit_data.ts";
import { foundingPolicy } from "../../../../lib/crypto/room/room_policy.ts";
import { type Device, Directory, person, removalsBy } from "../../../kit/devices.ts";
import { FAST, NOW_MS } from "../../../kit/groups.ts";
import { enterAsOld } from "../../../kit/old_members.ts";
import {
  foundRoom,
  invitationOf,
  lawless,
  removalOf,
  rolesOn,
  RoomMember,
  tryComeIn,
} from "../../../kit/rooms.ts";

type Came = PendingJoin & { readonly membershipLog: RoomMember["membershipLog"] };

function came(joined: Came | Failure): Came {
  assert.equal(joined.kind, "pending", JSON.stringify(joined));
  if (joined.kind !== "pending") throw new Error("asserted above");
  return joined;
}

/** A room and the GroupInfo of its present epoch, as the server keeps it. */
class House {
  readonly directory: Directory;
  readonly members: RoomMember[];
  groupInfo: Uint8Array<ArrayBuffer>;

  constructor(directory: Directory, first: RoomMember, groupInfo: Uint8Array<ArrayBuffer>) {
    this.directory = directory;
    this.members = [first];
    this.groupInfo = groupInfo;
  }

  static async of(owner: Device, directory: Directory): Promise<House> {
    const { member } = await foundRoom(owner, directory);
    const first = await member.accept(await member.tryUpdate());
    return new House(directory, member, first.groupInfo);
  }

  get owner(): RoomMember {
    return this.members[0];
  }

  /** Comes in by the rules, and everybody applies it. */
  async admit(device: Device, invited = true): Promise<RoomMember> {
    const { membershipLog } = this.owner;
    const entry = invited
      ? await this.owner.sign(invitationOf(membershipLog, device.person))
      : undefined;
    const { directory, groupInfo } = this;
    const join = came(await tryComeIn(device, { groupInfo, membershipLog, directory, entry }));
    await this.applyAll(join.commit);
    const member = new RoomMember(join.next, join.membershipLog, { device, directory });
    this.members.push(member);
    this.groupInfo = join.groupInfo;
    return member;
  }

  async applyAll(commit: Uint8Array<ArrayBuffer>, but?: RoomMember): Promise<void> {
    for (const member of this.members) if (member !== but) await member.apply(commit);
  }

  /** What every member but `but` says to a commit that must not be. */
  async refusedByAll(commit: Uint8Array<ArrayBuffer>, but?: RoomMember): Promise<string[]> {
    const codes: string[] = [];
    for (const member of this.members) {
      if (member === but) continue;
      const { epoch } = member.state;
      const opened = await member.open(commit);
      assert.equal(opened.kind, "refused", JSON.stringify(opened));
      assert.equal(member.state.epoch, epoch);
      codes.push(opened.kind === "refused" ? opened.code : "");
    }
    return codes;
  }
}

/** Alice owns it; bob and carol are in; dave is not. */
async function house() {
  const directory = new Directory();
  const [alice, bob, carol, dave] = await Promise.all(
    ["alice", "bob", "carol", "dave"].map(async (name, i) =>
      await directory.device(await person(name, i), NOW_MS)
    ),
  );
  const home = await House.of(alice, directory);
  const b = await home.admit(bob);
  const c = await home.admit(carol);
  return { directory, home, alice, bob, carol, dave, a: home.owner, b, c };
}

async function said(from: RoomMember, to: RoomMember): Promise<boolean> {
  const sealed = await sealMessage(from.state, utf8("hello"));
  from.state = sealed.next;
  return (await to.open(sealed.message)).kind === "application";
}

Deno.test("a room: invited accounts come in and all read each other", async () => {
  const { a, b, c } = await house();
  for (const from of [a, b, c]) {
    for (const to of [a, b, c]) if (from !== to) assert(await said(from, to));
  }
  assert.deepEqual([a, b, c].map(({ membershipLog }) => membershipLog.version), [3, 3, 3]);
});

Deno.test("a room: a further device of a member comes in without an invitation", async () => {
  const { home, directory, bob, a } = await house();
  const second = await home.admit(await directory.device(bob.person, NOW_MS), false);
  assert(await said(second, a));
  assert.equal(a.membershipLog.version, 3);
});

Deno.test("SR-33: nobody comes in without an invitation, whatever the server shows", async () => {
  const { home, directory, dave, a, b } = await house();
  const { groupInfo } = home;
  const at = { groupInfo, membershipLog: a.membershipLog, directory };
  assert.equal((await tryComeIn(dave, at)).kind, "refused");
  const forced = came(await tryComeIn(dave, { ...at, honest: false }));
  assert.deepEqual(await home.refusedByAll(forced.commit), Array(3).fill("not-allowed"));
  // By an invitation that a plain member signed.
  const entry = await b.sign(invitationOf(b.membershipLog, dave.person));
  const invited = came(await tryComeIn(dave, { ...at, entry, honest: false }));
  assert.deepEqual(await home.refusedByAll(invited.commit), Array(3).fill("not-allowed"));
});

Deno.test("SR-33: an invitation is for one account with one identity", async () => {
  const { home, directory, dave, a } = await house();
  const { groupInfo } = home;
  const impostor = await directory.device(await person("mallory", 3), NOW_MS);
  const entry = await a.sign(invitationOf(a.membershipLog, dave.person));
  const at = { groupInfo, membershipLog: a.membershipLog, directory, entry };
  assert.equal((await tryComeIn(impostor, at)).kind, "refused");
  const forced = came(await tryComeIn(impostor, { ...at, honest: false }));
  assert.deepEqual(await home.refusedByAll(forced.commit), Array(3).fill("not-allowed"));
});

Deno.test("SR-33: whoever was removed does not come back with the old invitation", async () => {
  const { home, directory, dave, a } = await house();
  const old = await a.sign(invitationOf(a.membershipLog, dave.person));
  const at = { groupInfo: home.groupInfo, membershipLog: a.membershipLog, directory, entry: old };
  const join = came(await tryComeIn(dave, at));
  await home.applyAll(join.commit);
  const d = new RoomMember(join.next, join.membershipLog, { device: dave, directory });
  home.members.push(d);
  const order = await a.sign(removalOf(a.membershipLog, dave.person));
  const removal = await a.accept(await a.tryRemove([dave], order));
  await home.applyAll(removal.commit, a);
  assert.equal(d.state.isActive, false);
  home.members.pop();
  const { groupInfo } = removal;
  const again = { groupInfo, membershipLog: a.membershipLog, directory, entry: old };
  assert.equal((await tryComeIn(dave, again)).kind, "refused");
  const forced = came(await tryComeIn(dave, { ...again, honest: false }));
  assert.deepEqual(await home.refusedByAll(forced.commit), Array(3).fill("not-allowed"));
});

Deno.test("SR-34: whoever wants somebody gone signs it, and anybody there commits it", async () => {
  const { home, carol, a, b, c } = await house();
  const order = await a.sign(removalOf(a.membershipLog, carol.person));
  const removal = await b.accept(await b.tryRemove([carol], order));
  await a.apply(removal.commit);
  await c.apply(removal.commit);
  assert.equal(c.state.isActive, false);
  assert(await said(a, b));
  const sealed = await sealMessage(a.state, utf8("after carol"));
  assert.notEqual((await c.open(sealed.message)).kind, "application");
  assert.equal(home.members.length, 3);
});

Deno.test("SR-34: a leaf goes only by an order for its account, and then all of its leaves", async () => {
  const { home, directory, carol, dave, b } = await house();
  const second = await directory.device(carol.person, NOW_MS);
  await home.admit(second, false);
  const leafOf = (device: Device) =>
    b.state.members.filter(({ certificateHash }) => certificateHash === device.certificate.hash)
      .map(({ leafIndex }) => leafIndex);
  const remove = (devices: Device[], entry?: Uint8Array<ArrayBuffer>) =>
    lawless(b, (context) => removeMembers(b.state, devices.flatMap(leafOf), context), entry);
  const notAllowed = async (commit: Uint8Array<ArrayBuffer>) =>
    assert.deepEqual(await home.refusedByAll(commit, b), Array(3).fill("not-allowed"));
  await notAllowed(await remove([carol, second]));
  const forged = await b.sign(removalOf(b.membershipLog, carol.person));
  await notAllowed(await remove([carol, second], forged));
  const half = await home.owner.sign(removalOf(b.membershipLog, carol.person));
  await notAllowed(await remove([carol], half));
  const other = await home.owner.sign(removalOf(b.membershipLog, dave.person));
  await notAllowed(await remove([carol, second], other));
});

Deno.test("SR-10: an account removes its own lost device, and no other's", async () => {
  const { home, directory, bob, b } = await house();
  const lost = await directory.device(bob.person, NOW_MS);
  await home.admit(lost, false);
  const removal = await b.accept(await b.tryRemove([lost]));
  const gone = home.members.pop();
  await home.applyAll(removal.commit, b);
  await gone?.apply(removal.commit);
  assert.equal(gone?.state.isActive, false);
});

Deno.test("SR-10: whoever is there puts out a device that its account's list names, and no other", async () => {
  const { home, directory, bob, a, b } = await house();
  const lost = await directory.device(bob.person, NOW_MS);
  await home.admit(lost, false);
  assert.deepEqual(await a.tryRemove([lost]), { kind: "refused", code: "not-allowed" });
  // Not by a list of other devices, nor one that the commit does not carry.
  a.removals = [await removalsBy(bob.person, [await directory.device(bob.person, NOW_MS)])];
  assert.deepEqual(await a.tryRemove([lost]), { kind: "refused", code: "not-allowed" });
  const silent = await lawless(a, (context) => {
    const leaves = a.state.members.filter(({ certificateHash }) =>
      certificateHash === lost.certificate.hash
    );
    return removeMembers(a.state, leaves.map(({ leafIndex }) => leafIndex), context);
  });
  assert.deepEqual(await b.open(silent), { kind: "refused", code: "not-allowed" });
  a.removals = [await removalsBy(bob.person, [lost], 2)];
  const removal = await a.accept(await a.tryRemove([lost]));
  home.members.pop();
  await home.applyAll(removal.commit, a);
  home.groupInfo = removal.groupInfo;
  assert.equal(
    b.state.members.some(({ deviceId }) => deviceId === lost.certificate.deviceId),
    false,
  );

  // And it does not come back, whoever has come in since.
  const late = await home.admit(await directory.device(bob.person, NOW_MS), false);
  const data = encodeCommitData(a.membershipLog);
  const { commit } = await enterAsOld(lost.own, home.groupInfo, data);
  for (const member of [...home.members, late]) {
    const opened = await member.open(commit);
    assert(opened.kind === "refused" && opened.code === "removed-device");
  }
});

Deno.test("SR-10: a listed device with an old program is put out by whoever is there: what goes need not judge", async () => {
  const { home, directory, bob, a } = await house();
  const lost = await directory.device(bob.person, NOW_MS);
  const { commit } = await enterAsOld(lost.own, home.groupInfo, encodeCommitData(a.membershipLog));
  await home.applyAll(commit);
  const leaves = a.state.members.filter(({ deviceId }) => deviceId === lost.certificate.deviceId);
  assert(!judgesRemovals(a.state));
  assert(judgesRemovals(a.state, leaves.map(({ leafIndex }) => leafIndex)));
  a.removals = [await removalsBy(bob.person, [lost])];
  const removal = await a.accept(await a.tryRemove([lost]));
  await home.applyAll(removal.commit, a);
  assert(judgesRemovals(a.state));
});

Deno.test("SR-10, SR-12: beside an old program only the account itself puts its device out, and nobody goes another way", async () => {
  const { home, directory, bob, dave, a, b, c } = await house();
  const entry = await a.sign(invitationOf(a.membershipLog, dave.person));
  const old = await enterAsOld(dave.own, home.groupInfo, encodeCommitData(a.membershipLog, entry));
  await home.applyAll(old.commit);
  home.groupInfo = await old.member.groupInfo();
  const lost = await directory.device(bob.person, NOW_MS);
  const back = came(await tryComeIn(lost, { ...home, membershipLog: a.membershipLog }));
  for (const member of [a, b, c, old.member]) await member.apply(back.commit);
  for (const member of [a, b]) member.removals = [await removalsBy(bob.person, [lost])];
  assert.deepEqual(await a.tryRemove([lost]), { kind: "refused", code: "not-allowed" });
  const removal = await b.accept(await b.tryRemove([lost]));
  for (const member of [a, c, old.member]) await member.apply(removal.commit);
  // In again, with the list in the tree: beside the old program all follow.
  const again = await enterAsOld(lost.own, removal.groupInfo, encodeCommitData(a.membershipLog));
  for (const member of [a, b, c, old.member]) await member.apply(again.commit);
  for (const { state } of [a, b, c]) {
    assert.equal(encodeHex(state.transcriptHash), old.member.transcript);
  }
});

Deno.test("SR-34: an owner changes roles by a commit of his own; nobody commits them for him", async () => {
  const { home, alice, bob, a, b } = await house();
  const [owner, moderator] = [alice, bob].map((device) => device.person.accountId);
  const roles = await a.sign(
    rolesOn(a.membershipLog, { owners: [owner], moderators: [moderator] }),
  );
  assert.deepEqual(await b.tryUpdate(roles), { kind: "refused", code: "not-allowed" });
  const change = await a.accept(await a.tryUpdate(roles));
  await home.applyAll(change.commit, a);
  assert.equal(b.membershipLog.members.get(moderator)?.role, "moderator");
});

Deno.test("SR-32: a commit under another charter is refused", async () => {
  const { a, b } = await house();
  const old = { ...b.membershipLog, head: b.membershipLog.head.replace(/^../, "00") };
  const stale = new RoomMember(b.state, old as typeof b.membershipLog, b);
  const commit = await lawless(stale, (context) => updateKeys(b.state, context));
  assert.deepEqual(await a.open(commit), { kind: "refused", code: "wrong-charter" });
});

Deno.test("a room's group begins with its founder's device alone", async () => {
  const { directory, bob, a } = await house();
  await assert.rejects(
    createGroup({
      groupId: a.membershipLog.groupId,
      device: bob.own,
      verifier: directory.verifier,
      policy: foundingPolicy({ ...a.membershipLog, members: new Map() }),
      nowMs: NOW_MS,
      suite: FAST,
    }),
    { code: "not-allowed" },
  );
  assert.notDeepEqual(
    encodeCommitData(a.membershipLog),
    encodeCommitData(a.membershipLog, new Uint8Array(1)),
  );
});
