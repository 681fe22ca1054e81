/** Rooms by real groups: what a commit may do, whatever the server or a member tries. */

import assert from "node:assert/strict";
import { removeMembers, updateKeys } from "../../../../lib/crypto/mls/commit.ts";
import { createGroup } from "../../../../lib/crypto/mls/create.ts";
import type { PendingJoin } from "../../../../lib/crypto/mls/external_join.ts";
import type { Failure } from "../../../../lib/crypto/mls/messages.ts";
import { sealMessage } from "../../../../lib/crypto/mls/seal.ts";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { encodeCommitData } from "../../../../lib/crypto/room/commit_data.ts";
import { foundingPolicy } from "../../../../lib/crypto/room/room_policy.ts";
import { type Device, Directory, person } from "../../../kit/devices.ts";
import { FAST, NOW_MS } from "../../../kit/groups.ts";
import {
  foundRoom,
  invitationOf,
  lawless,
  removalOf,
  rolesOn,
  RoomMember,
  tryComeIn,
} from "../../../kit/rooms.ts";

type Came = PendingJoin & { readonly charter: RoomMember["charter"] };

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
    const { charter } = this.owner;
    const entry = invited ? await this.owner.sign(invitationOf(charter, device.person)) : undefined;
    const { directory, groupInfo } = this;
    const join = came(await tryComeIn(device, { groupInfo, charter, directory, entry }));
    await this.applyAll(join.commit);
    const member = new RoomMember(join.next, join.charter, { device, directory });
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
  assert.deepEqual([a, b, c].map(({ charter }) => charter.version), [3, 3, 3]);
});

Deno.test("a room: a further device of a member comes in without an invitation", async () => {
  const { home, directory, bob, a } = await house();
  const second = await home.admit(await directory.device(bob.person, NOW_MS), false);
  assert(await said(second, a));
  assert.equal(a.charter.version, 3);
});

Deno.test("SR-33: nobody comes in without an invitation, whatever the server shows", async () => {
  const { home, directory, dave, a, b } = await house();
  const { groupInfo } = home;
  const at = { groupInfo, charter: a.charter, directory };
  assert.equal((await tryComeIn(dave, at)).kind, "refused");
  const forced = came(await tryComeIn(dave, { ...at, honest: false }));
  assert.deepEqual(await home.refusedByAll(forced.commit), Array(3).fill("not-allowed"));
  // By an invitation that a plain member signed.
  const entry = await b.sign(invitationOf(b.charter, dave.person));
  const invited = came(await tryComeIn(dave, { ...at, entry, honest: false }));
  assert.deepEqual(await home.refusedByAll(invited.commit), Array(3).fill("not-allowed"));
});

Deno.test("SR-33: an invitation is for one account with one identity", async () => {
  const { home, directory, dave, a } = await house();
  const { groupInfo } = home;
  const impostor = await directory.device(await person("mallory", 3), NOW_MS);
  const entry = await a.sign(invitationOf(a.charter, dave.person));
  const at = { groupInfo, charter: a.charter, directory, entry };
  assert.equal((await tryComeIn(impostor, at)).kind, "refused");
  const forced = came(await tryComeIn(impostor, { ...at, honest: false }));
  assert.deepEqual(await home.refusedByAll(forced.commit), Array(3).fill("not-allowed"));
});

Deno.test("SR-33: whoever was removed does not come back with the old invitation", async () => {
  const { home, directory, dave, a } = await house();
  const old = await a.sign(invitationOf(a.charter, dave.person));
  const at = { groupInfo: home.groupInfo, charter: a.charter, directory, entry: old };
  const join = came(await tryComeIn(dave, at));
  await home.applyAll(join.commit);
  const d = new RoomMember(join.next, join.charter, { device: dave, directory });
  home.members.push(d);
  const order = await a.sign(removalOf(a.charter, dave.person));
  const removal = await a.accept(await a.tryRemove([dave], order));
  await home.applyAll(removal.commit, a);
  assert.equal(d.state.isActive, false);
  home.members.pop();
  const { groupInfo } = removal;
  const again = { groupInfo, charter: a.charter, directory, entry: old };
  assert.equal((await tryComeIn(dave, again)).kind, "refused");
  const forced = came(await tryComeIn(dave, { ...again, honest: false }));
  assert.deepEqual(await home.refusedByAll(forced.commit), Array(3).fill("not-allowed"));
});

Deno.test("SR-34: whoever wants somebody gone signs it, and anybody there commits it", async () => {
  const { home, carol, a, b, c } = await house();
  const order = await a.sign(removalOf(a.charter, carol.person));
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
  const forged = await b.sign(removalOf(b.charter, carol.person));
  await notAllowed(await remove([carol, second], forged));
  const half = await home.owner.sign(removalOf(b.charter, carol.person));
  await notAllowed(await remove([carol], half));
  const other = await home.owner.sign(removalOf(b.charter, dave.person));
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

Deno.test("SR-34: an owner changes roles by a commit of his own; nobody commits them for him", async () => {
  const { home, alice, bob, a, b } = await house();
  const [owner, moderator] = [alice, bob].map((device) => device.person.accountId);
  const roles = await a.sign(rolesOn(a.charter, { owners: [owner], moderators: [moderator] }));
  assert.deepEqual(await b.tryUpdate(roles), { kind: "refused", code: "not-allowed" });
  const change = await a.accept(await a.tryUpdate(roles));
  await home.applyAll(change.commit, a);
  assert.equal(b.charter.members.get(moderator)?.role, "moderator");
});

Deno.test("SR-32: a commit under another charter is refused", async () => {
  const { a, b } = await house();
  const old = { ...b.charter, head: b.charter.head.replace(/^../, "00") };
  const stale = new RoomMember(b.state, old as typeof b.charter, b);
  const commit = await lawless(stale, (context) => updateKeys(b.state, context));
  assert.deepEqual(await a.open(commit), { kind: "refused", code: "wrong-charter" });
});

Deno.test("a room's group begins with its founder's device alone", async () => {
  const { directory, bob, a } = await house();
  await assert.rejects(
    createGroup({
      groupId: a.charter.groupId,
      device: bob.own,
      verifier: directory.verifier,
      policy: foundingPolicy({ ...a.charter, members: new Map() }),
      nowMs: NOW_MS,
      suite: FAST,
    }),
    { code: "not-allowed" },
  );
  assert.notDeepEqual(encodeCommitData(a.charter), encodeCommitData(a.charter, new Uint8Array(1)));
});
