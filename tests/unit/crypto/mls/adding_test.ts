/** SR-13: what is asked of a KeyPackage before its device is added; SR-18 and SR-30: Welcomes and one-time packages. */

import assert from "node:assert/strict";
import { defaultLifetime, encodeMlsMessage, generateKeyPackageWithKey } from "ts-mls";
import type { Bytes } from "../../../../lib/base/bytes.ts";
import { asBytes } from "../../../../lib/base/bytes.ts";
import { makeCredential } from "../../../../lib/crypto/mls/certificates.ts";
import { joinByWelcome } from "../../../../lib/crypto/mls/join.ts";
import {
  checkKeyPackage,
  decodeOwnKeyPackage,
  encodeOwnKeyPackage,
  generateKeyPackage,
  welcomeRefs,
  wipeOwnKeyPackage,
} from "../../../../lib/crypto/mls/key_package.ts";
import { suiteOf, SUITES } from "../../../../lib/crypto/mls/suite.ts";
import { type Device, Directory, type Person, person } from "../../../kit/devices.ts";
import { ANYONE, direct, FAST, found, NOW_MS, room, welcome } from "../../../kit/groups.ts";

const DAY_MS = 86_400_000;

async function start() {
  const directory = new Directory();
  const alice = await person("alice", 0);
  const bob = await person("bob", 1);
  const a = await found(await directory.device(alice, NOW_MS), directory, ANYONE);
  return { directory, a, alice, bob, phone: await directory.device(bob, NOW_MS) };
}

function checks(directory: Directory, owner: Person) {
  return {
    verifier: directory.verifier,
    accountId: owner.accountId,
    pinned: owner.identity.key.fingerprint,
    nowMs: NOW_MS,
    isRevoked: () => false,
  };
}

/** A KeyPackage with anything in it, signed by the device as a hostile client would. */
async function forgedPackage(
  device: Device,
  change: { lifetime?: { notBefore: bigint; notAfter: bigint }; account?: Person; key?: Device },
): Promise<Bytes> {
  const suite = await suiteOf(FAST);
  const seconds = BigInt(Math.floor(NOW_MS / 1000));
  const { mls } = (change.key ?? device).keys;
  const { publicPackage } = await generateKeyPackageWithKey(
    makeCredential({
      accountId: (change.account ?? device.person).accountId,
      certificateHash: device.certificate.hash,
    }),
    {
      versions: ["mls10"],
      ciphersuites: [...SUITES],
      extensions: [],
      proposals: [],
      credentials: ["basic"],
    },
    change.lifetime ?? { notBefore: seconds - 60n, notAfter: seconds + 60n },
    [],
    { signKey: mls.privateKey, publicKey: mls.publicKey },
    suite,
  );
  return asBytes(
    encodeMlsMessage({
      version: "mls10",
      wireformat: "mls_key_package",
      keyPackage: publicPackage,
    }),
  );
}

Deno.test("SR-13: a KeyPackage that matches pin, suite, lifetime and no revocation is added", async () => {
  const { a, phone } = await start();
  const b = await welcome(a, phone);
  assert.deepEqual(b.state.members, a.state.members);
});

Deno.test("SR-13: a KeyPackage of another account, identity or suite, or of a revoked device, is refused", async () => {
  const { a, directory, alice, bob, phone } = await start();
  const own = await generateKeyPackage(phone.own, { suite: FAST, nowMs: NOW_MS });
  const add = checks(directory, bob);
  const check = (changed: Partial<typeof add>, suite = FAST) =>
    checkKeyPackage(own.publicBytes, suite, { ...add, ...changed });
  assert.equal((await check({})).kind, "checked");
  const code = async (changed: Partial<typeof add>, suite = FAST) => {
    const result = await check(changed, suite);
    return result.kind === "refused" ? result.code : result.kind;
  };
  assert.equal(await code({ accountId: alice.accountId }), "wrong-account");
  assert.equal(await code({ pinned: alice.identity.key.fingerprint }), "wrong-pin");
  assert.equal(await code({ isRevoked: () => true }), "revoked");
  assert.equal(await code({}, SUITES[0]), "wrong-suite");
  // And so it is where somebody is really added.
  const other = await person("bob", 2);
  assert.deepEqual(await a.tryAdd(other, own.publicBytes), { kind: "refused", code: "wrong-pin" });
});

Deno.test("SR-13: a KeyPackage that has expired, has not begun, or runs longer than 28 days is refused", async () => {
  const { directory, bob, phone } = await start();
  const seconds = BigInt(Math.floor(NOW_MS / 1000));
  const hour = 3600n;
  const day = 24n * hour;
  const code = async (lifetime: { notBefore: bigint; notAfter: bigint }) => {
    const bytes = await forgedPackage(phone, { lifetime });
    const result = await checkKeyPackage(bytes, FAST, checks(directory, bob));
    return result.kind === "refused" ? result.code : result.kind;
  };
  assert.equal(await code({ notBefore: seconds - hour, notAfter: seconds + 28n * day }), "checked");
  assert.equal(
    await code({ notBefore: seconds - hour, notAfter: seconds + 28n * day + 1n }),
    "lifetime",
  );
  assert.equal(await code(defaultLifetime), "lifetime");
  assert.equal(await code({ notBefore: seconds - 2n * hour, notAfter: seconds - hour }), "expired");
  assert.equal(await code({ notBefore: seconds + hour, notAfter: seconds + 2n * hour }), "expired");
  // Backwards in time is no way around the limit.
  assert.equal(await code({ notBefore: seconds + hour, notAfter: seconds - hour }), "expired");
});

Deno.test("SR-09: a device whose certificate is not valid now is not added", async () => {
  const { a, directory, bob } = await start();
  const old = await directory.device(bob, NOW_MS - 11 * 365.25 * DAY_MS);
  const own = await generateKeyPackage(old.own, { suite: FAST, nowMs: NOW_MS });
  assert.deepEqual(await a.tryAdd(bob, own.publicBytes), { kind: "refused", code: "expired" });
});

Deno.test("SR-12: a KeyPackage whose certificate is not there yet asks for it by hash", async () => {
  const { a, directory, bob, phone } = await start();
  const { hash, bytes } = phone.certificate;
  const own = await generateKeyPackage(phone.own, { suite: FAST, nowMs: NOW_MS });
  directory.certificates.delete(hash);
  const missing = { kind: "missing-certificates", hashes: [hash] };
  assert.deepEqual(await a.tryAdd(bob, own.publicBytes), missing);
  // The server answers with another certificate: still missing.
  directory.certificates.set(hash, a.device.certificate.bytes);
  assert.deepEqual(await a.tryAdd(bob, own.publicBytes), missing);
  directory.certificates.set(hash, bytes);
  assert.equal((await a.tryAdd(bob, own.publicBytes)).kind, "pending");
});

Deno.test("SR-03: a credential with another MLS key or another account than its certificate is refused", async () => {
  const { a, directory, bob, alice, phone } = await start();
  const thief = await directory.device(alice, NOW_MS);
  const otherKey = await forgedPackage(phone, { key: thief });
  const refused = { kind: "refused", code: "bad-credential" };
  assert.deepEqual(await a.tryAdd(bob, otherKey), refused);
  const otherAccount = await forgedPackage(thief, { account: bob });
  assert.deepEqual(await a.tryAdd(bob, otherAccount), refused);
});

Deno.test("device that is a member already is not added a second time", async () => {
  const { a, bob, phone } = await start();
  await welcome(a, phone);
  const own = await generateKeyPackage(phone.own, { suite: FAST, nowMs: NOW_MS });
  assert.deepEqual(await a.tryAdd(bob, own.publicBytes), {
    kind: "refused",
    code: "already-member",
  });
});

Deno.test("KeyPackage with one wrong byte is refused wherever the byte is", async () => {
  const { a, bob, phone } = await start();
  const own = await generateKeyPackage(phone.own, { suite: FAST, nowMs: NOW_MS });
  for (let at = 0; at < own.publicBytes.length; at += 7) {
    const damaged = own.publicBytes.slice();
    damaged[at] ^= 1;
    assert.notEqual((await a.tryAdd(bob, damaged)).kind, "pending", `byte ${at}`);
  }
});

Deno.test("SR-30: a last-resort package says so under its signature, and survives storing", async () => {
  const { directory, bob, phone } = await start();
  for (const isLastResort of [false, true]) {
    const own = await generateKeyPackage(phone.own, { suite: FAST, nowMs: NOW_MS, isLastResort });
    assert.equal(own.isLastResort, isLastResort);
    const checked = await checkKeyPackage(own.publicBytes, FAST, checks(directory, bob));
    assert.equal(checked.kind === "checked" && checked.isLastResort, isLastResort);
    const read = await decodeOwnKeyPackage(encodeOwnKeyPackage(own));
    assert.deepEqual(read, { ok: true, keyPackage: own });
  }
});

Deno.test("SR-30: a Welcome names its package, and once the private keys are wiped it opens no more", async () => {
  const { a, directory, bob, phone } = await start();
  const own = await generateKeyPackage(phone.own, { suite: FAST, nowMs: NOW_MS });
  const other = await generateKeyPackage(phone.own, { suite: FAST, nowMs: NOW_MS });
  const pending = a.accept(await a.tryAdd(bob, own.publicBytes));
  const bytes = pending.welcome ?? new Uint8Array(0);
  assert.deepEqual(welcomeRefs(bytes), [own.ref]);
  const context = {
    device: phone.own,
    keyPackage: own,
    verifier: directory.verifier,
    choosePolicy: () => ANYONE,
  };
  assert.deepEqual(await joinByWelcome(bytes, { ...context, keyPackage: other }), {
    kind: "refused",
    code: "wrong-key-package",
  });
  assert.equal((await joinByWelcome(bytes, context)).kind, "joined");
  wipeOwnKeyPackage(own);
  assert.deepEqual(await joinByWelcome(bytes, context), { kind: "refused", code: "unreadable" });
});

Deno.test("SR-18: a Welcome shows group, adder and members before it counts, and can be declined", async () => {
  const { a, directory, bob, phone } = await start();
  const own = await generateKeyPackage(phone.own, { suite: FAST, nowMs: NOW_MS });
  const pending = a.accept(await a.tryAdd(bob, own.publicBytes));
  const seen: unknown[] = [];
  const declined = await joinByWelcome(pending.welcome ?? new Uint8Array(0), {
    device: phone.own,
    keyPackage: own,
    verifier: directory.verifier,
    choosePolicy: ({ groupId, adder, members }) => {
      seen.push(groupId, adder.accountId, members.map((member) => member.accountId));
      return undefined;
    },
  });
  assert.deepEqual(declined, { kind: "refused", code: "declined" });
  assert.deepEqual(seen, [a.state.groupId, "alice", ["alice", "bob"]]);
});

Deno.test("SR-17: a Welcome to a direct conversation with a third account in it is refused", async () => {
  const { policy } = await direct();
  const { a, directory } = await room();
  const mallory = await directory.device(await person("dave", 3), NOW_MS);
  const own = await generateKeyPackage(mallory.own, { suite: FAST, nowMs: NOW_MS });
  const pending = a.accept(await a.tryAdd(mallory.person, own.publicBytes));
  const joined = await joinByWelcome(pending.welcome ?? new Uint8Array(0), {
    device: mallory.own,
    keyPackage: own,
    verifier: directory.verifier,
    choosePolicy: () => policy,
  });
  assert.deepEqual(joined, { kind: "refused", code: "not-allowed" });
});
