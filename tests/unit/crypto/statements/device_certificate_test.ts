import assert from "node:assert/strict";
import { UsageError } from "../../../../lib/base/errors.ts";
import { newDeviceId } from "../../../../lib/base/ids.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import {
  CERTIFICATE_VALIDITY_MS,
  isValidAt,
  makeDeviceCertificate,
  MIN_CERTIFICATE_VALIDITY_MS,
  verifyDeviceCertificate,
} from "../../../../lib/crypto/statements/device_certificate.ts";
import {
  decodeDeviceKeys,
  encodeDeviceKeys,
  generateDeviceKeys,
} from "../../../../lib/crypto/statements/device_keys.ts";
import {
  numberField,
  shortField,
  signStatement,
} from "../../../../lib/crypto/statements/statement.ts";
import { idBytes } from "../../../../lib/base/ids.ts";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { person, SERVER_ID } from "../../../kit/devices.ts";

const NOW_MS = 1_800_000_000_000;

async function facts() {
  const alice = await person("alice", 0);
  const keys = await generateDeviceKeys(systemRandom);
  return {
    identity: alice.identity,
    device: {
      serverId: SERVER_ID,
      accountId: alice.accountId,
      deviceId: newDeviceId(systemRandom),
      mlsKey: keys.mls.publicKey,
      statementKey: keys.statement.publicKey,
      nowMs: NOW_MS,
    },
  };
}

Deno.test("device certificate says after verification what was certified", async () => {
  const { identity, device } = await facts();
  const made = await makeDeviceCertificate(identity, device);
  const verified = await verifyDeviceCertificate(made.bytes, SERVER_ID);
  assert.ok(verified.ok);
  const { certificate } = verified;
  assert.equal(certificate.accountId, device.accountId);
  assert.equal(certificate.deviceId, device.deviceId);
  assert.deepEqual(certificate.mlsKey, device.mlsKey);
  assert.deepEqual(certificate.statementKey, device.statementKey);
  assert.equal(certificate.identity.fingerprint, identity.key.fingerprint);
  assert.equal(certificate.hash, made.hash);
  assert.ok(made.bytes.length < 1000, `${made.bytes.length} bytes`);
});

Deno.test("SR-01: equal MLS and statement keys are refused when made and when read", async () => {
  const { identity, device } = await facts();
  const equal = { ...device, statementKey: device.mlsKey };
  await assert.rejects(() => makeDeviceCertificate(identity, equal), UsageError);
  const signed = await signStatement("device-certificate", SERVER_ID, [
    shortField(1),
    utf8(device.accountId),
    idBytes(device.deviceId),
    identity.key.spki,
    device.mlsKey,
    device.mlsKey,
    numberField(0),
    numberField(CERTIFICATE_VALIDITY_MS),
  ], identity.sign);
  assert.deepEqual(await verifyDeviceCertificate(signed, SERVER_ID), {
    ok: false,
    code: "bad-field",
  });
});

Deno.test("SR-01: a key of small order, for which anybody can sign, is not certified", async () => {
  const { identity, device } = await facts();
  for (const name of ["mlsKey", "statementKey"] as const) {
    const weak = { ...device, [name]: new Uint8Array(32) };
    const { bytes } = await makeDeviceCertificate(identity, weak);
    assert.deepEqual(await verifyDeviceCertificate(bytes, SERVER_ID), {
      ok: false,
      code: "bad-field",
    });
  }
});

Deno.test("SR-03: a certificate that another key signed is refused", async () => {
  const { identity, device } = await facts();
  const mallory = await person("mallory", 2);
  const forged = await makeDeviceCertificate(
    { key: identity.key, sign: mallory.identity.sign },
    device,
  );
  assert.deepEqual(await verifyDeviceCertificate(forged.bytes, SERVER_ID), {
    ok: false,
    code: "bad-signature",
  });
});

Deno.test("SR-09: a certificate runs five years or more, and one that does not is refused", async () => {
  const { identity, device } = await facts();
  const made = await makeDeviceCertificate(identity, device);
  assert.ok(made.notAfterMs - NOW_MS >= MIN_CERTIFICATE_VALIDITY_MS);
  assert.equal(isValidAt(made, NOW_MS), true);
  assert.equal(isValidAt(made, made.notAfterMs + 1), false);
  assert.equal(isValidAt(made, made.notBeforeMs - 1), false);
  for (
    const [validityMs, ok] of [[MIN_CERTIFICATE_VALIDITY_MS, true], [
      MIN_CERTIFICATE_VALIDITY_MS - 1,
      false,
    ]] as const
  ) {
    const signed = await signStatement("device-certificate", SERVER_ID, [
      shortField(1),
      utf8(device.accountId),
      idBytes(device.deviceId),
      identity.key.spki,
      device.mlsKey,
      device.statementKey,
      numberField(0),
      numberField(validityMs),
    ], identity.sign);
    assert.equal((await verifyDeviceCertificate(signed, SERVER_ID)).ok, ok);
  }
});

Deno.test("device keys read back are the same pairs, and a newer format is refused untouched", async () => {
  const keys = await generateDeviceKeys(systemRandom);
  const bytes = encodeDeviceKeys(keys);
  const read = await decodeDeviceKeys(bytes);
  assert.deepEqual(read, { ok: true, keys });
  const newer = bytes.slice();
  newer[1] = 2;
  assert.deepEqual(await decodeDeviceKeys(newer), { ok: false, code: "newer-format" });
  for (let length = 0; length < bytes.length; length++) {
    assert.deepEqual(await decodeDeviceKeys(bytes.slice(0, length)), {
      ok: false,
      code: "malformed",
    });
  }
});
