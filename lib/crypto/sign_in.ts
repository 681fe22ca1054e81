/**
 * Sign-in of a known device (SR-41): its statement key signs both nonces, the server's CA and the account. Password
 * locks do not apply, so a stranger cannot lock out a victim's own devices. Only the signature travels: both sides know
 * the rest, and neither takes it from the other.
 */

import { type Bytes, utf8 } from "../base/bytes.ts";
import { type AccountId, type DeviceId, type Fingerprint, idBytes } from "../base/ids.ts";
import { signEd25519, verifyEd25519 } from "./ed25519.ts";
import { statementBytes } from "./statement.ts";

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
