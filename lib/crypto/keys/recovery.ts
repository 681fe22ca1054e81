/**
 * Recovery codes (SR-04): 128 random bits that a person keeps on paper, and the copy of the identity key that they seal.
 * The copy lies on the server, which cannot open it.
 *
 * A code is 28 symbols of Crockford's base 32 in groups of four: 26 with the bits, two with a check (CRC-10). The check finds
 * every single wrong symbol and every swap of neighbours, so a slip is told apart from a wrong code.
 */

import { asBytes, type Bytes, ByteWriter, concatBytes, utf8 } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import { deriveSealKey, importRootKey } from "./kdf.ts";

/** 128 bits (SR-04). */
export const RECOVERY_SECRET_BYTES = 16;

const SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DATA_SYMBOLS = 26;
const CHECK_SYMBOLS = 2;
const CODE_SYMBOLS = DATA_SYMBOLS + CHECK_SYMBOLS;
/** x^10 + x^9 + x^5 + x^4 + x + 1, ITU-T I.610: finds every burst of up to ten bits, that is of two symbols. */
const CRC10_POLYNOMIAL = 0x233;

/** What a person typed, or what is wrong with it and how to say so. */
export type ParsedRecoveryCode =
  | { readonly ok: true; readonly secret: Bytes }
  | {
    readonly ok: false;
    readonly problem: "bad-length" | "bad-symbol" | "bad-check";
    readonly message: string;
  };

/** The random bits of a new code. */
export function newRecoverySecret(random: Random): Bytes {
  return random.bytes(RECOVERY_SECRET_BYTES);
}

/** Values of 5 bits each, most significant first; 130 bits, the last two are zero. */
function symbolsOf(secret: Bytes): number[] {
  let bits = 0n;
  for (const byte of secret) bits = bits << 8n | BigInt(byte);
  bits <<= 2n;
  return Array.from(
    { length: DATA_SYMBOLS },
    (_, i) => Number(bits >> BigInt(5 * (DATA_SYMBOLS - 1 - i)) & 31n),
  );
}

function crc10(symbols: readonly number[]): number {
  // Not zero, so that the code of all zeroes is not its own check.
  let crc = 0x3ff;
  for (const symbol of symbols) {
    for (let bit = 4; bit >= 0; bit--) {
      const carry = crc >> 9 ^ symbol >> bit & 1;
      crc = crc << 1 & 0x3ff ^ (carry === 1 ? CRC10_POLYNOMIAL : 0);
    }
  }
  return crc;
}

/** `XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX`. */
export function formatRecoveryCode(secret: Bytes): string {
  const symbols = symbolsOf(secret);
  const check = crc10(symbols);
  const text = [...symbols, check >> 5, check & 31].map((value) => SYMBOLS[value]).join("");
  return text.replace(/(.{4})(?=.)/g, "$1-");
}

/**
 * Reads what a person typed: either case, any blanks and hyphens, O for 0, I and L for 1. `what`: as messages call it, for codes
 * of this form that are for something else.
 */
export function parseRecoveryCode(text: string, what = "Recovery code"): ParsedRecoveryCode {
  const plain = text.replaceAll(/[\s-]/g, "").toUpperCase().replaceAll("O", "0").replaceAll(
    /[IL]/g,
    "1",
  );
  const values = Array.from(plain, (symbol) => SYMBOLS.indexOf(symbol));
  const wrong = values.indexOf(-1);
  if (wrong >= 0) {
    return {
      ok: false,
      problem: "bad-symbol",
      message: `${what} has a character that no code has, at position ${wrong + 1}.`,
    };
  }
  if (values.length !== CODE_SYMBOLS) {
    return {
      ok: false,
      problem: "bad-length",
      message: `${what} has ${values.length} characters instead of ${CODE_SYMBOLS}.`,
    };
  }
  const data = values.slice(0, DATA_SYMBOLS);
  const check = values[DATA_SYMBOLS] << 5 | values[DATA_SYMBOLS + 1];
  // The two bits behind the secret are zero: one secret has one code.
  if (check !== crc10(data) || (data[DATA_SYMBOLS - 1] & 3) !== 0) {
    return {
      ok: false,
      problem: "bad-check",
      message: `${what} is mistyped: its check digits do not match.`,
    };
  }
  let bits = 0n;
  for (const value of data) bits = bits << 5n | BigInt(value);
  bits >>= 2n;
  const secret = new Uint8Array(RECOVERY_SECRET_BYTES);
  for (let i = secret.length - 1; i >= 0; i--, bits >>= 8n) secret[i] = Number(bits & 0xffn);
  return { ok: true, secret };
}

const FORMAT = 1;
const NONCE_BYTES = 12;
const SALT_BYTES = 16;
const HEAD_BYTES = 2 + SALT_BYTES + NONCE_BYTES;
const PURPOSE = "Heliograph v1 recovery copy\0";

/** The account is bound, the server is not: its id changes when its CA does (SR-50), and the copy must outlive that. */
function additionalData(head: Bytes, account: AccountId): Bytes {
  return new ByteWriter().raw(utf8(PURPOSE)).raw(head).text(account).finish();
}

async function copyKey(secret: Bytes, head: Bytes): Promise<CryptoKey> {
  const salt = head.slice(2, 2 + SALT_BYTES);
  return deriveSealKey(await importRootKey(secret), { purpose: PURPOSE, salt });
}

/** `u16 format ‖ salt(16) ‖ nonce(12) ‖ sealed`. `pkcs8`: the identity's private key. */
export async function sealIdentityCopy(
  secret: Bytes,
  { account, pkcs8, random }: { account: AccountId; pkcs8: Bytes; random: Random },
): Promise<Bytes> {
  const head = new ByteWriter().u16(FORMAT).raw(random.bytes(SALT_BYTES)).raw(
    random.bytes(NONCE_BYTES),
  ).finish();
  const algorithm = {
    name: "AES-GCM",
    iv: head.slice(2 + SALT_BYTES),
    additionalData: additionalData(head, account),
  };
  const sealed = await crypto.subtle.encrypt(algorithm, await copyKey(secret, head), pkcs8);
  return concatBytes(head, new Uint8Array(sealed));
}

/**
 * The identity's private key, or undefined when the code is not this copy's, or the copy not this account's or damaged: the
 * server hands it out, so these cannot be told apart. Throws `StorageError` `newer-format` (SR-31).
 */
export async function openIdentityCopy(
  secret: Bytes,
  { account, copy }: { account: AccountId; copy: Bytes },
): Promise<Bytes | undefined> {
  const format = copy.length < 2 ? 0 : copy[0] << 8 | copy[1];
  if (format > FORMAT) {
    throw new StorageError(
      "newer-format",
      `Cannot open recovery copy: it has format ${format}, but this program knows only up to ${FORMAT}`,
    );
  }
  if (format !== FORMAT || copy.length < HEAD_BYTES) return undefined;
  const head = copy.slice(0, HEAD_BYTES);
  const algorithm = {
    name: "AES-GCM",
    iv: head.slice(2 + SALT_BYTES),
    additionalData: additionalData(head, account),
  };
  const key = await copyKey(secret, head);
  try {
    return asBytes(
      new Uint8Array(await crypto.subtle.decrypt(algorithm, key, copy.subarray(HEAD_BYTES))),
    );
  } catch {
    // WebCrypto's word for a tag that does not fit.
    return undefined;
  }
}
