/**
 * Content columns of the profile's database (SR-80): AES-256-GCM under a key of their purpose, with table, row and format
 * as additional data, so that a row cannot be read, changed, or moved to another place.
 *
 *     u16 format ‖ nonce(12) ‖ ciphertext ‖ tag(16)
 */

import { asBytes, type Bytes, ByteWriter, concatBytes, utf8 } from "../../base/bytes.ts";
import { CryptoError, StorageError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { deriveSealKey, type RootKey } from "../keys/kdf.ts";

/** Where a record lies. A row that moves is sealed again. */
export interface RecordPlace {
  readonly table: string;
  /** Its primary key as text; parts of a compound key joined without ambiguity. */
  readonly row: string | number;
}

const FORMAT = 1;
const NONCE_BYTES = 12;
const HEAD_BYTES = 2 + NONCE_BYTES;
const TAG_BYTES = 16;
const CONTEXT = utf8("Heliograph v1 sealed record\0");

function additionalData({ table, row }: RecordPlace): Bytes {
  return new ByteWriter().raw(CONTEXT).u16(FORMAT).text(table).text(String(row)).finish();
}

/**
 * Seals and opens records of one purpose. Nonces are random, so one purpose may seal 2^32 records before the chance of a
 * repeated nonce passes 2^-32 (NIST SP 800-38D §8.3); a profile stays far below.
 */
export class RecordSealer {
  readonly #key: CryptoKey;
  readonly #random: Random;

  private constructor(key: CryptoKey, random: Random) {
    this.#key = key;
    this.#random = random;
  }

  /** `purpose` is a word of ours, such as `history`; records of one cannot be opened as another. */
  static async create(root: RootKey, purpose: string, random: Random): Promise<RecordSealer> {
    const key = await deriveSealKey(root, { purpose: `Heliograph v1 records: ${purpose}\0` });
    return new RecordSealer(key, random);
  }

  async seal(place: RecordPlace, plaintext: Bytes): Promise<Bytes> {
    const nonce = this.#random.bytes(NONCE_BYTES);
    const algorithm = { name: "AES-GCM", iv: nonce, additionalData: additionalData(place) };
    const sealed = await crypto.subtle.encrypt(algorithm, this.#key, plaintext);
    return concatBytes(new ByteWriter().u16(FORMAT).finish(), nonce, new Uint8Array(sealed));
  }

  /**
   * Throws `CryptoError` `not-sealed-here` for whatever was not sealed by this purpose at this place, `StorageError`
   * `newer-format` for a record of a later program (SR-31).
   */
  async open(place: RecordPlace, sealed: Bytes): Promise<Bytes> {
    const format = sealed.length < 2 ? 0 : sealed[0] << 8 | sealed[1];
    if (format > FORMAT) {
      throw new StorageError(
        "newer-format",
        `Cannot open record of ${place.table}: it has format ${format}, but this program knows only up to ${FORMAT}`,
      );
    }
    if (format !== FORMAT || sealed.length < HEAD_BYTES + TAG_BYTES) throw notSealedHere(place);
    const iv = sealed.subarray(2, HEAD_BYTES);
    const algorithm = { name: "AES-GCM", iv, additionalData: additionalData(place) };
    try {
      const opened = await crypto.subtle.decrypt(algorithm, this.#key, sealed.subarray(HEAD_BYTES));
      return asBytes(new Uint8Array(opened));
    } catch (error) {
      throw notSealedHere(place, error);
    }
  }
}

function notSealedHere({ table }: RecordPlace, cause?: unknown): CryptoError {
  return new CryptoError("not-sealed-here", `Cannot open record of ${table}: it is damaged`, {
    cause,
  });
}
