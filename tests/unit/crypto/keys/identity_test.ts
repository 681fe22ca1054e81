import assert from "node:assert/strict";
import { decodeBase64, utf8 } from "../../../../lib/base/bytes.ts";
import { fingerprint } from "../../../../lib/base/ids.ts";
import {
  generateIdentity,
  importIdentity,
  importIdentityKey,
  RSA_PSS_3072,
} from "../../../../lib/crypto/keys/identity.ts";
import { person } from "../../../kit/devices.ts";
import fixture from "../../../fixtures/identities.json" with { type: "json" };

const message = utf8("a message");

Deno.test("identity signs and its public key verifies only that message", async () => {
  const { identity } = await person("alice", 0);
  const signature = await identity.sign(message);
  assert.equal(signature.length, 384);
  assert.equal(await identity.key.verify(message, signature), true);
  assert.equal(await identity.key.verify(utf8("another"), signature), false);
  signature[10] ^= 1;
  assert.equal(await identity.key.verify(message, signature), false);
  assert.equal(await identity.key.verify(message, new Uint8Array(3)), false);
});

Deno.test("identity read back from PKCS 8 has the same fingerprint and makes valid signatures", async () => {
  for (const [which, { fingerprint: expected }] of fixture.entries()) {
    const { identity } = await person("alice", which);
    assert.equal(identity.key.fingerprint, expected);
    assert.equal(await fingerprint(identity.key.spki), expected);
    const foreign = await importIdentityKey(RSA_PSS_3072, identity.key.spki);
    assert.equal(await foreign?.verify(message, await identity.sign(message)), true);
  }
});

Deno.test("identity of another size, another exponent or another algorithm is refused", async () => {
  const small = await crypto.subtle.generateKey(
    {
      name: "RSA-PSS",
      hash: "SHA-256",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    },
    true,
    ["sign", "verify"],
  );
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", small.privateKey));
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", small.publicKey));
  assert.equal(await importIdentity(pkcs8), undefined);
  assert.equal(await importIdentityKey(RSA_PSS_3072, spki), undefined);
  const { identity } = await person("alice", 0);
  assert.equal(await importIdentityKey(2, identity.key.spki), undefined);
});

Deno.test("identity import refuses damaged and truncated bytes without throwing", async () => {
  const pkcs8 = decodeBase64(fixture[0].pkcs8) ?? new Uint8Array(0);
  const { identity } = await person("alice", 0);
  for (let at = 5; at < pkcs8.length; at += 211) {
    const damaged = pkcs8.slice();
    damaged[at] ^= 0x40;
    const read = await importIdentity(damaged);
    // Whatever still imports must sign as the key that it says it is.
    if (read !== undefined) {
      assert.equal(await read.key.verify(message, await read.sign(message)), true);
    }
  }
  for (const length of [0, 1, 40, pkcs8.length - 1]) {
    assert.equal(await importIdentity(pkcs8.slice(0, length)), undefined);
  }
  const { spki } = identity.key;
  for (const length of [0, 1, 40, spki.length - 1]) {
    assert.equal(await importIdentityKey(RSA_PSS_3072, spki.slice(0, length)), undefined);
  }
  const longer = new Uint8Array(spki.length + 1);
  longer.set(spki);
  assert.equal(await importIdentityKey(RSA_PSS_3072, longer), undefined);
});

Deno.test("identity made new is RSA-PSS-3072 and its PKCS 8 opens to the same identity", async () => {
  const { identity, pkcs8 } = await generateIdentity();
  const read = await importIdentity(pkcs8);
  assert.equal(read?.key.fingerprint, identity.key.fingerprint);
  assert.equal(await read?.key.verify(message, await identity.sign(message)), true);
});
