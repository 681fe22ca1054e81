/** The two key files of a profile's folder: the key store that secrets open, and the session key that keeps one signed in. */

import type { Bytes } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { RootKey } from "../../crypto/keys/kdf.ts";
import {
  addSlot,
  createKeyStore,
  keepOnlySlot,
  openKeyStore,
  removeSlots,
  type StoreSecret,
} from "../../crypto/keys/key_store.ts";
import { removeFile, writeFileAtomically } from "../../storage/atomic_file.ts";
import { readSmallFile } from "../../storage/private_files.ts";
import { damagedProfile } from "./account_secrets.ts";

const STORE_MAX_BYTES = 64 * 1024;
const SESSION_KEY_BYTES = 32;

/** Reads and replaces the key files of one folder. */
export class KeyFiles {
  readonly #folder: string;
  readonly #random: Random;
  /** One object for one password: the key store stretches it once. */
  #password: StoreSecret & { readonly kind: "password" } = { kind: "password", password: "" };

  constructor(folder: string, random: Random) {
    this.#folder = folder;
    this.#random = random;
  }

  /** Undefined when there is no store, or the password opens none of its slots. */
  openByPassword(password: string): Promise<RootKey | undefined> {
    return this.#open(this.#secret(password));
  }

  /** A new store, in place of any that is there. */
  async create(password: string): Promise<RootKey> {
    const { file, root } = await createKeyStore(this.#secret(password), { random: this.#random });
    await this.#write("key_store", file);
    return root;
  }

  async hasSession(): Promise<boolean> {
    return await this.#sessionKey() !== undefined;
  }

  async openBySession(): Promise<RootKey | undefined> {
    const key = await this.#sessionKey();
    return key && await this.#open({ kind: "session", key });
  }

  /** Stays signed in: a random key in `session.key` opens one more slot of the store; an earlier one opens nothing any more. */
  async remember(password: string): Promise<void> {
    const key = this.#random.bytes(SESSION_KEY_BYTES);
    const withSlot = await addSlot(await this.#store(), this.#secret(password), {
      added: { kind: "session", key },
      random: this.#random,
    });
    const onlyThis = withSlot && await keepOnlySlot(withSlot, { kind: "session", key });
    if (onlyThis === undefined) throw new StorageError("damaged", "Cannot write the key store");
    await this.#write("session.key", key);
    await this.#write("key_store", onlyThis);
  }

  /** Ends the session here: the key and its slot are gone, the password opens everything again. */
  async forgetSession(): Promise<void> {
    await removeFile(this.#path("session.key"));
    const file = await this.#read("key_store", STORE_MAX_BYTES);
    if (file !== undefined) await this.#write("key_store", removeSlots(file, "session"));
  }

  /** Before the server has confirmed a new password, both open the profile (SR-45). Returns false for a wrong old one. */
  async addPassword(oldPassword: string, newPassword: string): Promise<boolean> {
    const file = await addSlot(await this.#store(), this.#secret(oldPassword), {
      added: { kind: "password", password: newPassword },
      random: this.#random,
    });
    if (file === undefined) return false;
    await this.#write("key_store", file);
    return true;
  }

  /** After the server has confirmed a password, only it opens the profile. */
  async keepOnlyPassword(password: string): Promise<void> {
    const file = await keepOnlySlot(await this.#store(), this.#secret(password));
    if (file !== undefined) await this.#write("key_store", file);
  }

  /** Without them nothing of the profile can be opened any more. */
  async remove(): Promise<void> {
    await removeFile(this.#path("session.key"));
    await removeFile(this.#path("key_store"));
  }

  async #open(secret: StoreSecret): Promise<RootKey | undefined> {
    const file = await this.#read("key_store", STORE_MAX_BYTES);
    return file === undefined ? undefined : await openKeyStore(file, secret);
  }

  #secret(password: string): StoreSecret {
    if (this.#password.password !== password) this.#password = { kind: "password", password };
    return this.#password;
  }

  #sessionKey(): Promise<Bytes | undefined> {
    return this.#read("session.key", SESSION_KEY_BYTES);
  }

  async #store(): Promise<Bytes> {
    const file = await this.#read("key_store", STORE_MAX_BYTES);
    if (file === undefined) throw damagedProfile();
    return file;
  }

  #read(name: string, maxBytes: number): Promise<Bytes | undefined> {
    return readSmallFile(this.#path(name), maxBytes);
  }

  async #write(name: string, bytes: Bytes): Promise<void> {
    await writeFileAtomically(this.#path(name), bytes);
  }

  #path(name: string): string {
    return `${this.#folder}/${name}`;
  }
}
