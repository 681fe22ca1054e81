import { equal, notDeepEqual, rejects } from "node:assert/strict";
import { encodeHex } from "../../../lib/base/bytes.ts";
import { type AccountId, parseFingerprint } from "../../../lib/base/ids.ts";
import {
  bindingMac,
  type ChannelFacts,
  verifyBindingMac,
} from "../../../lib/crypto/statements/sign_in.ts";

const KEY = "A".repeat(85) + "Q";
const ca = (byte: string) => {
  const fingerprint = parseFingerprint(byte.repeat(32));
  if (fingerprint === undefined) throw new Error("not a fingerprint");
  return fingerprint;
};
const FACTS: ChannelFacts = {
  clientNonce: new Uint8Array(32).fill(1),
  serverNonce: new Uint8Array(32).fill(2),
  caFingerprint: ca("aa"),
  accountId: "alice" as AccountId,
  protocolVersion: 1,
};

Deno.test("SR-43: channel MAC of each side is accepted by the other when all facts agree", async () => {
  for (const role of ["client", "server"] as const) {
    const mac = await bindingMac(KEY, role, FACTS);
    equal(mac.length, 32);
    equal(await verifyBindingMac(KEY, role, { facts: { ...FACTS }, mac }), true);
  }
});

Deno.test("SR-43: channel MAC is refused when any fact, the role or the key differs", async () => {
  const mac = await bindingMac(KEY, "client", FACTS);
  const changes: Partial<ChannelFacts>[] = [
    { clientNonce: new Uint8Array(32).fill(3) },
    { serverNonce: new Uint8Array(32).fill(3) },
    { clientNonce: FACTS.serverNonce, serverNonce: FACTS.clientNonce },
    { clientNonce: new Uint8Array(31).fill(1) },
    { caFingerprint: ca("ab") },
    { accountId: "alicf" as AccountId },
    { protocolVersion: 2 },
  ];
  for (const change of changes) {
    equal(await verifyBindingMac(KEY, "client", { facts: { ...FACTS, ...change }, mac }), false);
  }
  equal(await verifyBindingMac(KEY, "server", { facts: FACTS, mac }), false);
  equal(await verifyBindingMac(`B${KEY.slice(1)}`, "client", { facts: FACTS, mac }), false);
});

Deno.test("SR-43: channel MAC that was changed, cut or emptied is refused", async () => {
  const mac = await bindingMac(KEY, "client", FACTS);
  for (let i = 0; i < mac.length; i++) {
    const changed = mac.slice();
    changed[i] ^= 1;
    equal(
      await verifyBindingMac(KEY, "client", { facts: FACTS, mac: changed }),
      false,
      encodeHex(changed),
    );
  }
  for (const length of [0, 16, 31]) {
    equal(
      await verifyBindingMac(KEY, "client", { facts: FACTS, mac: mac.slice(0, length) }),
      false,
    );
  }
  notDeepEqual(mac, await bindingMac(KEY, "server", FACTS));
});

Deno.test("channel binding refuses a session key that is none as a bug", async () => {
  await rejects(bindingMac("short", "client", FACTS), { name: "Bug" });
});
