/** The membership log of an open room: who lets himself in, and what forged openings and joins achieve: nothing. */

import assert from "node:assert/strict";
import type { AccountId } from "../../../../lib/base/ids.ts";
import {
  applyEntry,
  createMembershipLog,
  foundingRoles,
  type MembershipLog,
  type MembershipStep,
  openingOf,
  replacedBy,
  roomGroupId,
} from "../../../../lib/crypto/room/membership_log.ts";
import {
  decodeMembershipLog,
  encodeMembershipLog,
} from "../../../../lib/crypto/room/stored_membership_log.ts";
import { encodeCommitData, readCommitData } from "../../../../lib/crypto/room/commit_data.ts";
import { verifyEntry } from "../../../../lib/crypto/room/entry.ts";
import {
  type EntryFacts,
  fittingBarred,
  isOpenName,
} from "../../../../lib/crypto/room/entry_layouts.ts";
import { roomPolicy } from "../../../../lib/crypto/room/room_policy.ts";
import { type Device, Directory, person } from "../../../kit/devices.ts";
import { NOW_MS } from "../../../kit/groups.ts";
import {
  foundRoom,
  invitationOf,
  joinOf,
  membershipLogOf,
  newNonce,
  removalOf,
  signEntry,
  tryComeIn,
  verified,
} from "../../../kit/rooms.ts";

const RULE: Parameters<typeof openingOf>[1] = {
  name: "lobby",
  topic: "say hello",
  size: 3,
  barred: [],
};

/** Alice owns an open room of three; bob, carol and dave are outside. */
async function lobby(rule: Partial<typeof RULE> = {}) {
  const directory = new Directory();
  const [alice, bob, carol, dave] = await Promise.all(
    ["alice", "bob", "carol", "dave"].map(async (name, i) =>
      await directory.device(await person(name, i), NOW_MS)
    ),
  );
  const nonce = newNonce();
  const bytes = await signEntry(alice, openingOf(nonce, { ...RULE, ...rule }));
  const first = await verified(bytes, directory);
  const groupId = roomGroupId(nonce, first.hash);
  let membershipLog = membershipLogOf(await createMembershipLog(groupId, first));
  const step = async (by: Device, facts: EntryFacts): Promise<MembershipStep> =>
    await applyEntry(membershipLog, await verified(await signEntry(by, facts), directory), NOW_MS);
  const take = async (by: Device, facts: EntryFacts): Promise<MembershipLog> => {
    membershipLog = membershipLogOf(await step(by, facts));
    return membershipLog;
  };
  const join = (by: Device) => take(by, joinOf(membershipLog, by.person));
  return {
    ...{ directory, alice, bob, carol, dave, first, nonce, groupId, step, take, join },
    get membershipLog() {
      return membershipLog;
    },
  };
}

function codeOf(step: MembershipStep): string {
  return step.ok ? "ok" : step.code;
}

const idOf = ({ person: { accountId } }: Device) => accountId;

Deno.test("an opening is bound to the group id, and its signer owns the room", async () => {
  const at = await lobby();
  assert.deepEqual([...at.membershipLog.members], [[idOf(at.alice), {
    identity: at.alice.person.identity.key.fingerprint,
    role: "owner",
    since: 1,
  }]]);
  const { name, topic, size } = at.membershipLog.open ?? {};
  assert.deepEqual([name, topic, size], ["lobby", "say hello", 3]);
  // Another rule, or another founder, under the nonce is another room.
  for (const [by, rule] of [[at.alice, { ...RULE, size: 4 }], [at.bob, RULE]] as const) {
    const forged = await verified(await signEntry(by, openingOf(at.nonce, rule)), at.directory);
    assert.equal(codeOf(await createMembershipLog(at.groupId, forged)), "wrong-room");
  }
});

Deno.test("a room that invites is never opened, and an open one never closed, by a later entry", async () => {
  const at = await lobby();
  assert.equal(codeOf(await at.step(at.alice, openingOf(at.nonce, RULE))), "wrong-version");
  const closing = foundingRoles(at.nonce, idOf(at.alice));
  assert.equal(codeOf(await at.step(at.alice, closing)), "wrong-version");
  const bytes = await signEntry(at.alice, foundingRoles(newNonce(), idOf(at.alice)));
  const first = await verified(bytes, at.directory);
  const nonce = first.facts.type === "roles" ? first.facts.nonce : newNonce();
  const invites = membershipLogOf(await createMembershipLog(roomGroupId(nonce, first.hash), first));
  const opening = await verified(
    await signEntry(at.alice, openingOf(nonce, RULE)),
    at.directory,
  );
  assert.equal(codeOf(await applyEntry(invites, opening, NOW_MS)), "wrong-version");
  const join = await verified(
    await signEntry(at.bob, joinOf(invites, at.bob.person)),
    at.directory,
  );
  assert.equal(codeOf(await applyEntry(invites, join, NOW_MS)), "not-permitted");
});

Deno.test("an account joins by its own signature, under its own identity, at the present version", async () => {
  const at = await lobby();
  const join = joinOf(at.membershipLog, at.bob.person);
  assert.equal(codeOf(await at.step(at.carol, join)), "not-permitted", "signed by another one");
  assert.equal(codeOf(await at.step(at.alice, join)), "not-permitted", "nor by the owner");
  const { identity } = joinOf(at.membershipLog, at.carol.person);
  assert.equal(codeOf(await at.step(at.bob, { ...join, identity })), "not-permitted");
  const other = await lobby();
  const elsewhere = joinOf(other.membershipLog, at.bob.person);
  assert.equal(codeOf(await at.step(at.bob, elsewhere)), "wrong-room");
  for (const version of [0, 2]) {
    assert.equal(codeOf(await at.step(at.bob, { ...join, version })), "wrong-version");
  }
  assert.equal(codeOf(await at.step(at.bob, join)), "ok");
  await at.join(at.bob);
  assert.equal(codeOf(await at.step(at.bob, join)), "wrong-version", "used once");
  const again = joinOf(at.membershipLog, at.bob.person);
  assert.equal(codeOf(await at.step(at.bob, again)), "already-member");
  const { role, since } = at.membershipLog.members.get(idOf(at.bob)) ?? {};
  assert.deepEqual([role, since], ["member", 2]);
});

Deno.test("at its size an open room takes nobody, by a join or an invitation", async () => {
  const at = await lobby();
  await at.join(at.bob);
  await at.join(at.carol);
  assert.equal(codeOf(await at.step(at.dave, joinOf(at.membershipLog, at.dave.person))), "full");
  const invitation = invitationOf(at.membershipLog, at.dave.person);
  assert.equal(codeOf(await at.step(at.alice, invitation)), "full");
  await at.take(at.carol, removalOf(at.membershipLog, at.carol.person));
  assert.equal(codeOf(await at.step(at.dave, joinOf(at.membershipLog, at.dave.person))), "ok");
});

Deno.test("who leaves may join again, who was removed may not until invited", async () => {
  const at = await lobby({ size: 9 });
  await at.join(at.bob);
  await at.take(at.bob, removalOf(at.membershipLog, at.bob.person));
  await at.join(at.bob);
  await at.take(at.alice, removalOf(at.membershipLog, at.bob.person));
  const join = () => joinOf(at.membershipLog, at.bob.person);
  assert.equal(codeOf(await at.step(at.bob, join())), "removed");
  // Somebody who was never in is kept out as well; a plain member keeps nobody out.
  await at.join(at.carol);
  const ofDave = () => removalOf(at.membershipLog, at.dave.person);
  assert.equal(codeOf(await at.step(at.carol, ofDave())), "not-permitted");
  await at.take(at.alice, ofDave());
  assert.equal(
    codeOf(await at.step(at.dave, joinOf(at.membershipLog, at.dave.person))),
    "removed",
  );
  assert.equal(
    codeOf(await at.step(at.carol, invitationOf(at.membershipLog, at.bob.person))),
    "not-permitted",
  );
  await at.take(at.alice, invitationOf(at.membershipLog, at.bob.person));
  await at.take(at.bob, removalOf(at.membershipLog, at.bob.person));
  assert.equal(codeOf(await at.step(at.bob, join())), "ok", "forgiven for good");
});

Deno.test("an opening keeps out whom it names, and never its founder", async () => {
  const at = await lobby({ barred: ["bob" as AccountId] });
  assert.equal(codeOf(await at.step(at.bob, joinOf(at.membershipLog, at.bob.person))), "removed");
  assert.equal(codeOf(await at.step(at.carol, joinOf(at.membershipLog, at.carol.person))), "ok");
  const nonce = newNonce();
  const own = openingOf(nonce, { ...RULE, barred: [idOf(at.alice)] });
  const first = await verified(await signEntry(at.alice, own), at.directory);
  const step = await createMembershipLog(roomGroupId(nonce, first.hash), first);
  assert.equal(codeOf(step), "not-permitted");
});

Deno.test("an opening says which room it repairs", async () => {
  const at = await lobby();
  assert.equal(replacedBy(at.first), undefined);
  const bytes = await signEntry(at.alice, openingOf(newNonce(), RULE, at.groupId));
  assert.equal(replacedBy(await verified(bytes, at.directory)), at.groupId);
});

Deno.test("openings and joins with other content than they may have are malformed", async () => {
  const at = await lobby();
  const opening = openingOf(newNonce(), RULE);
  const join = joinOf(at.membershipLog, at.bob.person);
  const right = [
    opening,
    { ...opening, size: 2 },
    { ...opening, size: 1000 },
    { ...opening, topic: "é".repeat(500) },
    { ...opening, barred: ["bob"] },
    join,
  ];
  const wrong = [
    { ...opening, size: 1 },
    { ...opening, size: 1001 },
    { ...opening, topic: "x".repeat(501) },
    { ...opening, name: "Lobby" },
    { ...opening, name: "" },
    { ...opening, barred: ["bob", "bob"] },
    { ...opening, barred: ["Al ice"] },
    { ...opening, nonce: new Uint8Array(15) },
    { ...join, id: new Uint8Array(3) },
    { ...join, identity: "11" },
    { ...join, account: "Al ice" },
  ];
  for (const facts of [...right, ...wrong]) {
    const bytes = await signEntry(at.alice, facts as EntryFacts);
    const { kind } = await verifyEntry(bytes, at.directory.verifier);
    assert.equal(kind === "verified", right.includes(facts as never), JSON.stringify(facts));
  }
});

Deno.test("an open room's name can be typed and not be imitated", () => {
  for (const name of ["a", "lobby", "team-4", "a".repeat(32)]) assert.ok(isOpenName(name), name);
  for (const name of ["", "4team", "-a", "Lobby", "lоbby", "a b", "a\n", "a".repeat(33), "#a"]) {
    assert.equal(isOpenName(name), false, name);
  }
});

Deno.test("as many stay out after a repair as one opening has room for", async () => {
  const at = await lobby();
  const many = Array.from({ length: 5000 }, (_, i) => `guest-of-long-ago-${i}` as AccountId);
  const kept = fittingBarred(many);
  assert.ok(kept.length > 1000 && kept.length < many.length, `${kept.length}`);
  const sign = async (barred: readonly AccountId[]) =>
    await verifyEntry(
      await signEntry(at.alice, openingOf(newNonce(), { ...RULE, barred })),
      at.directory.verifier,
    );
  assert.equal((await sign(kept)).kind, "verified");
  assert.notEqual((await sign(many.slice(0, kept.length + 1))).kind, "verified");
});

Deno.test("SR-31: the rule of an open room is stored with its membership log, in a format of its own", async () => {
  const at = await lobby({ size: 9 });
  await at.join(at.bob);
  await at.take(at.alice, removalOf(at.membershipLog, at.bob.person));
  const kept = encodeMembershipLog(at.membershipLog);
  assert.equal(kept[1], 2);
  const read = decodeMembershipLog(kept);
  assert.ok(read.ok);
  assert.deepEqual(read.membershipLog, at.membershipLog);
  for (const cut of [1, 8, 30]) {
    assert.deepEqual(decodeMembershipLog(kept.slice(0, -cut)), { ok: false, code: "malformed" });
  }
  // Without its rule it would be read as a room that invites, in which bob may be invited unseen.
  const closed = kept.slice();
  closed[1] = 1;
  assert.deepEqual(decodeMembershipLog(closed), { ok: false, code: "malformed" });
});

Deno.test("a join is for an external commit of that very account", async () => {
  const at = await lobby();
  const { verifier } = at.directory;
  const bytes = await signEntry(at.bob, joinOf(at.membershipLog, at.bob.person));
  const data = encodeCommitData(at.membershipLog, bytes);
  const read = await readCommitData(data, at.membershipLog, { verifier, atMs: NOW_MS });
  assert.equal(read.kind, "change");
  if (read.kind !== "change") return;
  const memberOf = ({ person: { accountId, identity }, own }: Device) =>
    ({ ...own, accountId, identity: identity.key.fingerprint, leafIndex: 0 }) as never;
  const [alice, bob] = [memberOf(at.alice), memberOf(at.bob)];
  const asked = {
    authenticatedData: data,
    committer: bob,
    isExternal: true,
    added: [bob],
    removed: [],
    members: [alice, bob],
  };
  const { allows } = roomPolicy(read.change);
  assert.equal(allows(asked), true);
  assert.equal(allows({ ...asked, committer: alice }), false);
  assert.equal(allows({ ...asked, isExternal: false, added: [] }), false);
  assert.equal(allows({ ...asked, removed: [alice], members: [bob] }), false);
});

Deno.test("nobody comes into a room that invites by a join of its own", async () => {
  const directory = new Directory();
  const alice = await directory.device(await person("alice", 0), NOW_MS);
  const bob = await directory.device(await person("bob", 1), NOW_MS);
  const { member } = await foundRoom(alice, directory);
  const { membershipLog } = member;
  const { groupInfo } = await member.accept(await member.tryUpdate());
  const entry = await signEntry(bob, joinOf(membershipLog, bob.person));
  const at = { groupInfo, membershipLog, directory, entry };
  const honest = await tryComeIn(bob, at);
  assert.notEqual(honest.kind, "pending", "a client of ours does not try");
  const forced = await tryComeIn(bob, { ...at, honest: false });
  assert.equal(forced.kind, "pending");
  if (forced.kind !== "pending") return;
  const opened = await member.open(forced.commit);
  assert.notEqual(opened.kind, "commit", "members do not follow");
});
