/** The sign-in of docs/protocol/sign-in.md, byte for byte: by the page, and by the code of client and server. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { ready, server } from "@serenity-kit/opaque";
import { asBytes } from "../../lib/base/bytes.ts";
import { parseDeviceId, parseFingerprint } from "../../lib/base/ids.ts";
import { parseAccountId } from "../../lib/base/account_name.ts";
import { bindingMac, signSignIn } from "../../lib/crypto/statements/sign_in.ts";
import { encodePacket } from "../../lib/protocol/packet.ts";
import vector from "./sign_in.json" with { type: "json" };
import { finish } from "./opaque_client.ts";
import { base64Url, compute, fromHex, toHex } from "./sign_in.ts";

const { given, computed } = vector;

Deno.test("the sign-in vector is what the page's text gives", async () => {
  deepEqual({ ...await compute(given) }, computed);
});

Deno.test("the server of the library evaluates and accepts what the vector has", async () => {
  await ready;
  const { registrationResponse } = server.createRegistrationResponse({
    serverSetup: given.setup,
    userIdentifier: given.account,
    registrationRequest: base64Url(fromHex(computed.registrationRequest)),
  });
  equal(registrationResponse, base64Url(fromHex(given.response)));
  const { sessionKey } = server.finishLogin({
    serverLoginState: given.state,
    finishLoginRequest: base64Url(fromHex(computed.ke3)),
  });
  equal(sessionKey, base64Url(fromHex(computed.sessionKey)));
});

Deno.test("a wrong password opens nothing of the vector", async () => {
  const login = {
    password: "correct horsf",
    blind: fromHex(given.loginBlind),
    nonce: fromHex(given.loginNonce),
    ephemeral: fromHex(given.ephemeral),
  };
  equal(await finish(login, fromHex(given.ke2)), undefined);
});

Deno.test("client and server make the MACs, the signature and the packets of the vector", async () => {
  const accountId = parseAccountId(given.account);
  const deviceId = parseDeviceId(given.device);
  const caFingerprint = parseFingerprint(given.caFingerprint);
  const serverId = parseFingerprint(given.serverId);
  ok(accountId && deviceId && caFingerprint && serverId);
  const facts = {
    clientNonce: asBytes(fromHex(given.clientNonce)),
    serverNonce: asBytes(fromHex(given.serverNonce)),
    caFingerprint,
    accountId,
    protocolVersion: 1,
  };
  const sessionKey = base64Url(fromHex(computed.sessionKey));
  equal(toHex(await bindingMac(sessionKey, "client", facts)), computed.clientMac);
  equal(toHex(await bindingMac(sessionKey, "server", facts)), computed.serverMac);
  const seed = asBytes(fromHex(given.statementSeed));
  const signature = await signSignIn(seed, { ...facts, serverId, deviceId });
  equal(toHex(signature), computed.signature);
  for (const packet of [computed.helloPacket, computed.startPacket, computed.finishPacket]) {
    const header = JSON.parse(new TextDecoder().decode(fromHex(packet).subarray(6)));
    equal(toHex(encodePacket(header)), packet);
  }
});
