/**
 * A whole sign-in with everything random fixed: what is on the page docs/protocol/sign-in.md, computed from the page and the
 * RFCs alone. `deno run -A tests/vectors/sign_in.ts` draws a new one, with the library as the server.
 */

import { createHmac, createPrivateKey, hkdfSync, sign } from "node:crypto";
import { ready, server } from "@serenity-kit/opaque";
import { concat, finish, ke1, registrationRecord, registrationRequest } from "./opaque_client.ts";

/** What is drawn or known before; bytes in hex. `response`, `ke2`, `setup` and `state` are the server's. */
export interface Given {
  readonly account: string;
  readonly password: string;
  readonly setup: string;
  readonly registrationBlind: string;
  readonly envelopeNonce: string;
  readonly response: string;
  readonly loginBlind: string;
  readonly loginNonce: string;
  readonly ephemeral: string;
  readonly ke2: string;
  readonly state: string;
  readonly clientNonce: string;
  readonly serverNonce: string;
  readonly caFingerprint: string;
  readonly serverId: string;
  readonly device: string;
  readonly statementSeed: string;
}

/** What a client makes of it. */
export type Computed = Readonly<
  Record<
    | "registrationRequest"
    | "record"
    | "ke1"
    | "ke3"
    | "sessionKey"
    | "clientMac"
    | "serverMac"
    | "statement"
    | "signature"
    | "helloPacket"
    | "startPacket"
    | "finishPacket",
    string
  >
>;

export const utf8 = (text: string) => new TextEncoder().encode(text);
export const u16 = (value: number) => Uint8Array.of(value >> 8, value & 255);
export const u32 = (value: number) => concat(u16(value >>> 16), u16(value & 65_535));
export const field = (bytes: Uint8Array) => concat(u16(bytes.length), bytes);

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => parseInt(digits, 16));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

export function base64Url(bytes: Uint8Array): string {
  return base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function fromBase64Url(text: string): Uint8Array {
  return Uint8Array.from(
    atob(text.replaceAll("-", "+").replaceAll("_", "/")),
    (character) => character.charCodeAt(0),
  );
}

/** "Packets": length, length of the header, header; no payload. */
function packet(header: object): string {
  const bytes = utf8(JSON.stringify(header));
  return toHex(concat(u32(bytes.length + 2), field(bytes)));
}

/** What both sides of a connection know. */
type Channel = Pick<Given, "account" | "clientNonce" | "serverNonce" | "caFingerprint">;

/** "Channel binding". */
export function bindingMac(
  given: Channel,
  sessionKey: Uint8Array,
  role: "client" | "server",
): Uint8Array {
  const purpose = utf8("Heliograph v1 channel binding\0");
  const key = new Uint8Array(hkdfSync("sha256", sessionKey, new Uint8Array(), purpose, 32));
  return createHmac("sha256", key).update(concat(
    purpose,
    field(utf8(role)),
    field(fromHex(given.clientNonce)),
    field(fromHex(given.serverNonce)),
    fromHex(given.caFingerprint),
    field(utf8(given.account)),
    u32(1),
  )).digest();
}

/** "Signed statements": the bytes that a device signs to sign in. */
export function deviceStatement(
  given: Channel & Pick<Given, "device" | "serverId">,
): Uint8Array {
  const fields = [
    fromHex(given.serverNonce),
    fromHex(given.clientNonce),
    fromHex(given.caFingerprint),
    utf8(given.account),
    fromHex(given.device),
  ];
  return concat(
    utf8("Heliograph v1 device sign-in\0"),
    u16(1),
    fromHex(given.serverId),
    ...fields.map(field),
  );
}

/** Ed25519 by a seed, in the PKCS #8 of RFC 8410. */
export function signEd25519(seed: Uint8Array, bytes: Uint8Array): Uint8Array {
  const der = concat(fromHex("302e020100300506032b657004220420"), seed);
  const key = createPrivateKey({ key: der as never, format: "der", type: "pkcs8" });
  return sign(null, bytes, key);
}

/** Everything that the client sends and derives. */
export async function compute(given: Given): Promise<Computed> {
  const registration = {
    password: given.password,
    blind: fromHex(given.registrationBlind),
    envelopeNonce: fromHex(given.envelopeNonce),
  };
  const login = {
    password: given.password,
    blind: fromHex(given.loginBlind),
    nonce: fromHex(given.loginNonce),
    ephemeral: fromHex(given.ephemeral),
  };
  const finished = await finish(login, fromHex(given.ke2));
  if (finished === undefined) throw new Error("The password or the server is not the right one");
  const { ke3, sessionKey } = finished;
  const clientMac = bindingMac(given, sessionKey, "client");
  const statement = deviceStatement(given);
  const signature = signEd25519(fromHex(given.statementSeed), statement);
  return {
    registrationRequest: toHex(registrationRequest(registration)),
    record: toHex(await registrationRecord(registration, fromHex(given.response))),
    ke1: toHex(ke1(login)),
    ke3: toHex(ke3),
    sessionKey: toHex(sessionKey),
    clientMac: toHex(clientMac),
    serverMac: toHex(bindingMac(given, sessionKey, "server")),
    statement: toHex(statement),
    signature: toHex(signature),
    helloPacket: packet({
      kind: "hello",
      request: 1,
      versions: { min: 1, max: 1 },
      program: "minimal",
      nonce: base64(fromHex(given.clientNonce)),
    }),
    startPacket: packet({
      kind: "login.start",
      request: 2,
      account: given.account,
      opaque: base64Url(ke1(login)),
    }),
    finishPacket: packet({
      kind: "login.finish",
      request: 3,
      opaque: base64Url(ke3),
      mac: base64(clientMac),
      device: given.device,
      signature: base64(signature),
    }),
  };
}

/** 32 bytes that count from `first`; as a scalar below the order of the group, since the last one is 0. */
function counting(first: number): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => i === 31 ? 0 : first + i);
}

/** A new vector, by a server that draws what is its own. */
async function draw(): Promise<{ given: Given; computed: Computed }> {
  await ready;
  const [account, password] = ["alice", "correct horse"];
  const setup = server.createSetup();
  const registration = { password, blind: counting(1), envelopeNonce: counting(2) };
  const { registrationResponse } = server.createRegistrationResponse({
    serverSetup: setup,
    userIdentifier: account,
    registrationRequest: base64Url(registrationRequest(registration)),
  });
  const response = fromBase64Url(registrationResponse);
  const login = { password, blind: counting(3), nonce: counting(4), ephemeral: counting(5) };
  const { loginResponse, serverLoginState } = server.startLogin({
    serverSetup: setup,
    userIdentifier: account,
    registrationRecord: base64Url(await registrationRecord(registration, response)),
    startLoginRequest: base64Url(ke1(login)),
  });
  const given: Given = {
    account,
    password,
    setup,
    registrationBlind: toHex(registration.blind),
    envelopeNonce: toHex(registration.envelopeNonce),
    response: toHex(response),
    loginBlind: toHex(login.blind),
    loginNonce: toHex(login.nonce),
    ephemeral: toHex(login.ephemeral),
    ke2: toHex(fromBase64Url(loginResponse)),
    state: serverLoginState,
    clientNonce: toHex(counting(16)),
    serverNonce: toHex(counting(32)),
    caFingerprint: toHex(counting(64)),
    serverId: toHex(counting(96)),
    device: toHex(counting(128).subarray(0, 16)),
    statementSeed: toHex(counting(160)),
  };
  return { given, computed: await compute(given) };
}

if (import.meta.main) {
  const path = new URL("sign_in.json", import.meta.url);
  await Deno.writeTextFile(path, JSON.stringify(await draw(), null, 2) + "\n");
}
