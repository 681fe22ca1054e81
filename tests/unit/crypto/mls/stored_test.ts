/** SR-31: what is stored starts with a format number; old formats are read for ever, newer ones are left alone. */

import assert from "node:assert/strict";
import { type Bytes, decodeBase64, decodeUtf8, encodeHex } from "../../../../lib/base/bytes.ts";
import { decodeDeviceKeys } from "../../../../lib/crypto/statements/device_keys.ts";
import { decodeGroupState, encodeGroupState } from "../../../../lib/crypto/mls/group_state.ts";
import {
  decodeOwnKeyPackage,
  encodeOwnKeyPackage,
  generateKeyPackage,
} from "../../../../lib/crypto/mls/key_package.ts";
import { openMessage } from "../../../../lib/crypto/mls/open.ts";
import { Directory } from "../../../kit/devices.ts";
import { ANYONE, direct, FAST, NOW_MS } from "../../../kit/groups.ts";
import format1 from "../../../fixtures/mls_state_1.json" with { type: "json" };

function bytesOf(base64: string): Bytes {
  const bytes = decodeBase64(base64);
  assert.ok(bytes);
  return bytes;
}

Deno.test("SR-31: a state, a KeyPackage and device keys of format 1 are still read", async () => {
  const decoded = decodeGroupState(bytesOf(format1.state));
  assert.ok(decoded.ok);
  let { state } = decoded;
  assert.equal(state.epoch, format1.epoch);
  const members = state.members.map(({ accountId, deviceId, leafIndex }) => ({
    accountId,
    deviceId,
    leafIndex,
  }));
  assert.deepEqual(JSON.parse(JSON.stringify(members)), format1.members);
  const context = { verifier: new Directory().verifier, policy: ANYONE };
  for (const { bytes, text } of format1.messages) {
    const opened = await openMessage(state, bytesOf(bytes), context);
    assert.equal(opened.kind, "application");
    assert.equal(decodeUtf8(opened.payload), text);
    state = opened.next;
  }
  // Members that were verified before need no certificate again.
  const opened = await openMessage(state, bytesOf(format1.commit), context);
  assert.equal(opened.kind, "commit");
  assert.equal((await decodeOwnKeyPackage(bytesOf(format1.keyPackage))).ok, true);
  assert.equal((await decodeDeviceKeys(bytesOf(format1.deviceKeys))).ok, true);
});

Deno.test("SR-31: a newer format is refused and its bytes stay as they were", async () => {
  const { a } = await direct();
  const keyPackage = await generateKeyPackage(a.device.own, { suite: FAST, nowMs: NOW_MS });
  const stored = [
    { bytes: encodeGroupState(a.state), decode: decodeGroupState },
    { bytes: encodeOwnKeyPackage(keyPackage), decode: decodeOwnKeyPackage },
  ];
  for (const { bytes, decode } of stored) {
    bytes[1] = 2;
    const before = encodeHex(bytes);
    assert.deepEqual(await decode(bytes), { ok: false, code: "newer-format" });
    assert.equal(encodeHex(bytes), before);
    // No format was ever 0.
    bytes[1] = 0;
    assert.deepEqual(await decode(bytes), { ok: false, code: "malformed" });
  }
});

Deno.test("stored state is not touched by what is done with the state read from it", async () => {
  const { a, b } = await direct();
  const stored = encodeGroupState(b.state);
  const before = encodeHex(stored);
  const decoded = decodeGroupState(stored);
  assert.ok(decoded.ok);
  b.state = decoded.state;
  assert.equal(await b.read((await a.seal("one")).message), "one");
  await b.apply((await a.update()).commit);
  assert.equal(encodeHex(stored), before);
});
