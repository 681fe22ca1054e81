/**
 * The client's half of signing in by password, written from docs/protocol/sign-in.md and RFC 9807 alone: it shares no code
 * with `lib/` and none with the library there. Whoever writes a client in another language can follow it line by line.
 */

import { createHash, createHmac } from "node:crypto";
import { ristretto255, ristretto255_hasher } from "@noble/curves/ed25519.js";
import { argon2id } from "hash-wasm";

type Point = InstanceType<typeof ristretto255.Point>;

/** What a client draws at random for one login; fixed in a vector. Scalars are 32 bytes, little-endian, below the order. */
export interface LoginSecrets {
  readonly password: string;
  readonly blind: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ephemeral: Uint8Array;
}

/** What a client draws at random for a registration. */
export interface RegistrationSecrets {
  readonly password: string;
  readonly blind: Uint8Array;
  readonly envelopeNonce: Uint8Array;
}

const { Fn: Scalars, Point } = { Fn: ristretto255.Point.Fn, Point: ristretto255.Point };
const OPRF = "OPRFV1-\0-ristretto255-SHA512";

const utf8 = (text: string) => new TextEncoder().encode(text);
const u16 = (value: number) => Uint8Array.of(value >> 8, value & 255);
const field = (bytes: Uint8Array) => concat(u16(bytes.length), bytes);

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  return createHash("sha512").update(concat(...parts)).digest();
}

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return createHmac("sha512", key).update(concat(...parts)).digest();
}

/** HKDF-Extract without a salt. */
function extract(...secret: readonly Uint8Array[]): Uint8Array {
  return hmac(new Uint8Array(), ...secret);
}

function expand(key: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  let block = new Uint8Array();
  let all = new Uint8Array();
  for (let i = 1; all.length < length; i++) {
    block = Uint8Array.from(hmac(key, block, info, Uint8Array.of(i)));
    all = concat(all, block);
  }
  return all.subarray(0, length);
}

/** RFC 9807 §6.4.2.2, "Derive-Secret". */
function deriveSecret(key: Uint8Array, label: string, hash: Uint8Array): Uint8Array {
  const name = utf8(`OPAQUE-${label}`);
  const lengths = [Uint8Array.of(name.length), Uint8Array.of(hash.length)];
  return expand(key, concat(u16(64), lengths[0], name, lengths[1], hash), 64);
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ b[i]);
}

const scalar = (bytes: Uint8Array) => Scalars.fromBytes(bytes);

/** A password as both steps use it: NFC, then UTF-8. */
function passwordBytes(password: string): Uint8Array {
  return utf8(password.normalize("NFC"));
}

function blinded(password: string, blind: Uint8Array): Uint8Array {
  const element = ristretto255_hasher.hashToCurve(passwordBytes(password), {
    DST: `HashToGroup-${OPRF}`,
  });
  return Point.fromAffine(element.toAffine()).multiply(scalar(blind)).toBytes();
}

/** RFC 9807 §6.3.3: the randomised password, out of what the server evaluated. */
async function randomised(
  password: string,
  blind: Uint8Array,
  evaluated: Uint8Array,
): Promise<Uint8Array> {
  const element = Point.fromBytes(evaluated).multiply(Scalars.inv(scalar(blind))).toBytes();
  const output = sha512(field(passwordBytes(password)), field(element), utf8("Finalize"));
  const stretched = await argon2id({
    password: output,
    salt: new Uint8Array(16),
    iterations: 3,
    parallelism: 4,
    memorySize: 65_536,
    hashLength: 64,
    outputType: "binary",
  });
  return extract(output, stretched);
}

/** RFC 9807 §4.1.2: the keys of an envelope, and its tag over the two public keys, which are the identities too. */
function envelopeKeys(secret: Uint8Array, nonce: Uint8Array, serverKey: Uint8Array) {
  const derive = (info: string, length: number) =>
    expand(secret, concat(nonce, utf8(info)), length);
  const info = utf8("OPAQUE-DeriveDiffieHellmanKeyPair");
  const privateKey = ristretto255_hasher.hashToScalar(
    concat(derive("PrivateKey", 32), field(info), Uint8Array.of(0)),
    { DST: `DeriveKeyPair${OPRF}` },
  );
  const publicKey = Point.BASE.multiply(privateKey).toBytes();
  const tag = hmac(derive("AuthKey", 64), nonce, serverKey, field(serverKey), field(publicKey));
  return { privateKey, publicKey, tag };
}

/** RegistrationRequest, 32 bytes. */
export function registrationRequest({ password, blind }: RegistrationSecrets): Uint8Array {
  return blinded(password, blind);
}

/** The registration record, 192 bytes, out of the RegistrationResponse. */
export async function registrationRecord(
  { password, blind, envelopeNonce }: RegistrationSecrets,
  response: Uint8Array,
): Promise<Uint8Array> {
  const serverKey = response.subarray(32, 64);
  const secret = await randomised(password, blind, response.subarray(0, 32));
  const { publicKey, tag } = envelopeKeys(secret, envelopeNonce, serverKey);
  return concat(publicKey, expand(secret, utf8("MaskingKey"), 64), envelopeNonce, tag);
}

/** KE1, 96 bytes. */
export function ke1({ password, blind, nonce, ephemeral }: LoginSecrets): Uint8Array {
  return concat(
    blinded(password, blind),
    nonce,
    Point.BASE.multiply(scalar(ephemeral)).toBytes(),
  );
}

/** KE3, the session key and the server's key, out of KE2; undefined when the password or the server is not the right one. */
export async function finish(
  secrets: LoginSecrets,
  ke2: Uint8Array,
): Promise<{ ke3: Uint8Array; sessionKey: Uint8Array; serverKey: Uint8Array } | undefined> {
  const secret = await randomised(secrets.password, secrets.blind, ke2.subarray(0, 32));
  const [maskingNonce, masked] = [ke2.subarray(32, 64), ke2.subarray(64, 192)];
  const pad = concat(maskingNonce, utf8("CredentialResponsePad"));
  const response = xor(masked, expand(expand(secret, utf8("MaskingKey"), 64), pad, 128));
  const [serverKey, envelopeNonce] = [response.subarray(0, 32), response.subarray(32, 64)];
  const { privateKey, publicKey, tag } = envelopeKeys(secret, envelopeNonce, serverKey);
  if (!sameBytes(tag, response.subarray(64))) return undefined;

  const preamble = concat(
    utf8("OPAQUEv1-"),
    field(new Uint8Array()), // no context
    field(publicKey),
    ke1(secrets),
    field(serverKey),
    ke2.subarray(0, 256), // all but the MAC
  );
  const [ephemeral, serverShare] = [scalar(secrets.ephemeral), ke2.subarray(224, 256)];
  const shared = (key: Uint8Array, by: bigint): Uint8Array =>
    (Point.fromBytes(key) as Point).multiply(by).toBytes();
  const keys = extract(
    shared(serverShare, ephemeral),
    shared(serverKey, ephemeral),
    shared(serverShare, privateKey),
  );
  const handshake = deriveSecret(keys, "HandshakeSecret", sha512(preamble));
  const macKey = (label: string) => deriveSecret(handshake, label, new Uint8Array());
  const serverMac = hmac(macKey("ServerMAC"), sha512(preamble));
  if (!sameBytes(serverMac, ke2.subarray(256))) return undefined;
  return {
    ke3: hmac(macKey("ClientMAC"), sha512(preamble, serverMac)),
    sessionKey: deriveSecret(keys, "SessionKey", sha512(preamble)),
    serverKey,
  };
}

/** A client compares its own result; a server would compare in constant time. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
