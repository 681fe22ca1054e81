/** Seals and opens what a profile keeps (SR-80), under the keys of one unlocked key store. */

import { type Bytes, decodeUtf8, utf8 } from "../../base/bytes.ts";
import type { Random } from "../../base/random.ts";
import type { RootKey } from "../../crypto/keys/kdf.ts";
import { RecordSealer } from "../../crypto/sealing/sealed_record.ts";

/** Seals values by what they are and whose they are. */
export class Vault {
  readonly #records: RecordSealer;
  readonly #history: RecordSealer;

  private constructor(records: RecordSealer, history: RecordSealer) {
    this.#records = records;
    this.#history = history;
  }

  static async open(root: RootKey, random: Random): Promise<Vault> {
    return new Vault(
      await RecordSealer.create(root, "profile", random),
      await RecordSealer.create(root, "history", random),
    );
  }

  /** A record of one table and row, which cannot be opened as another. */
  seal(table: string, row: string, plaintext: Bytes): Promise<Bytes> {
    return this.#records.seal({ table, row }, plaintext);
  }

  /** Throws CryptoError when it was not sealed here and for this place. */
  open(table: string, row: string, sealed: Bytes): Promise<Bytes> {
    return this.#records.open({ table, row }, sealed);
  }

  /** A value in place of a plaintext. */
  sealValue(table: string, row: string, value: unknown): Promise<Bytes> {
    return this.seal(table, row, utf8(JSON.stringify(value)));
  }

  /** What `sealValue` was given for this place, which the caller knows the type of. Throws as `open`. */
  async openValue<Value>(table: string, row: string, sealed: Bytes): Promise<Value> {
    // This profile wrote it: that is authenticated.
    return JSON.parse(decodeUtf8(await this.open(table, row, sealed)) ?? "null") as Value;
  }

  /** History has a key of its own, so that it can be given away or destroyed alone. */
  sealHistory(table: string, place: number, plaintext: Bytes): Promise<Bytes> {
    return this.#history.seal({ table, row: place }, plaintext);
  }

  openHistory(table: string, place: number, sealed: Bytes): Promise<Bytes> {
    return this.#history.open({ table, row: place }, sealed);
  }
}
