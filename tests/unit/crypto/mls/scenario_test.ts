import assert from "node:assert/strict";
import { encodeHex, utf8 } from "../../../../lib/base/bytes.ts";
import {
  decodeGroupState,
  encodeGroupState,
  exportSecret,
} from "../../../../lib/crypto/mls/group_state.ts";
import { mergeCommit, updateKeys } from "../../../../lib/crypto/mls/commit.ts";
import { SUITES } from "../../../../lib/crypto/mls/suite.ts";
import { direct, enter, NOW_MS, room, type TestMember, welcome } from "../../../kit/groups.ts";
import { person } from "../../../kit/devices.ts";

function hashes(members: readonly TestMember[]): Set<string> {
  return new Set(members.map((member) => encodeHex(member.state.transcriptHash)));
}

for (const suite of SUITES) {
  Deno.test(`group of two exchanges messages with ${suite}`, async () => {
    const { a, b } = await direct(suite);
    const sealed = await a.seal("hello bob");
    const opened = await b.open(sealed.message);
    assert.equal(opened.kind, "application");
    assert.equal(new TextDecoder().decode(opened.payload), "hello bob");
    assert.equal(opened.sender.accountId, "alice");
    assert.equal(opened.sender.deviceId, a.device.certificate.deviceId);
    assert.equal(opened.sender.certificateHash, a.device.certificate.hash);
    assert.equal(opened.sender.identity, a.device.person.identity.key.fingerprint);
    assert.equal(opened.epoch, sealed.epoch);
    assert.equal(opened.generation, sealed.generation);
    assert.deepEqual(hashes([a, b]).size, 1);
    const replay = await b.open(sealed.message);
    assert.equal(replay.kind, "replay");
    assert.equal(replay.generation, sealed.generation);
    assert.equal(await a.read((await b.seal("hello alice")).message), "hello alice");
  });
}

Deno.test("group opens twenty messages in any order, each once", async () => {
  const { a, b, c } = await room();
  const messages = [];
  for (let i = 0; i < 20; i++) messages.push((await c.seal(`m${i}`)).message);
  const order = [19, 0, 5, 3, 4, 1, 2, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6];
  for (const i of order) assert.equal(await a.read(messages[i]), `m${i}`);
  for (const message of messages) assert.equal((await a.open(message)).kind, "replay");
  assert.equal(await b.read(messages[19]), "m19");
});

Deno.test("group opens the message after a gap of 1,500", async () => {
  const { a, b } = await direct();
  for (let i = 0; i < 1500; i++) await a.seal("");
  const near = await a.seal("near");
  assert.equal(await b.read(near.message), "near");
});

Deno.test("state read back from bytes goes on where it was", async () => {
  const { a, b } = await direct();
  await b.read((await a.seal("one")).message);
  const read = decodeGroupState(encodeGroupState(b.state));
  assert.ok(read.ok);
  assert.deepEqual(read.state.members, b.state.members);
  assert.equal(read.state.epoch, b.state.epoch);
  assert.equal(read.state.groupId, b.state.groupId);
  b.state = read.state;
  assert.equal(await b.read((await a.seal("two")).message), "two");
  const update = await b.update();
  await a.apply(update.commit);
  assert.equal(await b.read((await a.seal("three")).message), "three");
});

Deno.test("members export the same secret, and others for another label, context or epoch", async () => {
  const { a, b } = await direct();
  const secret = async (who: TestMember, label: string, context: string) =>
    encodeHex(await exportSecret(who.state, label, utf8(context), 32));
  const first = await secret(a, "heliograph stream v1", "x");
  assert.equal(first.length, 64);
  assert.equal(await secret(b, "heliograph stream v1", "x"), first);
  assert.notEqual(await secret(b, "heliograph stream v2", "x"), first);
  assert.notEqual(await secret(b, "heliograph stream v1", "y"), first);
  await b.apply((await a.update()).commit);
  assert.notEqual(await secret(b, "heliograph stream v1", "x"), first);
});

Deno.test("SR-21: of two commits for one epoch the accepted one counts, and the loser tries again", async () => {
  const { a, b, c } = await room();
  const lost = await updateKeys(b.state, b.context);
  assert.equal(lost.kind, "pending");
  const won = await a.update();
  await b.apply(won.commit);
  await c.apply(won.commit);
  const late = await a.open(lost.commit);
  assert.equal(late.kind, "passed-commit");
  // The loser's state leads from an epoch that is over.
  assert.throws(() => mergeCommit(b.state, lost.next), { code: "wrong-epoch" });
  const retried = await b.update();
  await a.apply(retried.commit);
  await c.apply(retried.commit);
  assert.equal(hashes([a, b, c]).size, 1);
});

Deno.test("SR-21: merging a commit keeps what was opened since it was made", async () => {
  const { a, b } = await direct();
  const early = (await b.seal("early")).message;
  const late = (await b.seal("late")).message;
  const pending = await updateKeys(a.state, a.context);
  assert.equal(pending.kind, "pending");
  assert.equal(await a.read(early), "early");
  a.accept(pending);
  assert.equal((await a.open(early)).kind, "replay");
  assert.equal(await a.read(late), "late");
  assert.throws(() => pending.next.use(), { code: "spent-state" });
});

Deno.test("message of the epoch before is read after the commit, one of a later epoch waits", async () => {
  const { a, b } = await direct();
  const late = (await b.seal("late")).message;
  const commit = await a.update();
  const ahead = (await a.seal("ahead")).message;
  const waiting = await b.open(ahead);
  assert.deepEqual(waiting, { kind: "future-epoch", epoch: a.state.epoch });
  assert.equal(await a.read(late), "late");
  await b.apply(commit.commit);
  assert.equal(await b.read(ahead), "ahead");
});

Deno.test("removed device learns of it, cannot seal, and cannot read what follows", async () => {
  const { a, b, c } = await room();
  const pending = await a.remove(c);
  assert.equal(pending.removed[0].accountId, "carol");
  await b.apply(pending.commit);
  const secret = (await a.seal("without carol")).message;
  const opened = await c.open(pending.commit);
  assert.equal(opened.kind, "commit");
  assert.equal(opened.next.isActive, false);
  assert.equal(opened.removed[0].leafIndex, 2);
  await assert.rejects(() => c.seal("still here"), { code: "removed" });
  await assert.rejects(() => updateKeys(c.state, c.context), { code: "removed" });
  assert.equal((await c.open(secret)).kind, "future-epoch");
  assert.equal(await b.read(secret), "without carol");
  assert.deepEqual(a.state.members.map((member) => member.accountId), ["alice", "bob"]);
});

Deno.test("device joins by external commit, another one returns after it lost its state", async () => {
  const { a, b, c, directory } = await room();
  const { groupInfo } = await a.update().then(async (pending) => {
    await b.apply(pending.commit);
    await c.apply(pending.commit);
    return pending;
  });
  const dave = await directory.device(await person("dave", 3), NOW_MS);
  const joined = await enter(dave, groupInfo, [a, b, c]);
  const d = joined.member;
  assert.deepEqual(joined.pending.removed, []);
  for (const other of [a, b, c]) {
    assert.equal(await other.read((await d.seal("dave here")).message), "dave here");
  }
  // Carol lost her state, not her keys: she takes the place of her old leaf.
  const back = await enter(c.device, joined.groupInfo, [a, b, d]);
  assert.equal(back.pending.removed.length, 1);
  assert.equal(back.pending.removed[0].accountId, "carol");
  assert.equal(a.state.members.length, 4);
  const everyone = [a, b, back.member, d];
  assert.equal(hashes(everyone).size, 1);
  const text = (await back.member.seal("carol back")).message;
  for (const other of [a, b, d]) assert.equal(await other.read(text), "carol back");
});

Deno.test("second device of an account joins under the same identity, and each device reads", async () => {
  const { a, b, directory, bob } = await direct();
  const pending = await a.update();
  await b.apply(pending.commit);
  const phone = await directory.device(bob, NOW_MS);
  const { member } = await enter(phone, pending.groupInfo, [a, b]);
  const sealed = (await a.seal("both")).message;
  assert.equal(await b.read(sealed), "both");
  assert.equal(await member.read(sealed), "both");
  assert.equal(a.state.members.filter((it) => it.accountId === "bob").length, 2);
});

Deno.test("certificates are verified once, whatever the number of groups and checks", async () => {
  const { a, directory } = await room();
  const before = directory.lookups;
  const dave = await directory.device(await person("dave", 3), NOW_MS);
  await welcome(a, dave);
  assert.equal(directory.lookups - before, 1);
});
