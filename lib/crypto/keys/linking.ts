/**
 * Linking a new device by one that is there (docs/decisions/0024-linking.md). The new device shows a code, 128 random bits that
 * its person types at the other one; everything else goes over the server, which knows no bit of it.
 *
 *     request: X25519 key of the new device (32) ‖ HMAC-SHA-256 under the code (32)
 *     answer:  X25519 key of the other one (32) ‖ nonce (12) ‖ AES-256-GCM under the code and both keys
 *
 * The code proves each side to the other, so that neither key can be swapped on the way. The keys make that a code that
 * becomes known afterwards opens nothing.
 */

import { asBytes, type Bytes, ByteWriter, concatBytes, utf8 } from "../../base/bytes.ts";
import type { AccountId, Fingerprint } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import { deriveMacKey, deriveSealKey, importRootKey } from "./kdf.ts";
import { formatRecoveryCode, parseRecoveryCode, RECOVERY_SECRET_BYTES } from "./recovery.ts";

/** What a code is for: nothing of it is of use for another account or on another server. */
export interface LinkPlace {
  readonly serverId: Fingerprint;
  readonly account: AccountId;
}

/** What the new device keeps until it has its answer. */
export interface LinkRequest {
  /** For the person, to be typed at the other device. */
  readonly code: string;
  /** For the other device, over the server. */
  readonly bytes: Bytes;
  readonly secret: Bytes;
  readonly privateKey: CryptoKey;
}

const REQUEST_PURPOSE = "Heliograph v1 link request\0";
const ANSWER_PURPOSE = "Heliograph v1 link answer\0";
const KEY_BYTES = 32;
const TAG_BYTES = 32;
const NONCE_BYTES = 12;
const CURVE = { name: "X25519" } as const;

/** A code with the request that belongs to it. To be used once. */
export async function makeLinkRequest(place: LinkPlace, random: Random): Promise<LinkRequest> {
  const secret = random.bytes(RECOVERY_SECRET_BYTES);
  const { privateKey, publicKey } = await newKeys();
  const tag = await crypto.subtle.sign("HMAC", await tagKey(secret), tagged(place, publicKey));
  const bytes = concatBytes(publicKey, new Uint8Array(tag));
  return { code: formatRecoveryCode(secret), bytes, secret, privateKey };
}

/** What a person typed; it has the form of a recovery code and is none. */
export function parseLinkCode(text: string): ReturnType<typeof parseRecoveryCode> {
  return parseRecoveryCode(text, "The code");
}

/** Whether the request is by whoever shows this code. */
export async function isRequestOf(
  secret: Bytes,
  place: LinkPlace,
  request: Bytes,
): Promise<boolean> {
  if (request.length !== KEY_BYTES + TAG_BYTES) return false;
  const publicKey = request.slice(0, KEY_BYTES);
  const tag = request.slice(KEY_BYTES);
  return await crypto.subtle.verify("HMAC", await tagKey(secret), tag, tagged(place, publicKey));
}

/** Seals what the new device is to be given. The caller has asked `isRequestOf`. Undefined for a key that is none. */
export async function sealLinkAnswer(
  { secret, place, request }: { secret: Bytes; place: LinkPlace; request: Bytes },
  plaintext: Bytes,
  random: Random,
): Promise<Bytes | undefined> {
  const theirs = request.slice(0, KEY_BYTES);
  const { privateKey, publicKey } = await newKeys();
  const shared = await agree(privateKey, theirs);
  if (shared === undefined) return undefined;
  const keys = { theirs, ours: publicKey };
  const nonce = random.bytes(NONCE_BYTES);
  const key = await answerKey(secret, shared, keys);
  const sealed = await crypto.subtle.encrypt(box(place, keys, nonce), key, plaintext);
  return concatBytes(publicKey, nonce, new Uint8Array(sealed));
}

/** Undefined for what was not sealed for this request by who knows its code. */
export async function openLinkAnswer(
  { secret, privateKey, bytes }: LinkRequest,
  place: LinkPlace,
  answer: Bytes,
): Promise<Bytes | undefined> {
  const ours = answer.slice(0, KEY_BYTES);
  const nonce = answer.slice(KEY_BYTES, KEY_BYTES + NONCE_BYTES);
  const shared = await agree(privateKey, ours);
  if (shared === undefined) return undefined;
  const keys = { theirs: bytes.slice(0, KEY_BYTES), ours };
  const key = await answerKey(secret, shared, keys);
  const sealed = answer.slice(KEY_BYTES + NONCE_BYTES);
  try {
    return asBytes(
      new Uint8Array(await crypto.subtle.decrypt(box(place, keys, nonce), key, sealed)),
    );
  } catch {
    // WebCrypto throws for every box that does not open; that is an expected outcome here.
    return undefined;
  }
}

/** Of the new device and of the other one. */
interface BothKeys {
  readonly theirs: Bytes;
  readonly ours: Bytes;
}

async function newKeys(): Promise<{ privateKey: CryptoKey; publicKey: Bytes }> {
  // The static type leaves open whether an algorithm has one key or two.
  const pair = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]) as CryptoKeyPair;
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { privateKey: pair.privateKey, publicKey: asBytes(publicKey) };
}

/** X25519 (RFC 7748 §6.1). Undefined for what is no key, or a point of small order, which makes all secrets equal. */
async function agree(privateKey: CryptoKey, publicKey: Bytes): Promise<Bytes | undefined> {
  // Deno 2.4.2 ends the whole process for a key of another length.
  if (publicKey.length !== KEY_BYTES) return undefined;
  try {
    const key = await crypto.subtle.importKey("raw", publicKey, CURVE, false, []);
    const algorithm = { ...CURVE, public: key };
    const shared = new Uint8Array(await crypto.subtle.deriveBits(algorithm, privateKey, 256));
    return shared.every((byte) => byte === 0) ? undefined : asBytes(shared);
  } catch {
    // WebCrypto reports both by throwing.
    return undefined;
  }
}

async function tagKey(secret: Bytes): Promise<CryptoKey> {
  return await deriveMacKey(await importRootKey(secret), { purpose: REQUEST_PURPOSE });
}

function tagged({ serverId, account }: LinkPlace, publicKey: Bytes): Bytes {
  return new ByteWriter().raw(utf8(REQUEST_PURPOSE)).text(serverId).text(account).raw(publicKey)
    .finish();
}

async function answerKey(secret: Bytes, shared: Bytes, keys: BothKeys): Promise<CryptoKey> {
  const root = await importRootKey(concatBytes(secret, shared));
  return await deriveSealKey(root, {
    purpose: ANSWER_PURPOSE,
    salt: concatBytes(keys.theirs, keys.ours),
  });
}

function box({ serverId, account }: LinkPlace, keys: BothKeys, nonce: Bytes): AesGcmParams {
  const additionalData = new ByteWriter().raw(utf8(ANSWER_PURPOSE)).text(serverId).text(account)
    .raw(keys.theirs).raw(keys.ours).finish();
  return { name: "AES-GCM", iv: nonce, additionalData };
}
