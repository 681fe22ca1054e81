/** Leaves that claim to be somebody: what every member, and every joiner, refuses alike (SR-12). */

import assert from "node:assert/strict";
import {
  createCommit,
  createGroupInfoWithExternalPubAndRatchetTree,
  type Credential,
  generateKeyPackageWithKey,
  type Proposal,
} from "ts-mls";
import { newConversationId, newDeviceId } from "../../../../lib/base/ids.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { makeDeviceCertificate } from "../../../../lib/crypto/statements/device_certificate.ts";
import { removeMembers } from "../../../../lib/crypto/mls/commit.ts";
import { createGroup } from "../../../../lib/crypto/mls/create.ts";
import { makeCredential } from "../../../../lib/crypto/mls/certificates.ts";
import { joinByWelcome } from "../../../../lib/crypto/mls/join.ts";
import { generateKeyPackage } from "../../../../lib/crypto/mls/key_package.ts";
import { encodeMessage } from "../../../../lib/crypto/mls/messages.ts";
import { suiteOf, SUITES } from "../../../../lib/crypto/mls/suite.ts";
import { type Device, Directory, OTHER_SERVER_ID, person } from "../../../kit/devices.ts";
import { ANYONE, direct, enter, FAST, NOW_MS, room, tryEnter } from "../../../kit/groups.ts";
import { bare, hostileCommit, hostileJoin, refuses } from "../../../kit/hostile.ts";

async function addOf(credential: Credential, key: Device): Promise<Proposal> {
  const { mls } = key.keys;
  const seconds = BigInt(Math.floor(NOW_MS / 1000));
  const { publicPackage } = await generateKeyPackageWithKey(
    credential,
    {
      versions: ["mls10"],
      ciphersuites: [...SUITES],
      extensions: [],
      proposals: [],
      credentials: ["basic", "x509"],
    },
    { notBefore: seconds - 60n, notAfter: seconds + 3600n },
    [],
    { signKey: mls.privateKey, publicKey: mls.publicKey },
    await suiteOf(FAST),
  );
  return { proposalType: "add", add: { keyPackage: publicPackage } };
}

Deno.test("SR-12: a leaf with a certificate that does not belong to its key is refused by all", async () => {
  const { a, b, c, directory, bob } = await room();
  const mallory = await directory.device(await person("mallory", 3), NOW_MS);
  const bobsPhone = await directory.device(bob, NOW_MS);
  const stolen: Credential[] = [
    // Bob's certificate with mallory's key, and mallory's certificate under bob's name.
    makeCredential(bobsPhone.own),
    makeCredential({ ...mallory.own, accountId: bob.accountId }),
    { credentialType: "basic", identity: new Uint8Array([1, 2, 3]) },
  ];
  for (const credential of stolen) {
    const commit = await hostileCommit(bare(a), [await addOf(credential, mallory)]);
    for (const member of [b, c]) await refuses(member, commit, "bad-credential");
  }
});

Deno.test("SR-12: a leaf whose certificate is of another server or signed by nobody is refused by all", async () => {
  const { a, b, directory, bob } = await room();
  const device = await directory.device(bob, NOW_MS);
  const mallory = await person("mallory", 3);
  const facts = {
    accountId: bob.accountId,
    deviceId: newDeviceId(systemRandom),
    mlsKey: device.keys.mls.publicKey,
    statementKey: device.keys.statement.publicKey,
    nowMs: NOW_MS,
  };
  const elsewhere = await makeDeviceCertificate(bob.identity, {
    ...facts,
    serverId: OTHER_SERVER_ID,
  });
  const forged = await makeDeviceCertificate(
    { key: bob.identity.key, sign: mallory.identity.sign },
    { ...facts, serverId: directory.verifier.serverId },
  );
  for (const { bytes, hash } of [elsewhere, forged]) {
    directory.certificates.set(hash, bytes);
    const credential = makeCredential({ accountId: bob.accountId, certificateHash: hash });
    const commit = await hostileCommit(bare(a), [await addOf(credential, device)]);
    await refuses(b, commit, "bad-credential");
  }
});

Deno.test("SR-12: an external joiner with another's certificate is refused by all", async () => {
  const { a, b, c, directory, bob } = await room();
  const pending = await a.update();
  await b.apply(pending.commit);
  await c.apply(pending.commit);
  const mallory = await directory.device(await person("mallory", 3), NOW_MS);
  const bobsPhone = await directory.device(bob, NOW_MS);
  const posing: Device = {
    ...mallory,
    own: { ...bobsPhone.own, mlsKeys: mallory.keys.mls },
  };
  const commit = await hostileJoin(posing, pending.groupInfo);
  for (const member of [a, b, c]) await refuses(member, commit, "bad-credential");
});

Deno.test("SR-12: a joiner refuses a group in which somebody poses", async () => {
  const { a, directory, bob } = await direct();
  const mallory = await directory.device(await person("mallory", 3), NOW_MS);
  const phone = await directory.device(bob, NOW_MS);
  const cipherSuite = await suiteOf(FAST);
  const posed = await createCommit({ state: bare(a), cipherSuite }, {
    extraProposals: [await addOf(makeCredential(phone.own), mallory)],
  });
  const dave = await directory.device(await person("dave", 2), NOW_MS);
  const own = await generateKeyPackage(dave.own, { suite: FAST, nowMs: NOW_MS });
  const { newState, welcome } = await createCommit({ state: posed.newState, cipherSuite }, {
    extraProposals: [{ proposalType: "add", add: { keyPackage: own.keyPackage } }],
    ratchetTreeExtension: true,
  });
  assert.ok(welcome);
  const joined = await joinByWelcome(encodeMessage({ wireformat: "mls_welcome", welcome }), {
    device: dave.own,
    keyPackage: own,
    verifier: directory.verifier,
    choosePolicy: () => ANYONE,
  });
  assert.deepEqual(joined, { kind: "refused", code: "bad-credential" });
  const info = await createGroupInfoWithExternalPubAndRatchetTree(newState, [], cipherSuite);
  const entered = await tryEnter(
    await directory.device(dave.person, NOW_MS),
    encodeMessage({ wireformat: "mls_group_info", groupInfo: info }),
    { groupId: a.state.groupId, directory, policy: ANYONE },
  );
  assert.deepEqual(entered, { kind: "refused", code: "bad-credential" });
});

Deno.test("SR-17: the other side's name under another identity does not come in, when none of its leaves is left either", async () => {
  const { a, b, directory, bob } = await direct();
  const mallory = await person("mallory", 3);
  const poser = await directory.device({ ...mallory, accountId: bob.accountId }, NOW_MS);
  const gone = await a.remove(b);
  await refuses(a, await hostileJoin(poser, gone.groupInfo), "not-allowed");
  // Bob himself may come back.
  await enter(b.device, gone.groupInfo, [a]);
});

Deno.test("leaf with an X.509 credential is refused", async () => {
  const { a, b, directory } = await room();
  const mallory = await directory.device(await person("mallory", 3), NOW_MS);
  const credential: Credential = { credentialType: "x509", certificates: [new Uint8Array(8)] };
  const cipherSuite = await suiteOf(FAST);
  const extraProposals = [await addOf(credential, mallory)];
  // Leaves of v1 say that they take basic credentials only, so not even a lax committer gets this far.
  await assert.rejects(() => createCommit({ state: bare(a), cipherSuite }, { extraProposals }));
  assert.equal(b.state.members.length, 3);
});

Deno.test("group is not created without own certificate or against its own policy", async () => {
  const directory = new Directory();
  const alice = await directory.device(await person("alice", 0), NOW_MS);
  const group = {
    groupId: newConversationId(systemRandom),
    device: alice.own,
    verifier: directory.verifier,
    policy: ANYONE,
    nowMs: NOW_MS,
    suite: FAST,
  };
  await assert.rejects(() => createGroup({ ...group, policy: { allows: () => false } }), {
    code: "not-allowed",
  });
  const empty = new Directory();
  await assert.rejects(() => createGroup({ ...group, verifier: empty.verifier }), {
    code: "own-certificate",
  });
});

Deno.test("member is removed only by a leaf that exists, is named once, and is not the remover's", async () => {
  const { a } = await room();
  const refused = { kind: "refused", code: "not-member" };
  for (const leaves of [[], [a.state.ownLeafIndex], [7], [1, 1], [1, 7]]) {
    assert.deepEqual(await removeMembers(a.state, leaves, a.context), refused, leaves.join());
  }
  assert.equal((await removeMembers(a.state, [1, 2], a.context)).kind, "pending");
});

Deno.test("message of one kind is refused where another is due", async () => {
  const { a, b, directory, bob } = await direct();
  const pending = await a.update();
  await b.apply(pending.commit);
  const phone = await directory.device(bob, NOW_MS);
  const own = await generateKeyPackage(phone.own, { suite: FAST, nowMs: NOW_MS });
  const unexpected = { kind: "refused", code: "unexpected-type" };
  const context = {
    device: phone.own,
    keyPackage: own,
    verifier: directory.verifier,
    choosePolicy: () => ANYONE,
  };
  assert.deepEqual(await joinByWelcome(pending.groupInfo, context), unexpected);
  const at = { groupId: a.state.groupId, directory, policy: ANYONE };
  assert.deepEqual(await tryEnter(phone, pending.commit, at), unexpected);
  assert.deepEqual(await a.tryAdd(bob, pending.groupInfo), unexpected);
  assert.deepEqual(await a.open(pending.groupInfo), unexpected);
});
