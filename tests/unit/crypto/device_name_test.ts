import assert from "node:assert/strict";
import { newDeviceId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { openDeviceName, sealDeviceName } from "../../../lib/crypto/keys/own_box.ts";
import { DEVICE_NAME_MAX_BYTES } from "../../../lib/protocol/limits.ts";
import { person } from "../../kit/devices.ts";
import { readyIdentity } from "../../kit/profiles.ts";

Deno.test("the name of a device opens for its account, device and identity alone", async () => {
  const { accountId: account } = await person("alice", 0);
  const { accountId: other } = await person("bob", 0);
  const { pkcs8 } = await readyIdentity(0);
  const about = { account, device: newDeviceId(systemRandom), pkcs8 };
  const sealed = await sealDeviceName(about, "Höhle ☎", systemRandom);
  assert.equal(await openDeviceName(about, sealed), "Höhle ☎");
  const wrong = [
    { ...about, account: other },
    { ...about, device: newDeviceId(systemRandom) },
    { ...about, pkcs8: (await readyIdentity(1)).pkcs8 },
  ];
  for (const one of wrong) assert.equal(await openDeviceName(one, sealed), undefined);
  for (let at = 0; at < sealed.length; at++) {
    assert.equal(await openDeviceName(about, sealed.slice(0, at)), undefined, `cut at ${at}`);
  }
});

Deno.test("the name of a device has 1 to 64 bytes", async () => {
  const { accountId: account } = await person("alice", 0);
  const { pkcs8 } = await readyIdentity(0);
  const about = { account, device: newDeviceId(systemRandom), pkcs8 };
  const longest = "x".repeat(DEVICE_NAME_MAX_BYTES);
  const sealed = await sealDeviceName(about, longest, systemRandom);
  assert.equal(await openDeviceName(about, sealed), longest);
  for (const name of ["", `${longest}x`]) {
    await assert.rejects(sealDeviceName(about, name, systemRandom), { code: "bad-name" });
  }
});
