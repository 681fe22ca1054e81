import assert from "node:assert/strict";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { newDeviceId } from "../../../../lib/base/ids.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import {
  makeDeviceCertificate,
  verifyDeviceCertificate,
} from "../../../../lib/crypto/statements/device_certificate.ts";
import { generateDeviceKeys } from "../../../../lib/crypto/statements/device_keys.ts";
import { signEd25519, verifyEd25519 } from "../../../../lib/crypto/keys/ed25519.ts";
import {
  makeRosterEntry,
  verifyRosterEntry,
} from "../../../../lib/crypto/statements/roster_entry.ts";
import { makeRotation, verifyRotation } from "../../../../lib/crypto/statements/rotation.ts";
import { signSignIn, verifySignIn } from "../../../../lib/crypto/statements/sign_in.ts";
import {
  openStatement,
  signStatement,
  STATEMENT_KINDS,
  statementBytes,
  type StatementKind,
} from "../../../../lib/crypto/statements/statement.ts";
import { OTHER_SERVER_ID, person, SERVER_ID } from "../../../kit/devices.ts";

const NOW_MS = 1_800_000_000_000;

Deno.test("SR-02: each kind of statement has its own ASCII context, and none is the start of another", () => {
  const starts = STATEMENT_KINDS.map((kind) => {
    const bytes = statementBytes(kind, SERVER_ID, []);
    const end = bytes.indexOf(0);
    const context = bytes.subarray(0, end);
    assert.ok(context.every((byte) => byte >= 0x20 && byte < 0x7f), kind);
    // After the NUL: version(2), server id(32).
    assert.equal(bytes.length, end + 1 + 2 + 32, kind);
    assert.deepEqual([...bytes.subarray(end + 1, end + 3)], [0, 1], kind);
    return new TextDecoder().decode(bytes.subarray(0, end + 1));
  });
  assert.equal(new Set(starts).size, STATEMENT_KINDS.length);
  for (const start of starts) {
    assert.equal(starts.filter((other) => other.startsWith(start)).length, 1);
  }
});

Deno.test("SR-02: statements with differently cut fields are different bytes", () => {
  const cut = (...fields: string[]) =>
    statementBytes("broadcast", SERVER_ID, fields.map(utf8)).join();
  assert.notEqual(cut("ab", "c"), cut("a", "bc"));
  assert.notEqual(cut("ab"), cut("ab", ""));
});

Deno.test("SR-02: a statement is refused as every other kind and on another server", async () => {
  const pair = (await generateDeviceKeys(systemRandom)).statement;
  const sign = (message: Uint8Array<ArrayBuffer>) => signEd25519(pair.privateKey, message);
  const verify = (message: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>) =>
    verifyEd25519(pair.publicKey, message, signature);
  const fields = [utf8("alice"), utf8("text")];
  const isBelieved = async (kind: StatementKind, bytes: Uint8Array<ArrayBuffer>) => {
    const opened = openStatement(kind, SERVER_ID, bytes, fields.length);
    return opened.ok && await opened.isSignedBy(verify);
  };
  for (const kind of STATEMENT_KINDS) {
    const bytes = await signStatement(kind, SERVER_ID, fields, sign);
    for (const other of STATEMENT_KINDS) {
      assert.equal(await isBelieved(other, bytes), kind === other, `${kind} as ${other}`);
    }
    const elsewhere = openStatement(kind, OTHER_SERVER_ID, bytes, fields.length);
    assert.deepEqual(elsewhere, { ok: false, code: "wrong-server" });
    // The same with the server id in the body changed: then the signature is wrong.
    const moved = bytes.slice();
    moved.fill(0x22, 4, 36);
    const opened = openStatement(kind, OTHER_SERVER_ID, moved, fields.length);
    assert.equal(opened.ok && await opened.isSignedBy(verify), false);
  }
});

Deno.test("SR-02: certificate, roster entry, rotation and sign-in are refused on another server and as each other", async () => {
  const { accountId, accountName, identity } = await person("alice", 0);
  const newKey = (await person("alice", 1)).identity.key;
  const keys = await generateDeviceKeys(systemRandom);
  const deviceId = newDeviceId(systemRandom);
  const facts = { serverId: SERVER_ID, accountId };
  const certificate = await makeDeviceCertificate(identity, {
    ...facts,
    deviceId,
    mlsKey: keys.mls.publicKey,
    statementKey: keys.statement.publicKey,
    nowMs: NOW_MS,
  });
  const statements = {
    certificate: certificate.bytes,
    entry: await makeRosterEntry(identity, { ...facts, accountName, sequence: 7 }),
    rotation: await makeRotation(identity, { ...facts, newKey, nowMs: NOW_MS }),
  };
  const verifiers = {
    certificate: verifyDeviceCertificate,
    entry: verifyRosterEntry,
    rotation: (bytes: Uint8Array<ArrayBuffer>, serverId: typeof SERVER_ID) =>
      verifyRotation(bytes, serverId, identity.key),
  };
  for (const [made, bytes] of Object.entries(statements)) {
    for (const [read, verify] of Object.entries(verifiers)) {
      const result = await verify(bytes, SERVER_ID);
      assert.equal(result.ok, made === read, `${made} as ${read}`);
      const elsewhere = await verify(bytes, OTHER_SERVER_ID);
      assert.equal(elsewhere.ok, false);
    }
  }
});

Deno.test("SR-41: a sign-in holds for its nonces, CA, account, device and server, and no others", async () => {
  const { accountId } = await person("alice", 0);
  const other = await person("bob", 1);
  const keys = await generateDeviceKeys(systemRandom);
  const facts = {
    serverId: SERVER_ID,
    caFingerprint: SERVER_ID,
    serverNonce: systemRandom.bytes(32),
    clientNonce: systemRandom.bytes(32),
    accountId,
    deviceId: newDeviceId(systemRandom),
  };
  const signature = await signSignIn(keys.statement.privateKey, facts);
  const { publicKey } = keys.statement;
  assert.equal(await verifySignIn(publicKey, facts, signature), true);
  const changes: Partial<typeof facts>[] = [
    { serverId: OTHER_SERVER_ID },
    { caFingerprint: OTHER_SERVER_ID },
    { serverNonce: facts.clientNonce },
    { clientNonce: facts.serverNonce },
    { serverNonce: facts.clientNonce, clientNonce: facts.serverNonce },
    { accountId: other.accountId },
    { deviceId: newDeviceId(systemRandom) },
  ];
  for (const change of changes) {
    assert.equal(await verifySignIn(publicKey, { ...facts, ...change }, signature), false);
  }
  assert.equal(await verifySignIn(keys.mls.publicKey, facts, signature), false);
  assert.equal(await verifySignIn(publicKey, facts, signature.slice(1)), false);
  assert.equal(await verifySignIn(new Uint8Array(5), facts, signature), false);
});

Deno.test("SR-07: a rotation names the new key and counts only when the pinned key signed it", async () => {
  const alice = await person("alice", 0);
  const newKey = (await person("alice", 1)).identity.key;
  const facts = { serverId: SERVER_ID, accountId: alice.accountId, newKey, nowMs: NOW_MS };
  const bytes = await makeRotation(alice.identity, facts);
  const verified = await verifyRotation(bytes, SERVER_ID, alice.identity.key);
  assert.ok(verified.ok);
  assert.equal(verified.rotation.to.fingerprint, newKey.fingerprint);
  assert.equal(verified.rotation.accountId, alice.accountId);
  assert.equal(verified.rotation.atMs, NOW_MS);
  // Mallory's key says that alice's identity is now hers.
  const mallory = await person("mallory", 2);
  const forged = await makeRotation(mallory.identity, facts);
  const refused = await verifyRotation(forged, SERVER_ID, alice.identity.key);
  assert.equal(refused.ok, false);
  assert.equal((await verifyRotation(bytes, SERVER_ID, newKey)).ok, false);
});

Deno.test("SR-06: a roster entry is refused when another key signed it or its name means another account", async () => {
  const alice = await person("Alice", 0);
  const facts = {
    serverId: SERVER_ID,
    accountId: alice.accountId,
    accountName: alice.accountName,
    sequence: 3,
  };
  const verified = await verifyRosterEntry(await makeRosterEntry(alice.identity, facts), SERVER_ID);
  assert.ok(verified.ok);
  assert.equal(verified.entry.accountName, "Alice");
  assert.equal(verified.entry.accountId, "alice");
  assert.equal(verified.entry.sequence, 3);
  assert.equal(verified.entry.identity.fingerprint, alice.identity.key.fingerprint);
  const bob = await person("bob", 1);
  const wrongName = await makeRosterEntry(alice.identity, {
    ...facts,
    accountName: bob.accountName,
  });
  assert.deepEqual(await verifyRosterEntry(wrongName, SERVER_ID), { ok: false, code: "bad-field" });
  // Bob's signature under alice's key: he cannot announce a key that he does not have.
  const stolen = await makeRosterEntry({ key: alice.identity.key, sign: bob.identity.sign }, facts);
  assert.deepEqual(await verifyRosterEntry(stolen, SERVER_ID), {
    ok: false,
    code: "bad-signature",
  });
});
