/** The membership log of a room: who may change what, and what a lying server or an old invitation achieves: nothing. */

import assert from "node:assert/strict";
import { type Bytes, decodeHex, encodeHex, utf8 } from "../../../../lib/base/bytes.ts";
import {
  applyEntry,
  createMembershipLog,
  foundingRoles,
  type MembershipLog,
  type MembershipStep,
  replacedBy,
  roomGroupId,
} from "../../../../lib/crypto/room/membership_log.ts";
import {
  decodeMembershipLog,
  encodeMembershipLog,
} from "../../../../lib/crypto/room/stored_membership_log.ts";
import { encodeCommitData, readCommitData } from "../../../../lib/crypto/room/commit_data.ts";
import type { EntryFacts } from "../../../../lib/crypto/room/entry_layouts.ts";
import { verifyEntry } from "../../../../lib/crypto/room/entry.ts";
import { type Device, Directory, person } from "../../../kit/devices.ts";
import { NOW_MS } from "../../../kit/groups.ts";
import {
  invitationOf,
  membershipLogOf,
  newNonce,
  removalOf,
  rolesOn,
  signEntry,
  verified,
} from "../../../kit/rooms.ts";

/** Alice owns a room; bob and carol were admitted by her. Dave (of the fourth identity) is outside. */
async function house() {
  const directory = new Directory();
  const [alice, bob, carol, dave] = await Promise.all(
    ["alice", "bob", "carol", "dave"].map(async (name, i) =>
      await directory.device(await person(name, i), NOW_MS)
    ),
  );
  const nonce = newNonce();
  const firstEntry = await signEntry(alice, foundingRoles(nonce, alice.person.accountId));
  const first = await verified(firstEntry, directory);
  const groupId = roomGroupId(nonce, first.hash);
  let membershipLog = membershipLogOf(await createMembershipLog(groupId, first));
  const founded = membershipLog;
  const step = async (by: Device, facts: EntryFacts, atMs?: number): Promise<MembershipStep> =>
    await applyEntry(membershipLog, await verified(await signEntry(by, facts), directory), atMs);
  const take = async (by: Device, facts: EntryFacts): Promise<MembershipLog> => {
    membershipLog = membershipLogOf(await step(by, facts));
    return membershipLog;
  };
  for (const guest of [bob, carol]) await take(alice, invitationOf(membershipLog, guest.person));
  return {
    directory,
    alice,
    bob,
    carol,
    dave,
    groupId,
    firstEntry,
    founded,
    step,
    take,
    get membershipLog() {
      return membershipLog;
    },
  };
}

function codeOf(step: MembershipStep): string {
  return step.ok ? "ok" : step.code;
}

function only(...devices: Device[]) {
  return devices.map(({ person: { accountId } }) => accountId);
}

Deno.test("SR-32: the first entry is bound to the group id", async () => {
  const at = await house();
  const entry = await verified(at.firstEntry, at.directory);
  const another = roomGroupId(newNonce(), entry.hash);
  assert.equal(codeOf(await createMembershipLog(another, entry)), "wrong-room");
  // Bob founds a room of his own under the same nonce: its id is another one.
  const forged = foundingRoles(
    entry.facts.type === "roles" ? entry.facts.nonce : newNonce(),
    at.bob.person.accountId,
  );
  const bobs = await verified(await signEntry(at.bob, forged), at.directory);
  assert.equal(codeOf(await createMembershipLog(at.groupId, bobs)), "wrong-room");
  // What admits somebody founds nothing.
  const admission = invitationOf(at.membershipLog, at.dave.person);
  const admitted = await verified(await signEntry(at.alice, admission), at.directory);
  assert.equal(codeOf(await createMembershipLog(at.groupId, admitted)), "wrong-room");
});

Deno.test("SR-32: nobody founds a room in another's name, or with officers", async () => {
  const at = await house();
  const nonce = newNonce();
  const found = async (facts: EntryFacts) => {
    const entry = await verified(await signEntry(at.bob, facts), at.directory);
    return codeOf(await createMembershipLog(roomGroupId(nonce, entry.hash), entry));
  };
  const [alice, bob] = only(at.alice, at.bob);
  assert.equal(await found(foundingRoles(nonce, alice)), "not-permitted");
  assert.equal(await found({ ...foundingRoles(nonce, bob), moderators: [alice] }), "not-permitted");
  assert.equal(await found({ ...foundingRoles(nonce, bob), version: 2 }), "wrong-version");
  assert.equal(await found(foundingRoles(nonce, bob)), "ok");
});

Deno.test("SR-32: roles change by an owner only, from the very charter that they follow", async () => {
  const at = await house();
  const [alice, bob, carol, dave] = only(at.alice, at.bob, at.carol, at.dave);
  const before = at.membershipLog;
  const change = rolesOn(before, { owners: [alice], moderators: [bob] });
  assert.equal(codeOf(await at.step(at.bob, change)), "not-permitted");
  assert.equal(codeOf(await at.step(at.alice, { ...change, version: 9 })), "wrong-version");
  assert.equal(codeOf(await at.step(at.alice, { ...change, nonce: newNonce() })), "wrong-room");
  assert.equal(
    codeOf(await at.step(at.alice, { ...change, head: at.founded.head })),
    "wrong-version",
  );
  assert.equal(codeOf(await at.step(at.alice, { ...change, owners: [] })), "no-owner");
  assert.equal(codeOf(await at.step(at.alice, { ...change, moderators: [dave] })), "not-member");
  assert.equal(
    codeOf(await at.step(at.alice, { ...change, moderators: [alice] })),
    "not-permitted",
  );
  await at.take(at.alice, change);
  assert.equal(at.membershipLog.members.get(bob)?.role, "moderator");
  assert.equal(at.membershipLog.members.get(carol)?.role, "member");
  // An owner list of the past does not come back.
  assert.equal(codeOf(await at.step(at.alice, change)), "wrong-version");
});

Deno.test("SR-33: a stranger, a plain member and another room's owner invite nobody", async () => {
  const at = await house();
  const invitation = invitationOf(at.membershipLog, at.dave.person);
  assert.equal(codeOf(await at.step(at.dave, invitation)), "not-permitted");
  assert.equal(codeOf(await at.step(at.bob, invitation)), "not-permitted");
  const elsewhere = { ...invitation, groupId: roomGroupId(newNonce(), at.membershipLog.head) };
  assert.equal(codeOf(await at.step(at.alice, elsewhere)), "wrong-room");
  assert.equal(codeOf(await at.step(at.alice, invitation)), "ok");
});

Deno.test("SR-33: an invitation ends by its time, its signer's fall, and a removal after it", async () => {
  const at = await house();
  const [alice, bob] = only(at.alice, at.bob);
  const byAlice = invitationOf(at.membershipLog, at.dave.person);
  assert.equal(codeOf(await at.step(at.alice, byAlice, byAlice.expiresMs + 1)), "expired");
  assert.equal(codeOf(await at.step(at.alice, byAlice, byAlice.expiresMs)), "ok");
  // A joiner who reads the past is not asked for the time.
  assert.equal(codeOf(await at.step(at.alice, byAlice)), "ok");

  await at.take(at.alice, rolesOn(at.membershipLog, { owners: [alice], moderators: [bob] }));
  const byBob = invitationOf(at.membershipLog, at.dave.person);
  assert.equal(codeOf(await at.step(at.bob, byBob)), "ok");
  await at.take(at.alice, rolesOn(at.membershipLog, { owners: [alice], moderators: [] }));
  assert.equal(codeOf(await at.step(at.bob, byBob)), "not-permitted");

  await at.take(at.alice, byAlice);
  assert.equal(codeOf(await at.step(at.alice, byAlice)), "already-member");
  await at.take(at.alice, removalOf(at.membershipLog, at.dave.person));
  assert.equal(codeOf(await at.step(at.alice, byAlice)), "removed");
  await at.take(at.alice, invitationOf(at.membershipLog, at.dave.person));
  assert(at.membershipLog.members.has(at.dave.person.accountId));
});

Deno.test("SR-33: an invitation that was taken back before anybody came is void", async () => {
  const at = await house();
  const invitation = invitationOf(at.membershipLog, at.dave.person);
  assert.equal(
    codeOf(await at.step(at.bob, removalOf(at.membershipLog, at.dave.person))),
    "not-permitted",
  );
  await at.take(at.alice, removalOf(at.membershipLog, at.dave.person));
  assert.equal(codeOf(await at.step(at.alice, invitation)), "removed");
});

Deno.test("SR-34: moderators remove plain members, owners anybody, and everybody may leave", async () => {
  const at = await house();
  const [alice, bob] = only(at.alice, at.bob);
  await at.take(at.alice, rolesOn(at.membershipLog, { owners: [alice], moderators: [bob] }));
  const remove = async (by: Device, target: Device) =>
    codeOf(await at.step(by, removalOf(at.membershipLog, target.person)));
  assert.equal(await remove(at.carol, at.bob), "not-permitted");
  assert.equal(await remove(at.bob, at.alice), "not-permitted");
  assert.equal(await remove(at.bob, at.carol), "ok");
  assert.equal(await remove(at.alice, at.bob), "ok");
  assert.equal(await remove(at.carol, at.carol), "ok");
  assert.equal(await remove(at.bob, at.bob), "ok");
  assert.equal(await remove(at.dave, at.carol), "not-permitted");
});

Deno.test("SR-34: the last owner can neither be removed nor leave", async () => {
  const at = await house();
  const [alice, bob] = only(at.alice, at.bob);
  const leave = () => at.step(at.alice, removalOf(at.membershipLog, at.alice.person));
  assert.equal(codeOf(await leave()), "no-owner");
  await at.take(at.alice, rolesOn(at.membershipLog, { owners: [alice, bob], moderators: [] }));
  assert.equal(codeOf(await leave()), "ok");
  await at.take(at.bob, removalOf(at.membershipLog, at.alice.person));
  assert.deepEqual([...at.membershipLog.members.keys()], only(at.bob, at.carol));
});

Deno.test("SR-34: an order to remove is of no use against who came back after it", async () => {
  const at = await house();
  const old = removalOf(at.membershipLog, at.carol.person);
  await at.take(at.alice, old);
  await at.take(at.alice, invitationOf(at.membershipLog, at.carol.person));
  assert.equal(codeOf(await at.step(at.alice, old)), "wrong-version");
  const early = { ...old, version: at.membershipLog.version + 1 };
  assert.equal(codeOf(await at.step(at.alice, early)), "wrong-version");
});

Deno.test("SR-32: equal entries give an equal head; left out or swapped, another one or none", async () => {
  const at = await house();
  const entries = await Promise.all(
    [at.bob, at.carol].map((gone) => signEntry(at.alice, removalOf(at.membershipLog, gone.person))),
  );
  const work = async (...list: readonly Bytes[]) => {
    let membershipLog = at.membershipLog;
    for (const entry of list) {
      membershipLog = membershipLogOf(
        await applyEntry(membershipLog, await verified(entry, at.directory)),
      );
    }
    return membershipLog;
  };
  const membershipLog = await work(...entries);
  assert.deepEqual(await work(...entries), membershipLog);
  const swapped = await work(...entries.toReversed());
  assert.deepEqual([...swapped.members], [...membershipLog.members]);
  assert.notEqual(swapped.head, membershipLog.head);
  assert.notEqual((await work(entries[1])).head, membershipLog.head);
});

Deno.test("SR-35: only a first entry says which room it takes the place of", async () => {
  const at = await house();
  const [nonce, founder] = [newNonce(), at.alice.person.accountId];
  const first = await signEntry(at.alice, foundingRoles(nonce, founder, at.groupId));
  assert.equal(replacedBy(await verified(first, at.directory)), at.groupId);
  assert.equal(replacedBy(await verified(at.firstEntry, at.directory)), undefined);
  // Its head stands for the list of entries before it.
  const later = { ...foundingRoles(nonce, founder, at.groupId), version: 2 };
  const second = await signEntry(at.alice, later);
  assert.equal(replacedBy(await verified(second, at.directory)), undefined);
});

Deno.test("SR-32: an entry that is signed, and of which a field says nothing, is none", async () => {
  const at = await house();
  const [roles, admission, removal] = [
    foundingRoles(newNonce(), at.alice.person.accountId),
    invitationOf(at.membershipLog, at.dave.person),
    removalOf(at.membershipLog, at.bob.person),
  ];
  const nonsense: readonly object[] = [
    ...[{ nonce: new Uint8Array(3) }, { head: "11" }, { owners: ["Al ice"] }].map((field) => ({
      ...roles,
      ...field,
    })),
    { ...roles, moderators: ["Al ice"] },
    ...[admission, removal].flatMap((facts) => [
      { ...facts, groupId: "11" },
      { ...facts, account: "Al ice" },
      { ...facts, id: new Uint8Array(3) },
    ]),
    { ...admission, identity: "11" },
  ];
  for (const facts of [roles, admission, removal, ...nonsense]) {
    const bytes = await signEntry(at.alice, facts as EntryFacts);
    const { kind } = await verifyEntry(bytes, at.directory.verifier);
    assert.equal(kind === "verified", !nonsense.includes(facts), JSON.stringify(facts));
  }
});

Deno.test("a membership log with an account that nobody can have is malformed", async () => {
  const at = await house();
  const { carol } = at;
  const membershipLog = await at.take(at.alice, removalOf(at.membershipLog, carol.person));
  const kept = encodeMembershipLog(membershipLog);
  assert.ok(decodeMembershipLog(kept).ok);
  for (const account of ["bob", "carol"]) {
    const text = encodeHex(utf8(account));
    const other = decodeHex(encodeHex(kept).replace(text, text.replace(/..$/, "20")));
    assert.ok(other);
    assert.deepEqual(decodeMembershipLog(other), { ok: false, code: "malformed" }, account);
  }
  // The byte behind the first member's name and identity: format, group, version, hash, count, name.
  const [first] = membershipLog.members.keys();
  const roleAt = 2 + 32 + 8 + 32 + 4 + 2 + first.length + 32;
  for (const [role, ok] of [[0, true], [1, true], [2, true], [3, false]] as const) {
    kept[roleAt] = role;
    assert.equal(decodeMembershipLog(kept).ok, ok, `role ${role}`);
  }
});

Deno.test("SR-31: a charter and a commit's data of another format are refused as such", async () => {
  const { membershipLog, directory: { verifier } } = await house();
  const kept = encodeMembershipLog(membershipLog);
  assert.deepEqual(decodeMembershipLog(kept), { ok: true, membershipLog });
  for (const other of [kept.slice(0, -1), new Uint8Array([...kept, 0])]) {
    assert.deepEqual(decodeMembershipLog(other), { ok: false, code: "malformed" });
  }
  kept[1] = 3;
  assert.deepEqual(decodeMembershipLog(kept), { ok: false, code: "newer-format" });
  assert.deepEqual(decodeMembershipLog(kept.subarray(0, 1)), { ok: false, code: "malformed" });
  const data = encodeCommitData(membershipLog);
  const judge = { verifier, atMs: NOW_MS };
  assert.equal((await readCommitData(data, membershipLog, judge)).kind, "change");
  data[1]++;
  assert.deepEqual(await readCommitData(data, membershipLog, judge), {
    kind: "refused",
    code: "malformed",
  });
});

Deno.test("SR-32: an entry with a byte changed, cut off or of another key is refused", async () => {
  const at = await house();
  const bytes = await signEntry(at.alice, invitationOf(at.membershipLog, at.dave.person));
  for (const place of [0, 1, 40, bytes.length - 1]) {
    const changed = bytes.slice();
    changed[place] ^= 1;
    assert.notEqual((await verifyEntry(changed, at.directory.verifier)).kind, "verified");
  }
  assert.deepEqual(await verifyEntry(bytes.slice(0, -1), at.directory.verifier), {
    kind: "refused",
    code: "malformed",
  });
  // Bob signs as alice's device.
  const forged = await signEntry(
    { ...at.alice, keys: at.bob.keys },
    invitationOf(at.membershipLog, at.dave.person),
  );
  assert.deepEqual(await verifyEntry(forged, at.directory.verifier), {
    kind: "refused",
    code: "bad-credential",
  });
  // Bob's own device signs under the name of alice.
  const renamed = await signEntry(
    { ...at.bob, person: { ...at.bob.person, accountId: at.alice.person.accountId } },
    invitationOf(at.membershipLog, at.dave.person),
  );
  assert.deepEqual(await verifyEntry(renamed, at.directory.verifier), {
    kind: "refused",
    code: "bad-credential",
  });
  const hash = at.alice.certificate.hash;
  at.directory.certificates.delete(hash);
  assert.deepEqual(await verifyEntry(bytes, new Directory().verifier), {
    kind: "missing-certificates",
    hashes: [hash],
  });
});
