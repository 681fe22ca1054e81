/** Accounts for raw clients: real keys and proofs, put together by hand. */

import { type Bytes, encodeBase64, utf8 } from "../../lib/base/bytes.ts";
import { type DeviceId, newDeviceId } from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { bindingMac, signSignIn } from "../../lib/crypto/statements/sign_in.ts";
import { makeDeviceCertificate } from "../../lib/crypto/statements/device_certificate.ts";
import { type DeviceKeys, generateDeviceKeys } from "../../lib/crypto/statements/device_keys.ts";
import {
  finishLogin,
  finishRegistration,
  startLogin,
  startRegistration,
} from "../../lib/crypto/keys/password.ts";
import { makeRosterEntry } from "../../lib/crypto/statements/roster_entry.ts";
import { joinSections } from "../../lib/protocol/sections.ts";
import type { Packet } from "../../lib/protocol/packet.ts";
import { type Person, person } from "./devices.ts";
import type { RawClient, RawHandshake } from "./raw_client.ts";
import type { TestServer } from "./test_server.ts";

export interface RawDevice {
  readonly id: DeviceId;
  readonly keys: DeviceKeys;
  readonly certificate: Bytes;
}

export interface RawAccount {
  readonly person: Person;
  readonly device: RawDevice;
}

/** An OPAQUE record that nobody has the password of: stretching takes 0.2 s, and most tests need none. */
export const NO_PASSWORD = "A".repeat(256);

/** How long a sign-in by password may change the account. */
export const SESSION_FRESH_MS = 600_000;

export async function makeDevice(server: TestServer, owner: Person): Promise<RawDevice> {
  const keys = await generateDeviceKeys(systemRandom);
  const id = newDeviceId(systemRandom);
  const { bytes: certificate } = await makeDeviceCertificate(owner.identity, {
    serverId: server.parts.identity.serverId,
    accountId: owner.accountId,
    deviceId: id,
    mlsKey: keys.mls.publicKey,
    statementKey: keys.statement.publicKey,
    nowMs: server.clock.nowMs(),
  });
  return { id, keys, certificate };
}

/** Keys and certificates of an account that is not registered yet. `which`: its ready identity, 0 to 3. */
export async function makeAccount(
  server: TestServer,
  name: string,
  which = 0,
): Promise<RawAccount> {
  const owner = await person(name, which);
  return { person: owner, device: await makeDevice(server, owner) };
}

/** Roster entry, certificate and recovery copy, as a registration sends them. */
export async function credentials(
  server: TestServer,
  { person: owner, device }: RawAccount,
): Promise<{ sizes: number[]; payload: Bytes }> {
  const entry = await makeRosterEntry(owner.identity, {
    serverId: server.parts.identity.serverId,
    accountId: owner.accountId,
    accountName: owner.accountName,
    sequence: 1,
  });
  return joinSections([entry, device.certificate, utf8("sealed copy")]);
}

/** Makes an account over `client`, which stays a stranger. With a password it can be signed in to by password. */
export async function register(
  server: TestServer,
  client: RawClient,
  options: { account: RawAccount; password?: string; token?: Bytes },
): Promise<Packet> {
  const { account, password } = options;
  const name = account.person.accountName;
  const token = options.token === undefined ? {} : { token: encodeBase64(options.token) };
  let record = NO_PASSWORD;
  const started = await startRegistration(password ?? "none");
  const challenge = await client.ask("login.register-start", {
    name,
    ...token,
    opaque: started.request,
  });
  if (challenge.header.kind === "failure") return challenge;
  if (password !== undefined) {
    const opaque = String(challenge.header.opaque);
    record = (await finishRegistration(started.state, password, opaque))?.record ?? "";
  }
  const { sizes, payload } = await credentials(server, account);
  const device = account.device.id;
  return await client.ask(
    "login.register-finish",
    { name, ...token, record, device, sizes },
    payload,
  );
}

/** An account that is registered, on a connection of its own. */
export async function registered(
  server: TestServer,
  name: string,
  options: { which?: number; password?: string } = {},
): Promise<RawAccount> {
  const account = await makeAccount(server, name, options.which);
  const client = await server.handshake();
  const { password } = options;
  const answer = await register(server, client, {
    account,
    ...(password === undefined ? {} : { password }),
  });
  if (answer.header.kind !== "login.registered") {
    throw new Error(`not registered: ${JSON.stringify(answer.header)}`);
  }
  await client.close();
  return account;
}

/** The proof that the device is on this connection, in base64. */
export async function signAsDevice(
  handshake: RawHandshake | undefined,
  owner: Person,
  device: RawDevice,
): Promise<string> {
  if (handshake === undefined) throw new Error("say hello first");
  const { serverId, certificate, serverNonce, clientNonce } = handshake;
  return encodeBase64(
    await signSignIn(device.keys.statement.privateKey, {
      serverId,
      caFingerprint: certificate.fingerprint,
      serverNonce,
      clientNonce,
      accountId: owner.accountId,
      deviceId: device.id,
    }),
  );
}

/** Signs in as a device; the answer may be a failure. */
export async function signInAs(
  client: RawClient,
  { person: owner, device }: RawAccount,
): Promise<Packet> {
  return await client.ask("login.device", {
    account: owner.accountId,
    device: device.id,
    signature: await signAsDevice(client.handshake, owner, device),
  });
}

/** A new connection on which the account's device is ready. */
export async function ready(
  server: TestServer,
  account: RawAccount,
  address?: string,
): Promise<RawClient> {
  const client = await server.handshake(address);
  const { header } = await signInAs(client, account);
  if (header.kind !== "login.device-done") {
    throw new Error(`not signed in: ${JSON.stringify(header)}`);
  }
  return client;
}

/** What a client of OPAQUE finds out from the server's challenge. */
export interface Guess {
  readonly challenge: Packet;
  /** The request `login.finish`, when the password was right. */
  readonly finish: { opaque: string; mac: string } | undefined;
}

/** Tries a password up to the point at which the client itself knows whether it is right. */
export async function guess(
  client: RawClient,
  name: string,
  password: string,
): Promise<Guess> {
  const { handshake } = client;
  if (handshake === undefined) throw new Error("say hello first");
  const started = await startLogin(password);
  const challenge = await client.ask("login.start", { account: name, opaque: started.request });
  if (challenge.header.kind === "failure") return { challenge, finish: undefined };
  const proven = await finishLogin(started.state, password, String(challenge.header.opaque));
  if (proven === undefined) return { challenge, finish: undefined };
  const { accountId } = await person(name, 0);
  const mac = await bindingMac(proven.sessionKey, "client", {
    clientNonce: handshake.clientNonce,
    serverNonce: handshake.serverNonce,
    caFingerprint: handshake.certificate.fingerprint,
    accountId,
    protocolVersion: handshake.version,
  });
  return { challenge, finish: { opaque: proven.proof, mac: encodeBase64(mac) } };
}
