/** Forks, replays, old GroupInfos and old epochs: what a hostile server, or a restored backup, may bring. */

import assert from "node:assert/strict";
import {
  createCommit,
  createGroup as createBareGroup,
  createGroupInfoWithExternalPubAndRatchetTree,
  encodeExternalSender,
} from "ts-mls";
import { type Bytes, utf8 } from "../../../../lib/base/bytes.ts";
import { idBytes, newConversationId } from "../../../../lib/base/ids.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { updateKeys } from "../../../../lib/crypto/mls/commit.ts";
import {
  decodeGroupState,
  encodeGroupState,
  forgetEpochsBelow,
} from "../../../../lib/crypto/mls/group_state.ts";
import { joinByWelcome } from "../../../../lib/crypto/mls/join.ts";
import { generateKeyPackage, privatePackageOf } from "../../../../lib/crypto/mls/key_package.ts";
import { sealMessage } from "../../../../lib/crypto/mls/seal.ts";
import { suiteOf } from "../../../../lib/crypto/mls/suite.ts";
import { person } from "../../../kit/devices.ts";
import {
  ANYONE,
  direct,
  FAST,
  found,
  NOW_MS,
  room,
  tryEnter,
  welcome,
} from "../../../kit/groups.ts";
import { bytesOf, freshInfo, LAX, refuses } from "../../../kit/hostile.ts";

Deno.test("SR-18: group ids are 32 bytes, and a Welcome into a group with another id is refused", async () => {
  const { directory, bob } = await room();
  const phone = await directory.device(bob, NOW_MS);
  const carol = await directory.device(await person("carol", 2), NOW_MS);
  const cipherSuite = await suiteOf(FAST);
  const own = await generateKeyPackage(carol.own, { suite: FAST, nowMs: NOW_MS });
  const theirs = await generateKeyPackage(phone.own, { suite: FAST, nowMs: NOW_MS });
  const join = async (groupId: Bytes, extensions: Parameters<typeof createBareGroup>[3]) => {
    const keys = privatePackageOf(own, carol.own);
    const state = await createBareGroup(
      groupId,
      own.keyPackage,
      keys,
      extensions,
      cipherSuite,
      LAX,
    );
    const { welcome } = await createCommit({ state, cipherSuite }, {
      ratchetTreeExtension: true,
      extraProposals: [{ proposalType: "add", add: { keyPackage: theirs.keyPackage } }],
    });
    assert.ok(welcome);
    return await joinByWelcome(bytesOf({ version: "mls10", wireformat: "mls_welcome", welcome }), {
      device: phone.own,
      keyPackage: theirs,
      verifier: directory.verifier,
      choosePolicy: () => ANYONE,
    });
  };
  assert.equal((await join(systemRandom.bytes(32), [])).kind, "joined");
  const short = await join(utf8("room"), []);
  assert.deepEqual(short, { kind: "refused", code: "malformed" });
  // external_senders would let a stranger propose (SR-15).
  const extensionData = encodeExternalSender({
    credential: own.keyPackage.leafNode.credential,
    signaturePublicKey: own.keyPackage.leafNode.signaturePublicKey,
  });
  const sender = { extensionType: "external_senders", extensionData } as const;
  const strange = await join(systemRandom.bytes(32), [sender]);
  assert.deepEqual(strange, { kind: "refused", code: "extensions" });
});

Deno.test("SR-15: a group with extensions is not joined by external commit either", async () => {
  const { directory, bob } = await room();
  const carol = await directory.device(await person("carol", 2), NOW_MS);
  const phone = await directory.device(bob, NOW_MS);
  const cipherSuite = await suiteOf(FAST);
  const own = await generateKeyPackage(carol.own, { suite: FAST, nowMs: NOW_MS });
  const groupId = newConversationId(systemRandom);
  const enter = async (extensions: Parameters<typeof createBareGroup>[3]) => {
    const keys = privatePackageOf(own, carol.own);
    const id = idBytes(groupId);
    const state = await createBareGroup(id, own.keyPackage, keys, extensions, cipherSuite, LAX);
    const info = await createGroupInfoWithExternalPubAndRatchetTree(state, [], cipherSuite);
    const bytes = bytesOf({ version: "mls10", wireformat: "mls_group_info", groupInfo: info });
    return await tryEnter(phone, bytes, { groupId, directory, policy: ANYONE });
  };
  assert.equal((await enter([])).kind, "pending");
  const extensionData = encodeExternalSender({
    credential: own.keyPackage.leafNode.credential,
    signaturePublicKey: own.keyPackage.leafNode.signaturePublicKey,
  });
  const strange = await enter([{ extensionType: "external_senders", extensionData }]);
  assert.deepEqual(strange, { kind: "refused", code: "extensions" });
});

Deno.test("SR-20: a state seals once, and a second message under the same key is refused by others", async () => {
  const { a, b } = await direct();
  const stored = encodeGroupState(a.state);
  const used = a.state;
  const first = await a.seal("one");
  await assert.rejects(() => sealMessage(used, utf8("two")), { code: "spent-state" });
  // A restored backup does what the object refuses.
  const restored = decodeGroupState(stored);
  assert.ok(restored.ok);
  const second = await sealMessage(restored.state, utf8("two"));
  assert.equal(second.generation, first.generation);
  assert.equal(await b.read(first.message), "one");
  assert.equal((await b.open(second.message)).kind, "replay");
});

Deno.test("SR-25: a second commit for an epoch that is over is reported as such", async () => {
  const { a, b, c } = await room();
  const epoch = a.state.epoch;
  const fork = await updateKeys(c.state, c.context);
  assert.equal(fork.kind, "pending");
  await b.apply((await a.update()).commit);
  assert.deepEqual(await b.open(fork.commit), { kind: "passed-commit", epoch });
});

Deno.test("SR-25: two members who saw different commits for one epoch have different transcript hashes", async () => {
  const { a, b, c } = await room();
  const one = await a.update();
  const other = await c.update();
  assert.equal(a.state.epoch, c.state.epoch);
  assert.notDeepEqual(a.state.transcriptHash, c.state.transcriptHash);
  await b.apply(one.commit);
  assert.deepEqual(a.state.transcriptHash, b.state.transcriptHash);
  assert.notEqual((await b.open((await c.seal("fork")).message)).kind, "application");
  assert.equal((await b.open(other.commit)).kind, "passed-commit");
});

Deno.test("SR-27: the transcript hash of a retained epoch is known for receipts, that of another is not", async () => {
  const { a, b } = await direct();
  const epoch = a.state.epoch;
  const hash = a.state.transcriptHash;
  await b.apply((await a.update()).commit);
  assert.deepEqual(b.state.transcriptHashOf(epoch), hash);
  assert.deepEqual(a.state.transcriptHashOf(epoch + 1), b.state.transcriptHash);
  assert.equal(a.state.transcriptHashOf(epoch + 2), undefined);
});

Deno.test("SR-25: a GroupInfo of a lower epoch, or of another branch of the same epoch, is refused", async () => {
  const { a, b, c, directory } = await room();
  const old = await freshInfo(a, [b, c]);
  const at = { groupId: a.state.groupId, directory, policy: ANYONE };
  const known = c.known();
  assert.equal((await tryEnter(c.device, old, { ...at, known })).kind, "pending");
  await freshInfo(a, [b, c]);
  const stale = await tryEnter(c.device, old, { ...at, known: c.known() });
  assert.deepEqual(stale, { kind: "refused", code: "old-group-info" });
  // A fork: carol applied her own commit, the server shows alice's.
  const shown = await a.update();
  await c.update();
  const forked = await tryEnter(c.device, shown.groupInfo, { ...at, known: c.known() });
  assert.deepEqual(forked, { kind: "refused", code: "forked" });
});

Deno.test("SR-26: a GroupInfo signed by a stranger is refused", async () => {
  const { a, b, c, directory } = await room();
  const known = c.known();
  const at = { groupId: a.state.groupId, directory, policy: ANYONE };
  await freshInfo(a, [b, c]);
  const dave = await directory.device(await person("dave", 3), NOW_MS);
  const d = await welcome(a, dave, [b, c]);
  // Signed by dave, whom carol's records do not know; then by alice.
  const byDave = await freshInfo(d, [a, b, c]);
  const refused = await tryEnter(c.device, byDave, { ...at, known });
  assert.deepEqual(refused, { kind: "refused", code: "unknown-signer" });
  const byAlice = await freshInfo(a, [b, c, d]);
  const accepted = await tryEnter(c.device, byAlice, { ...at, known });
  assert.equal(accepted.kind, "pending");
  assert.deepEqual(accepted.appeared.map((member) => member.accountId), ["dave"]);
  assert.deepEqual(accepted.vanished, []);
});

Deno.test("SR-26: a return shows who went and who came meanwhile", async () => {
  const { a, b, c, directory } = await room();
  const known = c.known();
  const removed = await a.remove(b);
  await c.apply(removed.commit);
  const at = { groupId: a.state.groupId, directory, policy: ANYONE, known };
  const pending = await tryEnter(c.device, removed.groupInfo, at);
  assert.equal(pending.kind, "pending");
  assert.deepEqual(pending.vanished.map((member) => member.accountId), ["bob"]);
  assert.deepEqual(pending.appeared, []);
});

Deno.test("GroupInfo with one wrong byte is refused wherever the byte is, as is one of another group", async () => {
  const { a, b, c, directory } = await room();
  const info = await freshInfo(a, [b, c]);
  const dave = await directory.device(await person("dave", 3), NOW_MS);
  const at = { groupId: a.state.groupId, directory, policy: ANYONE };
  for (let at_ = 0; at_ < info.length; at_ += 41) {
    const damaged = info.slice();
    damaged[at_] ^= 0x10;
    assert.notEqual((await tryEnter(dave, damaged, at)).kind, "pending", `byte ${at_}`);
  }
  const elsewhere = await found(a.device, directory, ANYONE);
  const other = { ...at, groupId: elsewhere.state.groupId };
  assert.deepEqual(await tryEnter(dave, info, other), { kind: "refused", code: "wrong-group" });
});

Deno.test("SR-29: messages of four epochs back open, older ones do not", async () => {
  const { a, b } = await direct();
  const late: Bytes[] = [];
  for (let i = 0; i < 5; i++) {
    late.push((await b.seal(`epoch ${i}`)).message);
    await b.apply((await a.update()).commit);
  }
  assert.equal((await a.open(late[0])).kind, "past-epoch");
  for (let i = 1; i < 5; i++) assert.equal(await a.read(late[i]), `epoch ${i}`);
});

Deno.test("SR-29: epochs can be forgotten earlier, and their messages open no more", async () => {
  const { a, b } = await direct();
  const old = (await b.seal("old")).message;
  await b.apply((await a.update()).commit);
  const newer = (await b.seal("newer")).message;
  await b.apply((await a.update()).commit);
  a.state = forgetEpochsBelow(a.state, a.state.epoch - 1);
  assert.equal((await a.open(old)).kind, "past-epoch");
  assert.equal(await a.read(newer), "newer");
});

Deno.test("message of another group, own message and wrong kinds of message are refused", async () => {
  const { a, b, directory, bob } = await direct();
  const { a: stranger } = await direct();
  await refuses(b, (await stranger.seal("x")).message, "wrong-group");
  const own = await a.seal("mine");
  await refuses(a, own.message, "own-message");
  await refuses(a, (await a.update()).commit.slice(0, 40), "malformed");
  const phone = await directory.device(bob, NOW_MS);
  const keyPackage = await generateKeyPackage(phone.own, { suite: FAST, nowMs: NOW_MS });
  await refuses(a, keyPackage.publicBytes, "unexpected-type");
});
