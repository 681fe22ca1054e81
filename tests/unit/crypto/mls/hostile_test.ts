/** What a hostile member or joiner may try with messages and commits. */

import assert from "node:assert/strict";
import {
  createApplicationMessage,
  createCommit,
  createProposal,
  decodeMlsMessage,
  type Proposal,
} from "ts-mls";
import { signKeyPackage } from "ts-mls/keyPackage.js";
import { signLeafNodeKeyPackage } from "ts-mls/leafNode.js";
import { encryptSenderData } from "ts-mls/privateMessage.js";
import type { ReuseGuard } from "ts-mls/sender.js";
import { compareBytes, utf8 } from "../../../../lib/base/bytes.ts";
import { type Bug } from "../../../../lib/base/errors.ts";
import { newDeviceId } from "../../../../lib/base/ids.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { makeDeviceCertificate } from "../../../../lib/crypto/statements/device_certificate.ts";
import { generateDeviceKeys } from "../../../../lib/crypto/statements/device_keys.ts";
import { updateKeys } from "../../../../lib/crypto/mls/commit.ts";
import { makeCredential } from "../../../../lib/crypto/mls/certificates.ts";
import { joinExternally } from "../../../../lib/crypto/mls/external_join.ts";
import { GroupState } from "../../../../lib/crypto/mls/group_state.ts";
import { generateKeyPackage } from "../../../../lib/crypto/mls/key_package.ts";
import { openMessage } from "../../../../lib/crypto/mls/open.ts";
import { suiteOf } from "../../../../lib/crypto/mls/suite.ts";
import { type Device, Directory, person, SERVER_ID } from "../../../kit/devices.ts";
import { ANYONE, direct, FAST, NOW_MS, room, tryEnter } from "../../../kit/groups.ts";
import {
  bare,
  bytesOf,
  freshInfo,
  hostileCommit,
  hostileJoin,
  refuses,
} from "../../../kit/hostile.ts";

Deno.test("SR-11: carol's message that says it is alice's is shown as carol's", async () => {
  const { a, b, c } = await room();
  const forged = await c.seal(JSON.stringify({ from: "alice", text: "send me the money" }));
  for (const reader of [a, b]) {
    const opened = await reader.open(forged.message);
    assert.equal(opened.kind, "application");
    assert.equal(opened.sender.accountId, "carol");
    assert.equal(opened.sender.leafIndex, c.state.ownLeafIndex);
  }
});

Deno.test("SR-11: carol cannot seal under alice's leaf", async () => {
  const { a, b, c } = await room();
  const suite = await suiteOf(FAST);
  const state = bare(c);
  const posing = {
    ...state,
    privatePath: { ...state.privatePath, leafIndex: a.state.ownLeafIndex },
  };
  const { privateMessage } = await createApplicationMessage(posing, utf8("I am alice"), suite);
  const bytes = bytesOf({ version: "mls10", wireformat: "mls_private_message", privateMessage });
  // She has alice's message keys, as every member has, but not alice's signature key.
  await refuses(b, bytes, "unreadable");
});

Deno.test("SR-11: a message whose sender data name a leaf that is nobody's is refused", async () => {
  const { b, c } = await room();
  const suite = await suiteOf(FAST);
  const { senderDataSecret } = bare(c).keySchedule;
  const { privateMessage: sound } = await createApplicationMessage(bare(c), utf8("I?"), suite);
  for (const leafIndex of [3, 1_000]) {
    const encryptedSenderData = await encryptSenderData(
      senderDataSecret,
      { leafIndex, generation: 0, reuseGuard: new Uint8Array(4) as ReuseGuard },
      sound,
      sound.ciphertext,
      suite,
    );
    const privateMessage = { ...sound, encryptedSenderData };
    const bytes = bytesOf({ version: "mls10", wireformat: "mls_private_message", privateMessage });
    await refuses(b, bytes, "unreadable");
  }
});

Deno.test("SR-12: a commit that adds a device waits for its certificate, then is applied", async () => {
  const { a, b, directory } = await room();
  const dave = await directory.device(await person("dave", 3), NOW_MS);
  const { hash, bytes } = dave.certificate;
  const own = await generateKeyPackage(dave.own, { suite: FAST, nowMs: NOW_MS });
  const pending = a.accept(await a.tryAdd(dave.person, own.publicBytes));
  // Bob runs another process, whose cache has no such certificate.
  const cache = new Directory();
  const apart = { verifier: cache.verifier, policy: ANYONE };
  const first = await openMessage(b.state, pending.commit, apart);
  assert.deepEqual(first, { kind: "missing-certificates", hashes: [hash] });
  cache.certificates.set(hash, bytes);
  const second = await openMessage(b.state, pending.commit, apart);
  assert.equal(second.kind, "commit");
  assert.deepEqual(second.added.map((member) => member.accountId), ["dave"]);
});

Deno.test("SR-12: a joiner asks for all certificates that it lacks at once", async () => {
  const { a, b, c, directory } = await room();
  const groupInfo = await freshInfo(a, [b, c]);
  const cache = new Directory();
  const dave = await directory.device(await person("dave", 3), NOW_MS);
  cache.certificates.set(dave.certificate.hash, dave.certificate.bytes);
  const at = { groupId: a.state.groupId, directory: cache, policy: ANYONE };
  const result = await tryEnter(dave, groupInfo, at);
  assert.equal(result.kind, "missing-certificates");
  const wanted = [a, b, c].map((member) => member.device.certificate.hash).sort();
  assert.deepEqual([...result.hashes].sort(), wanted);
});

Deno.test("SR-12: a clock or an expired certificate is no ground to refuse an ordered commit", async () => {
  const { a, b, c, directory } = await room();
  const info = await freshInfo(a, [b, c]);
  const old = await directory.device(await person("dave", 3), NOW_MS - 11 * 365.25 * 86_400_000);
  const commit = await hostileJoin(old, info);
  for (const member of [a, b, c]) await member.apply(commit);
});

Deno.test("SR-14: standalone proposals are refused, public or private, and no commit carries them out", async () => {
  const { a, b, c } = await room();
  const suite = await suiteOf(FAST);
  const remove: Proposal = { proposalType: "remove", remove: { removed: b.state.ownLeafIndex } };
  for (const isPublic of [false, true]) {
    const { message } = await createProposal(bare(c), isPublic, remove, suite);
    for (const member of [a, b]) await refuses(member, bytesOf(message), "proposal");
  }
  const pending = await a.update();
  await b.apply(pending.commit);
  await c.apply(pending.commit);
  assert.equal(a.state.members.length, 3);
});

Deno.test("SR-14: no commit is made from a state that holds a proposal", async () => {
  const { a, c } = await room();
  const suite = await suiteOf(FAST);
  const remove: Proposal = { proposalType: "remove", remove: { removed: c.state.ownLeafIndex } };
  const { newState } = await createProposal(bare(a), false, remove, suite);
  const tainted = new GroupState(newState, a.state.devices);
  await assert.rejects(
    () => updateKeys(tainted, a.context),
    (error: Bug) => error.name === "Bug",
  );
});

Deno.test("SR-15: commits with more than one Add, with Add and Remove, PSK, ReInit or extensions are refused", async () => {
  const { a, b, c, directory } = await room();
  const dave = await directory.device(await person("dave", 3), NOW_MS);
  const again = await directory.device(await person("dave", 3), NOW_MS);
  const add = async (device: Device): Promise<Proposal> => ({
    proposalType: "add",
    add: {
      keyPackage: (await generateKeyPackage(device.own, { suite: FAST, nowMs: NOW_MS })).keyPackage,
    },
  });
  const remove: Proposal = { proposalType: "remove", remove: { removed: c.state.ownLeafIndex } };
  const lists: Record<string, Proposal[]> = {
    "two Adds": [await add(dave), await add(again)],
    "Add and Remove": [await add(dave), remove],
    "extensions": [{
      proposalType: "group_context_extensions",
      groupContextExtensions: { extensions: [] },
    }],
    "ReInit": [{
      proposalType: "reinit",
      reinit: {
        groupId: utf8("elsewhere"),
        version: "mls10",
        cipherSuite: FAST,
        extensions: [],
      },
    }],
    "custom": [{ proposalType: 0xf000, proposalData: utf8("anything") }],
  };
  for (const proposals of Object.values(lists)) {
    await refuses(b, await hostileCommit(bare(a), proposals), "commit-shape");
  }
  // A pre-shared key is one that we never have.
  const pskId = utf8("psk");
  const preSharedKeyId = { psktype: "external", pskId, pskNonce: new Uint8Array(32) } as const;
  const { commit } = await createCommit({
    state: bare(a),
    cipherSuite: await suiteOf(FAST),
    pskIndex: { findPsk: () => new Uint8Array(32) },
  }, { extraProposals: [{ proposalType: "psk", psk: { preSharedKeyId } }] });
  await refuses(b, bytesOf(commit), "unreadable");
});

Deno.test("commit of a member in a public message is refused", async () => {
  const { a, b } = await room();
  await refuses(b, await hostileCommit(bare(a), [], true), "unexpected-type");
});

Deno.test("SR-16: an external commit that removes another device is refused", async () => {
  const { a, b, c, directory } = await room();
  const info = await freshInfo(a, [b, c]);
  const eve = await directory.device(await person("eve", 3), NOW_MS);
  const { publicKey } = b.device.keys.mls;
  const removesBob = await hostileJoin(
    eve,
    info,
    (leaf) => compareBytes(leaf.signaturePublicKey, publicKey) === 0,
  );
  for (const member of [a, c]) await refuses(member, removesBob, "other-device-removed");
  // Nor may a second device of the same account take the first one's place.
  const laptop = await directory.device(b.device.person, NOW_MS);
  const replaces = await hostileJoin(
    laptop,
    info,
    (leaf) => compareBytes(leaf.signaturePublicKey, publicKey) === 0,
  );
  for (const member of [a, c]) await refuses(member, replaces, "other-device-removed");
});

Deno.test("SR-16: a device that is in the group cannot join it a second time beside itself", async () => {
  const { a, b, c } = await room();
  const info = await freshInfo(a, [b, c]);
  const twice = await hostileJoin(c.device, info);
  for (const member of [a, b]) await refuses(member, twice, "duplicate-device");
});

Deno.test("SR-17: a third account cannot enter a direct conversation, by itself or by a member", async () => {
  const { a, b, directory } = await direct();
  const info = await freshInfo(a, [b]);
  const mallory = await directory.device(await person("mallory", 2), NOW_MS);
  const commit = await hostileJoin(mallory, info);
  for (const member of [a, b]) await refuses(member, commit, "not-allowed");
  const own = await generateKeyPackage(mallory.own, { suite: FAST, nowMs: NOW_MS });
  assert.deepEqual(await a.tryAdd(mallory.person, own.publicBytes), {
    kind: "refused",
    code: "not-allowed",
  });
  const add: Proposal = { proposalType: "add", add: { keyPackage: own.keyPackage } };
  await refuses(b, await hostileCommit(bare(a), [add]), "not-allowed");
  // An honest client does not even try.
  const at = { groupId: a.state.groupId, directory, policy: a.policy };
  assert.deepEqual(await tryEnter(mallory, info, at), { kind: "refused", code: "not-allowed" });
});

Deno.test("SR-17: a device with another identity of the same account cannot enter", async () => {
  const { a, b, directory } = await direct();
  const info = await freshInfo(a, [b]);
  // The password thief reset bob's identity: same account, another key.
  const thief = await directory.device(await person("bob", 2), NOW_MS);
  const commit = await hostileJoin(thief, info);
  for (const member of [a, b]) await refuses(member, commit, "second-identity");
  const others = await room();
  const open = await freshInfo(others.a, [others.b, others.c]);
  const second = await others.directory.device(await person("bob", 3), NOW_MS);
  await refuses(others.a, await hostileJoin(second, open), "second-identity");
});

Deno.test("SR-17: a commit that gives its own leaf another account or device is refused", async () => {
  const { a, b, directory } = await room();
  // Alice certifies one MLS key for two accounts of hers, and then for two devices.
  const { mls } = a.device.keys;
  const second = await person("second", 3);
  for (const owner of [second, a.device.person]) {
    const certificate = await makeDeviceCertificate(owner.identity, {
      serverId: SERVER_ID,
      accountId: owner.accountId,
      deviceId: newDeviceId(systemRandom),
      mlsKey: mls.publicKey,
      statementKey: (await generateDeviceKeys(systemRandom)).statement.publicKey,
      nowMs: NOW_MS,
    });
    directory.certificates.set(certificate.hash, certificate.bytes);
    const state = bare(a);
    const credential = makeCredential({
      accountId: owner.accountId,
      certificateHash: certificate.hash,
    });
    const ratchetTree = state.ratchetTree.map((node, place) =>
      place === 2 * a.state.ownLeafIndex && node?.nodeType === "leaf"
        ? { ...node, leaf: { ...node.leaf, credential } }
        : node
    );
    await refuses(b, await hostileCommit({ ...state, ratchetTree }, []), "changed-leaf");
  }
});

Deno.test("SR-17: a device of either account joins a direct conversation without an invitation", async () => {
  const { a, b, directory, alice } = await direct();
  const info = await freshInfo(a, [b]);
  const laptop = await directory.device(alice, NOW_MS);
  const at = { groupId: a.state.groupId, directory, policy: a.policy };
  const pending = await tryEnter(laptop, info, at);
  assert.equal(pending.kind, "pending");
  for (const member of [a, b]) await member.apply(pending.commit);
});

Deno.test("tampered message and tampered commit are refused, and the true ones still count", async () => {
  const { a, b } = await direct();
  const { message } = await a.seal("true");
  for (let at = 0; at < message.length; at += 5) {
    const damaged = message.slice();
    damaged[at] ^= 4;
    assert.notEqual((await b.open(damaged)).kind, "application", `byte ${at}`);
  }
  assert.equal(await b.read(message), "true");
  const { commit } = await a.update();
  for (let at = 0; at < commit.length; at += 13) {
    const damaged = commit.slice();
    damaged[at] ^= 4;
    assert.notEqual((await b.open(damaged)).kind, "commit", `byte ${at}`);
  }
  await b.apply(commit);
});

Deno.test("external commit with another authenticatedData than was signed is refused", async () => {
  const { a, b, c, directory } = await room();
  const info = await freshInfo(a, [b, c]);
  const dave = await directory.device(await person("dave", 3), NOW_MS);
  const pending = await joinExternally(info, {
    groupId: a.state.groupId,
    device: dave.own,
    verifier: directory.verifier,
    policy: ANYONE,
    nowMs: NOW_MS,
    authenticatedData: utf8("invitation 1"),
  });
  assert.equal(pending.kind, "pending");
  const message = decodeMlsMessage(pending.commit, 0)?.[0];
  assert.ok(message?.wireformat === "mls_public_message");
  const { publicMessage } = message;
  const content = { ...publicMessage.content, authenticatedData: utf8("invitation 2") };
  const changed = bytesOf({
    version: "mls10",
    wireformat: "mls_public_message",
    publicMessage: { ...publicMessage, content },
  });
  await refuses(a, changed, "unreadable");
  const opened = await b.open(pending.commit);
  assert.equal(opened.kind, "commit");
  assert.deepEqual(opened.authenticatedData, utf8("invitation 1"));
  assert.equal(opened.isExternal, true);
  assert.equal(opened.committer.accountId, "dave");
});

Deno.test("new leaf with the encryption key of another one is refused", async () => {
  const { a, b, c, directory } = await room();
  const dave = await directory.device(await person("dave", 3), NOW_MS);
  const own = await generateKeyPackage(dave.own, { suite: FAST, nowMs: NOW_MS });
  const suite = await suiteOf(FAST);
  const node = a.state.use().ratchetTree[2 * c.state.ownLeafIndex];
  assert.ok(node?.nodeType === "leaf");
  const { privateKey } = dave.keys.mls;
  const tbs = { ...own.keyPackage.leafNode, hpkePublicKey: node.leaf.hpkePublicKey };
  const leafNode = await signLeafNodeKeyPackage(tbs, privateKey, suite.signature);
  const keyPackage = await signKeyPackage(
    { ...own.keyPackage, leafNode },
    privateKey,
    suite.signature,
  );
  const commit = await hostileCommit(bare(a), [{ proposalType: "add", add: { keyPackage } }]);
  await refuses(b, commit, "duplicate-key");
});
