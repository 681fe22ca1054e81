import assert from "node:assert/strict";
import { newDeviceId } from "../../../../lib/base/ids.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import {
  makeRevocationList,
  verifyRevocationList,
} from "../../../../lib/crypto/statements/revocation.ts";
import { REVOKED_DEVICES_MAX } from "../../../../lib/protocol/limits.ts";
import { OTHER_SERVER_ID, person, SERVER_ID } from "../../../kit/devices.ts";

const devices = (count: number) => Array.from({ length: count }, () => newDeviceId(systemRandom));

Deno.test("SR-10: a list of removed devices holds for its account, identity and server", async () => {
  const { accountId, identity } = await person("alice", 0);
  const list = { accountId, sequence: 3, devices: devices(2) };
  const bytes = await makeRevocationList(identity, SERVER_ID, list);
  assert.deepEqual(await verifyRevocationList(bytes, SERVER_ID, identity.key), { ok: true, list });
  assert.deepEqual(
    await verifyRevocationList(bytes, OTHER_SERVER_ID, identity.key),
    { ok: false, code: "wrong-server" },
  );
  const other = (await person("alice", 1)).identity;
  assert.deepEqual(
    await verifyRevocationList(bytes, SERVER_ID, other.key),
    { ok: false, code: "bad-signature" },
  );
});

Deno.test("a list of removed devices has a sequence, and 1 to 250 different devices", async () => {
  const { accountId, identity } = await person("alice", 0);
  const isTaken = async (sequence: number, of: ReturnType<typeof devices>) => {
    const bytes = await makeRevocationList(identity, SERVER_ID, {
      accountId,
      sequence,
      devices: of,
    });
    return (await verifyRevocationList(bytes, SERVER_ID, identity.key)).ok;
  };
  const [one] = devices(1);
  assert.equal(await isTaken(1, [one]), true);
  assert.equal(await isTaken(0, [one]), false);
  assert.equal(await isTaken(1, []), false);
  assert.equal(await isTaken(1, [one, one]), false);
  assert.equal(await isTaken(1, devices(REVOKED_DEVICES_MAX)), true);
  assert.equal(await isTaken(1, devices(REVOKED_DEVICES_MAX + 1)), false);
});

Deno.test("whatever is cut off or changed in a list of removed devices, it is none", async () => {
  const { accountId, identity } = await person("alice", 0);
  const list = { accountId, sequence: 1, devices: devices(1) };
  const bytes = await makeRevocationList(identity, SERVER_ID, list);
  for (let at = 0; at < bytes.length; at += 7) {
    const cut = await verifyRevocationList(bytes.slice(0, at), SERVER_ID, identity.key);
    assert.equal(cut.ok, false, `cut at ${at}`);
    const changed = bytes.slice();
    changed[at] ^= 1;
    const read = await verifyRevocationList(changed, SERVER_ID, identity.key);
    assert.equal(read.ok, false, `changed at ${at}`);
  }
});
