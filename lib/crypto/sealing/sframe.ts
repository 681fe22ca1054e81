/**
 * SFrame (RFC 9605) with AES-GCM: single pictures sealed under a key that both ends derive, with a counter that is never used
 * twice. Base keys come from elsewhere; here a key id names one. Nothing is kept: who seals counts from 0 (SR-65).
 */

import { type Bytes, concatBytes, utf8 } from "../../base/bytes.ts";
import { Bug, CryptoError } from "../../base/errors.ts";

/** A cipher suite of RFC 9605 §4.5. */
export interface SFrameSuite {
  readonly id: number;
  readonly hash: "SHA-256" | "SHA-512";
  readonly keyBytes: number;
}

/** AES_128_GCM_SHA256_128. */
export const SFRAME_AES_128: SFrameSuite = { id: 4, hash: "SHA-256", keyBytes: 16 };
/** AES_256_GCM_SHA512_128: what streams use. */
export const SFRAME_AES_256: SFrameSuite = { id: 5, hash: "SHA-512", keyBytes: 32 };

/** Of AES-GCM, behind the ciphertext. */
export const SFRAME_TAG_BYTES = 16;
/** The longest header: one byte of lengths, eight of key id, eight of counter. */
export const SFRAME_HEADER_MAX_BYTES = 17;
const NONCE_BYTES = 12;
const MAX_U64 = 2n ** 64n - 1n;

/** What stands before a ciphertext, in clear and authenticated. */
export interface SFrameHeader {
  readonly keyId: bigint;
  readonly counter: bigint;
  /** Bytes that it takes. */
  readonly length: number;
}

/** RFC 9605 §4.3: small numbers in the first byte, others behind it in as few bytes as they need. */
export function encodeSFrameHeader(keyId: bigint, counter: bigint): Bytes {
  const [key, count] = [keyId, counter].map(encodeField);
  const config = key.bits << 4 | count.bits;
  return concatBytes(Uint8Array.of(config), key.bytes, count.bytes);
}

/** Undefined for what is cut short, or not written in the one shortest way. */
export function decodeSFrameHeader(bytes: Uint8Array): SFrameHeader | undefined {
  if (bytes.length === 0) return undefined;
  const key = decodeField(bytes, { bits: bytes[0] >> 4, at: 1 });
  if (key === undefined) return undefined;
  const count = decodeField(bytes, { bits: bytes[0] & 15, at: key.end });
  if (count === undefined) return undefined;
  return { keyId: key.value, counter: count.value, length: count.end };
}

/** The keys of one base key and key id (RFC 9605 §4.4.2). */
interface FrameKeys {
  readonly keyId: bigint;
  readonly key: CryptoKey;
  readonly salt: Bytes;
}

/** Seals with a counter that only rises. One for each key id and base key, ever. */
export class SFrameSealer {
  readonly #keys: FrameKeys;
  #next = 0n;

  private constructor(keys: FrameKeys) {
    this.#keys = keys;
  }

  /** `baseKey` MUST be fresh: made for this sealer, and never given to another one. */
  static async open(suite: SFrameSuite, keyId: bigint, baseKey: Bytes): Promise<SFrameSealer> {
    return new SFrameSealer(await deriveKeys(suite, keyId, baseKey));
  }

  /** The counter of the next frame. */
  get counter(): bigint {
    return this.#next;
  }

  /** For vectors and tests: counters below are used up. They never go back. Throws `Bug`. */
  skipTo(counter: bigint): void {
    if (counter < this.#next || counter > MAX_U64) {
      throw new Bug(`Cannot skip to counter ${counter}: the next one is ${this.#next}`);
    }
    this.#next = counter;
  }

  /** Header, ciphertext and tag. `metadata` is authenticated and does not travel. */
  async seal(metadata: Uint8Array, plaintext: Bytes): Promise<Bytes> {
    const counter = this.#next++;
    if (counter > MAX_U64) throw new Bug("Cannot seal frame: its counter is used up");
    const { keyId, key } = this.#keys;
    const header = encodeSFrameHeader(keyId, counter);
    const sealed = await crypto.subtle.encrypt(
      gcm(this.#keys, counter, concatBytes(header, metadata)),
      key,
      plaintext,
    );
    return concatBytes(header, new Uint8Array(sealed));
  }
}

/** Opens what the sealer of the same key sealed. Whether it was opened before is its user's to know (`ReplayWindow`). */
export class SFrameOpener {
  readonly #keys: FrameKeys;

  private constructor(keys: FrameKeys) {
    this.#keys = keys;
  }

  static async open(suite: SFrameSuite, keyId: bigint, baseKey: Bytes): Promise<SFrameOpener> {
    return new SFrameOpener(await deriveKeys(suite, keyId, baseKey));
  }

  /** Throws CryptoError `not-sealed-here` for anything else than what was sealed with this key and metadata. */
  async open(metadata: Uint8Array, frame: Bytes): Promise<Bytes> {
    const header = decodeSFrameHeader(frame);
    if (header === undefined || header.keyId !== this.#keys.keyId) throw notSealedHere();
    const { length, counter } = header;
    try {
      const plaintext = await crypto.subtle.decrypt(
        gcm(this.#keys, counter, concatBytes(frame.subarray(0, length), metadata)),
        this.#keys.key,
        frame.subarray(length),
      );
      return new Uint8Array(plaintext);
    } catch (error) {
      throw notSealedHere(error);
    }
  }
}

async function deriveKeys(suite: SFrameSuite, keyId: bigint, baseKey: Bytes): Promise<FrameKeys> {
  const root = await crypto.subtle.importKey("raw", baseKey, "HKDF", false, [
    "deriveBits",
    "deriveKey",
  ]);
  const context = new Uint8Array(10);
  const view = new DataView(context.buffer);
  view.setBigUint64(0, keyId);
  view.setUint16(8, suite.id);
  const hkdf = (label: string): HkdfParams => ({
    name: "HKDF",
    hash: suite.hash,
    salt: new Uint8Array(0),
    info: concatBytes(utf8(label), context),
  });
  const salt = await crypto.subtle.deriveBits(
    hkdf("SFrame 1.0 Secret salt "),
    root,
    8 * NONCE_BYTES,
  );
  const key = await crypto.subtle.deriveKey(
    hkdf("SFrame 1.0 Secret key "),
    root,
    { name: "AES-GCM", length: 8 * suite.keyBytes },
    false,
    ["encrypt", "decrypt"],
  );
  return { keyId, key, salt: new Uint8Array(salt) };
}

/** The nonce is the salt with the counter over its end (§4.4.3). */
function gcm({ salt }: FrameKeys, counter: bigint, additionalData: Bytes): AesGcmParams {
  const iv = salt.slice();
  let rest = counter;
  for (let at = NONCE_BYTES - 1; rest > 0n; at--) {
    iv[at] ^= Number(rest & 255n);
    rest >>= 8n;
  }
  return { name: "AES-GCM", iv, additionalData };
}

/** Four bits of the config byte, and the bytes that they announce. */
function encodeField(value: bigint): { readonly bits: number; readonly bytes: Bytes } {
  if (value < 0n || value > MAX_U64) throw new Bug("Cannot write SFrame header: not 64 bits");
  if (value < 8n) return { bits: Number(value), bytes: new Uint8Array(0) };
  const bytes: number[] = [];
  for (let rest = value; rest > 0n; rest >>= 8n) bytes.unshift(Number(rest & 255n));
  return { bits: 8 | bytes.length - 1, bytes: Uint8Array.from(bytes) };
}

function decodeField(
  bytes: Uint8Array,
  { bits, at }: { readonly bits: number; readonly at: number },
): { readonly value: bigint; readonly end: number } | undefined {
  if ((bits & 8) === 0) return { value: BigInt(bits), end: at };
  const end = at + (bits & 7) + 1;
  if (end > bytes.length || bytes[at] === 0) return undefined;
  let value = 0n;
  for (const byte of bytes.subarray(at, end)) value = value << 8n | BigInt(byte);
  return value < 8n ? undefined : { value, end };
}

function notSealedHere(cause?: unknown): CryptoError {
  return new CryptoError("not-sealed-here", "Cannot open frame: its sender did not seal it", {
    cause,
  });
}

// Which counters of one key have been seen: the newest 128, as a window that moves with the highest (SR-65). Pure.

/** Counters that are told apart. What is further behind counts as seen. */
export const REPLAY_WINDOW = 128;

/** `late`: it was not seen, and a higher one was. */
export type Freshness = "new" | "late" | "repeated";

/** Ask with `judge` before opening, and `note` what was opened: what is forged must not move the window. */
export class ReplayWindow {
  #highest = -1n;
  /** Bit n: the counter `highest - n` was seen. */
  #seen = 0n;

  /** The highest that was seen; -1 for none. */
  get highest(): bigint {
    return this.#highest;
  }

  judge(counter: bigint): Freshness {
    if (counter > this.#highest) return "new";
    const behind = this.#highest - counter;
    if (behind >= REPLAY_WINDOW) return "repeated";
    return (this.#seen >> behind & 1n) === 1n ? "repeated" : "late";
  }

  note(counter: bigint): void {
    if (counter > this.#highest) {
      const step = counter - this.#highest;
      this.#seen = step >= REPLAY_WINDOW ? 0n : BigInt.asUintN(REPLAY_WINDOW, this.#seen << step);
      this.#highest = counter;
    }
    const behind = this.#highest - counter;
    if (behind < REPLAY_WINDOW) this.#seen |= 1n << behind;
  }
}
