import { equal, throws } from "node:assert/strict";
import { chooseDevice, type ListedDevice } from "../../../../lib/client/devices/devices.ts";

// Only these two are looked at.
const device = (id: string, name: string) =>
  ({ device: id.padEnd(32, "0"), name }) as unknown as ListedDevice;

const devices = [device("aaaa1", "laptop"), device("aaaa2", "phone"), device("bbbb3", "phone")];

Deno.test("a device is meant by a name that one has, or by the first digits of an id", () => {
  equal(chooseDevice(devices, "laptop"), devices[0]);
  equal(chooseDevice(devices, "BBBB"), devices[2]);
  equal(chooseDevice(devices, "aaaa2"), devices[1]);
});

Deno.test("a device that is not there, or one of several, is not chosen", () => {
  throws(() => chooseDevice(devices, "tablet"), { code: "unknown-device" });
  throws(() => chooseDevice(devices, "b"), { code: "unknown-device" });
  throws(() => chooseDevice(devices, "phone"), { name: "UsageError", code: "which-device" });
  throws(() => chooseDevice(devices, "aaaa"), { name: "UsageError", code: "which-device" });
});
