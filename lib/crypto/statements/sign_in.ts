/**
 * Sign-in of a known device (SR-41): its statement key signs both nonces, the server's CA and the account. Password
 * locks do not apply, so a stranger cannot lock out a victim's own devices. Only the signature travels: both sides know
 * the rest, and neither takes it from the other.
 */

import { asBytes, type Bytes, ByteWriter, decodeBase64, utf8 } from "../../base/bytes.ts";
import { type AccountId, type DeviceId, type Fingerprint, idBytes } from "../../base/ids.ts";
import { signEd25519, verifyEd25519 } from "../keys/ed25519.ts";
import { statementBytes } from "./statement.ts";
import { Bug } from "../../base/errors.ts";
import { deriveMacKey, importRootKey } from "../keys/kdf.ts";

/** What both sides know on one connection. */
export interface SignInFacts {
  readonly serverId: Fingerprint;
  /** Of the CA that TLS verified on this very connection. */
  readonly caFingerprint: Fingerprint;
  /** Fresh for each connection, made by the server. */
  readonly serverNonce: Bytes;
  /** Fresh for each connection, made by the client. */
  readonly clientNonce: Bytes;
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
}

function signInBytes(facts: SignInFacts): Bytes {
  return statementBytes("device-sign-in", facts.serverId, [
    facts.serverNonce,
    facts.clientNonce,
    idBytes(facts.caFingerprint),
    utf8(facts.accountId),
    idBytes(facts.deviceId),
  ]);
}

/** `statementPrivateKey`: the device's statement key, never its MLS key. */
export function signSignIn(statementPrivateKey: Bytes, facts: SignInFacts): Promise<Bytes> {
  return signEd25519(statementPrivateKey, signInBytes(facts));
}

/** `statementKey` comes from the device's certificate. */
export function verifySignIn(
  statementKey: Bytes,
  facts: SignInFacts,
  signature: Bytes,
): Promise<boolean> {
  return verifyEd25519(statementKey, signInBytes(facts), signature);
}

// Binds a login to its channel (SR-43): both sides show, under a key that only this login has, which certificate they see,
// which nonces, account and version. A TLS man in the middle, and one who lowers the version, cannot make these.

/** What both sides of a login must see the same. */
export interface ChannelFacts {
  /** 32 bytes, fresh for each connection. */
  readonly clientNonce: Bytes;
  /** 32 bytes, fresh for each connection. */
  readonly serverNonce: Bytes;
  /** On the client: of the CA that TLS verified on this very connection. On the server: its own. */
  readonly caFingerprint: Fingerprint;
  readonly accountId: AccountId;
  /** The protocol version that the two agreed on. */
  readonly protocolVersion: number;
}

/** Whose MAC it is: one cannot be sent back to its maker. */
export type ChannelRole = "client" | "server";

const PURPOSE = "Heliograph v1 channel binding\0";

function factBytes(role: ChannelRole, facts: ChannelFacts): Bytes {
  return new ByteWriter().raw(utf8(PURPOSE)).text(role)
    .field(facts.clientNonce).field(facts.serverNonce)
    .raw(idBytes(facts.caFingerprint)).text(facts.accountId).u32(facts.protocolVersion)
    .finish();
}

async function macKey(sessionKey: string): Promise<CryptoKey> {
  const base64 = sessionKey.replaceAll("-", "+").replaceAll("_", "/");
  const secret = decodeBase64(base64.padEnd(Math.ceil(base64.length / 4) * 4, "="));
  if (secret === undefined || secret.length < 32) {
    throw new Bug("Cannot bind the channel: the session key is not one of OPAQUE");
  }
  return deriveMacKey(await importRootKey(secret), { purpose: PURPOSE });
}

/** 32 bytes. `sessionKey` as `password` gives it. */
export async function bindingMac(
  sessionKey: string,
  role: ChannelRole,
  facts: ChannelFacts,
): Promise<Bytes> {
  const mac = await crypto.subtle.sign("HMAC", await macKey(sessionKey), factBytes(role, facts));
  return asBytes(new Uint8Array(mac));
}

/** Whether the other side, being `role`, sees the same facts. WebCrypto compares in constant time. */
export async function verifyBindingMac(
  sessionKey: string,
  role: ChannelRole,
  { facts, mac }: { facts: ChannelFacts; mac: Bytes },
): Promise<boolean> {
  return await crypto.subtle.verify("HMAC", await macKey(sessionKey), mac, factBytes(role, facts));
}
