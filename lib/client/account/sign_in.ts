/** Proving to a server who one is: by password (OPAQUE, RFC 9807) or by a known device's key (SR-41, SR-43). */

import { type Bytes, decodeBase64, encodeBase64 } from "../../base/bytes.ts";
import { ProtocolError, Refusal, TransportError, TrustError } from "../../base/errors.ts";
import {
  type AccountId,
  type AccountName,
  type DeviceId,
  type Fingerprint,
  parseFingerprint,
} from "../../base/ids.ts";
import { parseAccountId, parseAccountName } from "../../base/account_name.ts";
import { bindingMac, signSignIn, verifyBindingMac } from "../../crypto/statements/sign_in.ts";
import { finishLogin, startLogin } from "../../crypto/keys/password.ts";
import type { DeviceKeys } from "../../crypto/statements/device_keys.ts";
import type { HandshakeResult } from "../link/handshake.ts";
import type { OwnAccount, Profile } from "../profile/profile.ts";

/** What the server says of the account when the sign-in was good. */
export interface SignedIn {
  readonly account: AccountId;
  readonly name: AccountName;
  /** False: no device of this account is signed in; it may link, recover or reset (SR-03). */
  readonly linked: boolean;
  /** The account's identity as the server has it. */
  readonly identity: Fingerprint;
  readonly sessionNumber: number;
  /** Highest outbox number that the server has from this device (SR-23). */
  readonly highestNumber: number;
  /** Sequence of the account's list of removed devices, as the server has it; 0 for none (SR-10). */
  readonly revocations: number;
  readonly failedTries: number;
  /** The operator imported the account: this person's client makes its identity. */
  readonly isUnclaimed: boolean;
  /** The operator chose the password, and may know it. */
  readonly isImported: boolean;
}

/** What a sign-in by password needs. */
export interface PasswordProof {
  readonly name: string;
  readonly password: string;
  /** This profile's account and device, if it has one. */
  readonly own: Profile["own"] | undefined;
  /** The server's OPAQUE key as pinned; undefined at first contact. */
  readonly opaqueKey: string | undefined;
}

/** As `signInByPassword`, for what the own device asks the password again. Throws Refusal `device-removed` too. */
export async function proveAgain(
  handshake: HandshakeResult,
  own: OwnAccount,
  password: string,
): Promise<SignedIn> {
  const { name, opaqueKey } = own;
  const signedIn = await signInByPassword(handshake, { name, password, own, opaqueKey });
  if (signedIn.linked) return signedIn;
  throw new Refusal("device-removed", "This device was removed from your account");
}

/**
 * Signs in by password. Throws Refusal `wrong-credentials` with `attemptsLeft` and, at the last, `retryAfterSeconds`, `locked` with `retryAfterSeconds`, and
 * TrustError when the server cannot prove itself. Returns the server's OPAQUE key, for pinning.
 */
export async function signInByPassword(
  handshake: HandshakeResult,
  proof: PasswordProof,
): Promise<SignedIn & { opaqueKey: string }> {
  const { link } = handshake;
  const started = await startLogin(proof.password);
  const { fields: challenge } = await link.ask("login.start", {
    account: proof.name,
    opaque: started.request,
  });
  const finished = await finishLogin(started.state, proof.password, challenge.opaque);
  if (finished === undefined) {
    await giveUp(handshake, challenge.opaque);
    throw wrongPassword(challenge);
  }
  if (proof.opaqueKey !== undefined && finished.serverPublicKey !== proof.opaqueKey) {
    throw new TrustError("server-refused", "The server's password key changed: not signed in");
  }
  const parsed = parseAccountName(proof.name);
  if (!parsed.ok) throw wrongPassword(challenge);
  const facts = {
    clientNonce: handshake.clientNonce,
    serverNonce: handshake.serverNonce,
    caFingerprint: handshake.certificate.fingerprint,
    accountId: parsed.id,
    protocolVersion: handshake.version,
  };
  const { fields } = await link.ask("login.finish", {
    opaque: finished.proof,
    mac: encodeBase64(await bindingMac(finished.sessionKey, "client", facts)),
    ...(proof.own === undefined ? {} : {
      device: proof.own.device,
      signature: await signAsDevice(handshake, proof.own),
    }),
  });
  const mac = decodeBase64(fields.mac);
  const isProven = mac !== undefined &&
    await verifyBindingMac(finished.sessionKey, "server", { facts, mac });
  if (!isProven || fields.account !== parsed.id) {
    throw new TrustError(
      "server-refused",
      "The server did not prove itself: somebody may be between you and it",
    );
  }
  return {
    ...readAnswer(fields),
    linked: fields.linked,
    opaqueKey: finished.serverPublicKey,
  };
}

/** Signs in by this device's statement key, with its token if it has one; password locks do not apply. Throws Refusal. */
export async function signInByDevice(
  handshake: HandshakeResult,
  profile: Profile,
  token?: Bytes,
): Promise<SignedIn> {
  const { own } = profile;
  if (handshake.serverId !== own.serverId) {
    throw new TrustError("server-changed", "This is not the server where the account was created", {
      details: { pinned: own.serverId, found: handshake.serverId },
    });
  }
  const { fields } = await handshake.link.ask("login.device", {
    account: own.account,
    device: own.device,
    signature: await signAsDevice(handshake, own),
    ...(token === undefined ? {} : { token: encodeBase64(token) }),
  });
  return { ...readAnswer(fields), linked: true };
}

/** The proof that this device is here, on this very connection: its statement key signs both nonces (SR-41). Base64. */
export async function signAsDevice(
  handshake: Pick<HandshakeResult, "serverId" | "certificate" | "serverNonce" | "clientNonce">,
  own: { account: AccountId; device: DeviceId; deviceKeys: DeviceKeys },
): Promise<string> {
  const { serverId, certificate, serverNonce, clientNonce } = handshake;
  return encodeBase64(
    await signSignIn(own.deviceKeys.statement.privateKey, {
      serverId,
      caFingerprint: certificate.fingerprint,
      serverNonce,
      clientNonce,
      accountId: own.account,
      deviceId: own.device,
    }),
  );
}

function readAnswer(fields: {
  account: string;
  name: string;
  identity: string;
  session: number;
  highestNumber: number;
  revocations: number;
  failedTries: number;
  unclaimed?: boolean;
  imported?: boolean;
}): Omit<SignedIn, "linked"> {
  const account = parseAccountId(fields.account);
  const name = parseAccountName(fields.name);
  const identity = parseFingerprint(fields.identity);
  if (account === undefined || !name.ok || identity === undefined) {
    throw new ProtocolError("bad-message", "Cannot read the server's answer to the sign-in");
  }
  const { session: sessionNumber, highestNumber, revocations, failedTries } = fields;
  const numbers = { sessionNumber, highestNumber, revocations, failedTries };
  return {
    account,
    name: name.name,
    identity,
    ...numbers,
    isUnclaimed: fields.unclaimed === true,
    isImported: fields.imported === true,
  };
}

/** The client knows first; the server has charged the try before (SR-38). Texts of rows S3.07 and S3.08. */
/** A proof that proves nothing ends the try: else the server would count and log it when this connection ends, behind later ones. */
async function giveUp({ link }: HandshakeResult, noProof: string): Promise<void> {
  try {
    await link.ask("login.finish", { opaque: noProof, mac: encodeBase64(new Uint8Array(32)) });
  } catch (error) {
    // It says no, as it must; or it is gone, and counts the try all the same.
    if (!(error instanceof Refusal || error instanceof TransportError)) throw error;
  }
}

function wrongPassword(
  { attemptsLeft, lockSeconds }: { attemptsLeft: number; lockSeconds?: number },
): Refusal {
  const message = attemptsLeft > 0
    ? "Invalid Password. Please try again"
    : "Invalid Password. Your account has been blocked. Please try again later";
  const lock = lockSeconds === undefined ? {} : { retryAfterSeconds: lockSeconds };
  return new Refusal("wrong-credentials", message, { details: { attemptsLeft, ...lock } });
}
