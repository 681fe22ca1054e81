/** Statements that the right key signed, with one field that says nothing: a signature makes nothing of that true. */

import { deepEqual } from "node:assert/strict";
import { type Bytes, utf8 } from "../../../lib/base/bytes.ts";
import { idBytes, newDeviceId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { MIN_CERTIFICATE_VALIDITY_MS } from "../../../lib/crypto/statements/device_certificate.ts";
import { verifyDeviceCertificate } from "../../../lib/crypto/statements/device_certificate.ts";
import { generateDeviceKeys } from "../../../lib/crypto/statements/device_keys.ts";
import { verifyRosterEntry } from "../../../lib/crypto/statements/roster_entry.ts";
import { verifyRotation } from "../../../lib/crypto/statements/rotation.ts";
import {
  numberField,
  shortField,
  signStatement,
} from "../../../lib/crypto/statements/statement.ts";
import { person, SERVER_ID } from "../../kit/devices.ts";

const ALICE = await person("alice", 0);
const BOB = await person("bob", 1);
const KEYS = await generateDeviceKeys(systemRandom);
const { key, sign } = ALICE.identity;

type Fields = Readonly<Record<string, Uint8Array>>;

/** In the order in which they are signed. */
const CERTIFICATE: Fields = {
  algorithm: shortField(key.algorithm),
  account: utf8("alice"),
  device: idBytes(newDeviceId(systemRandom)),
  spki: key.spki,
  mlsKey: KEYS.mls.publicKey,
  statementKey: KEYS.statement.publicKey,
  notBefore: numberField(0),
  notAfter: numberField(MIN_CERTIFICATE_VALIDITY_MS),
};
const ROTATION: Fields = {
  account: utf8("alice"),
  from: utf8(key.fingerprint),
  algorithm: shortField(BOB.identity.key.algorithm),
  spki: BOB.identity.key.spki,
  at: numberField(0),
};
const ROSTER: Fields = {
  algorithm: shortField(key.algorithm),
  account: utf8("alice"),
  name: utf8("alice"),
  spki: key.spki,
  sequence: numberField(1),
};
const NO_NUMBER = new Uint8Array(8).fill(255);
const THREE = new Uint8Array(3);

async function certified(fields: Fields): Promise<unknown> {
  const bytes = await signStatement("device-certificate", SERVER_ID, Object.values(fields), sign);
  const read = await verifyDeviceCertificate(bytes, SERVER_ID);
  return read.ok ? "ok" : read.code;
}

async function rotated(fields: Fields): Promise<unknown> {
  const bytes = await signStatement("identity-rotation", SERVER_ID, Object.values(fields), sign);
  const read = await verifyRotation(bytes as Bytes, SERVER_ID, key);
  return read.ok ? "ok" : read.code;
}

async function announced(fields: Fields): Promise<unknown> {
  const bytes = await signStatement("roster-entry", SERVER_ID, Object.values(fields), sign);
  const read = await verifyRosterEntry(bytes, SERVER_ID);
  return read.ok ? "ok" : read.code;
}

const CERTIFICATES: Readonly<
  Record<string, readonly [field: string, value: Uint8Array, code: string]>
> = {
  "an algorithm of three bytes": ["algorithm", THREE, "bad-field"],
  "an algorithm that nobody knows": ["algorithm", shortField(999), "unknown-algorithm"],
  "an account that nobody can have": ["account", utf8("Al ice"), "bad-field"],
  "an account that is no text": ["account", Uint8Array.of(0xff), "bad-field"],
  "a device of three bytes": ["device", THREE, "bad-field"],
  "a key of three bytes": ["mlsKey", THREE, "bad-field"],
  "another key of three bytes": ["statementKey", THREE, "bad-field"],
  "a beginning of three bytes": ["notBefore", THREE, "bad-field"],
  "a beginning that no number holds": ["notBefore", NO_NUMBER, "bad-field"],
  "an end that no number holds": ["notAfter", NO_NUMBER, "bad-field"],
  "an end that is too early": ["notAfter", numberField(1), "bad-field"],
  "an identity that is no key": ["spki", THREE, "unknown-algorithm"],
};

Deno.test("a certificate, a rotation and an announcement with all fields right are taken", async () => {
  const read = [await certified(CERTIFICATE), await rotated(ROTATION), await announced(ROSTER)];
  deepEqual(read, ["ok", "ok", "ok"]);
});

for (const [what, [field, value, code]] of Object.entries(CERTIFICATES)) {
  Deno.test(`a certificate is refused for ${what}`, async () => {
    deepEqual(await certified({ ...CERTIFICATE, [field]: value }), code);
  });
}

const ROTATIONS: typeof CERTIFICATES = {
  "an account that nobody can have": ["account", utf8("Al ice"), "bad-field"],
  "another key before": ["from", utf8(BOB.identity.key.fingerprint), "bad-field"],
  "an algorithm of three bytes": ["algorithm", THREE, "bad-field"],
  "an algorithm that nobody knows": ["algorithm", shortField(999), "unknown-algorithm"],
  "a new identity that is no key": ["spki", THREE, "unknown-algorithm"],
  "a time that no number holds": ["at", NO_NUMBER, "bad-field"],
};

for (const [what, [field, value, code]] of Object.entries(ROTATIONS)) {
  Deno.test(`a rotation is refused for ${what}`, async () => {
    deepEqual(await rotated({ ...ROTATION, [field]: value }), code);
  });
}

const ANNOUNCEMENTS: typeof CERTIFICATES = {
  "a name that nobody can have": ["name", utf8("al\nice"), "bad-field"],
  "a name of another account": ["name", utf8("bob"), "bad-field"],
  "a number that no number holds": ["sequence", NO_NUMBER, "bad-field"],
  "an algorithm of three bytes": ["algorithm", THREE, "bad-field"],
  "an algorithm that nobody knows": ["algorithm", shortField(999), "unknown-algorithm"],
};

for (const [what, [field, value, code]] of Object.entries(ANNOUNCEMENTS)) {
  Deno.test(`an announcement is refused for ${what}`, async () => {
    deepEqual(await announced({ ...ROSTER, [field]: value }), code);
  });
}
