/**
 * A profile's folder: the key store that a password or a session opens, the session key that keeps one signed in, and the
 * database. See docs/architecture.md, "Profiles".
 */

import { type Bytes, decodeUtf8, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { Refusal, StorageError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { decodeDeviceKeys, encodeDeviceKeys } from "../../crypto/device_keys.ts";
import { importIdentity } from "../../crypto/identity.ts";
import type { RootKey } from "../../crypto/kdf.ts";
import {
  addSlot,
  createKeyStore,
  keepOnlySlot,
  openKeyStore,
  removeSlots,
  type StoreSecret,
} from "../../crypto/key_store.ts";
import { writeFileAtomically } from "../../storage/atomic_file.ts";
import { Database } from "../../storage/database.ts";
import { makePrivateFolder, readSmallFile } from "../../storage/private_files.ts";
import type { OwnAccount, Profile } from "./profile.ts";
import { MIGRATIONS } from "./schema.ts";
import { Vault } from "./vault.ts";

const STORE_MAX_BYTES = 64 * 1024;
const SESSION_KEY_BYTES = 32;

/** The account as it is stored: public facts in JSON, the private keys apart. */
type StoredFacts = Omit<OwnAccount, "identity" | "deviceKeys" | "certificate">;

/** What registration or a first sign-in stores. */
export interface NewAccountSecrets {
  readonly facts: StoredFacts;
  readonly identityPkcs8: Bytes;
  readonly deviceKeys: OwnAccount["deviceKeys"];
  readonly certificate: Bytes;
}

/** Opens and changes one profile's folder. Closing it closes its database. */
export class ProfileKeeper implements Disposable {
  readonly folder: string;
  readonly database: Database;
  readonly #clock: Clock;
  readonly #random: Random;

  private constructor(
    folder: string,
    database: Database,
    options: { clock: Clock; random: Random },
  ) {
    this.folder = folder;
    this.database = database;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** Makes the folder and the database when they are not there. Throws StorageError. */
  static async open(
    folder: string,
    options: { clock: Clock; random: Random },
  ): Promise<ProfileKeeper> {
    await makePrivateFolder(folder);
    const database = Database.open(`${folder}/profile.db`, { migrations: MIGRATIONS });
    return new ProfileKeeper(folder, database, options);
  }

  /** Whether this profile has an account. */
  get hasAccount(): boolean {
    return this.#sealed("account") !== undefined;
  }

  async hasSession(): Promise<boolean> {
    return await readSmallFile(this.#path("session.key"), SESSION_KEY_BYTES) !== undefined;
  }

  /** Opens the profile by the session that `remember` made. Throws Refusal `not-signed-in` when there is none. */
  async unlock(): Promise<Profile> {
    const key = await readSmallFile(this.#path("session.key"), SESSION_KEY_BYTES);
    const root = key && await this.#openStore({ kind: "session", key });
    if (root === undefined || !this.hasAccount) {
      throw new Refusal("not-signed-in", "You are not signed in. Say: heliograph login NAME");
    }
    return await this.#load(root);
  }

  /** Opens the profile by its password; undefined when it is wrong. */
  async unlockByPassword(password: string): Promise<Profile | undefined> {
    const root = await this.#openStore({ kind: "password", password });
    return root === undefined || !this.hasAccount ? undefined : await this.#load(root);
  }

  /**
   * Stores a new account under a password. What the profile held of an earlier identity of the same account is kept; its
   * groups are not.
   */
  async store(password: string, secrets: NewAccountSecrets): Promise<Profile> {
    const secret: StoreSecret = { kind: "password", password };
    const existing = await this.#openStore(secret);
    let root = existing;
    if (root === undefined) {
      if (this.hasAccount) {
        throw new StorageError(
          "profile-in-use",
          "This profile belongs to another account or password. Choose another with --profile NAME",
        );
      }
      const made = await createKeyStore(secret, { random: this.#random });
      await writeFileAtomically(this.#path("key_store"), made.file);
      root = made.root;
    }
    const vault = await Vault.open(root, this.#random);
    const records: [string, Bytes][] = [
      ["account", utf8(JSON.stringify(secrets.facts))],
      ["identity", secrets.identityPkcs8],
      ["device", encodeDeviceKeys(secrets.deviceKeys)],
      ["certificate", secrets.certificate],
    ];
    const sealed = await Promise.all(
      records.map(async ([name, bytes]) =>
        [name, await vault.seal("secret", name, bytes)] as const
      ),
    );
    this.database.transaction(() => {
      const write = this.database.command("INSERT OR REPLACE INTO secret VALUES (?, ?)");
      for (const [name, bytes] of sealed) write.run(name, bytes);
    });
    return await this.#load(root);
  }

  /** Takes back `store`, when the server said no. */
  async discardAccount(): Promise<void> {
    this.database.command("DELETE FROM secret").run();
    await removeFile(this.#path("session.key"));
    await removeFile(this.#path("key_store"));
  }

  /**
   * Before a new identity: its groups are of other keys, and what was not sent went out under the old ones. The history and
   * the pins stay.
   */
  forgetConversations(): void {
    this.database.transaction(() => {
      for (
        const table of [
          "outbox",
          "epoch",
          "chain",
          "missing",
          "mls_group",
          "receipt_due",
          "parked",
          "key_package",
        ]
      ) {
        this.database.command(`DELETE FROM ${table}`).run();
      }
      this.database.command("UPDATE conversation SET state = 'closed'").run();
    });
  }

  /** Stays signed in: a random key in `session.key` opens one more slot of the key store. */
  async remember(password: string): Promise<void> {
    const file = await this.#storeFile();
    const key = this.#random.bytes(SESSION_KEY_BYTES);
    const withSlot = await addSlot(file, { kind: "password", password }, {
      added: { kind: "session", key },
      random: this.#random,
    });
    const onlyThis = withSlot && await keepOnlySlot(withSlot, { kind: "session", key });
    if (onlyThis === undefined) throw new StorageError("damaged", "Cannot write the key store");
    await writeFileAtomically(this.#path("session.key"), key);
    await writeFileAtomically(this.#path("key_store"), onlyThis);
  }

  /** Ends the session here: the key and its slot are gone, the password opens everything again. */
  async forgetSession(): Promise<void> {
    await removeFile(this.#path("session.key"));
    const file = await readSmallFile(this.#path("key_store"), STORE_MAX_BYTES);
    if (file !== undefined) {
      await writeFileAtomically(this.#path("key_store"), removeSlots(file, "session"));
    }
  }

  /** Before the server has confirmed a new password, both open the profile (SR-45). Returns false for a wrong old one. */
  async addPassword(oldPassword: string, newPassword: string): Promise<boolean> {
    const file = await addSlot(await this.#storeFile(), {
      kind: "password",
      password: oldPassword,
    }, { added: { kind: "password", password: newPassword }, random: this.#random });
    if (file === undefined) return false;
    await writeFileAtomically(this.#path("key_store"), file);
    return true;
  }

  /** After the server has confirmed a password, only it opens the profile. */
  async keepOnlyPassword(password: string): Promise<void> {
    const file = await keepOnlySlot(await this.#storeFile(), { kind: "password", password });
    if (file !== undefined) await writeFileAtomically(this.#path("key_store"), file);
  }

  /** Destroys the keys, then everything. The profile must not be used afterwards. */
  async wipe(): Promise<void> {
    await removeFile(this.#path("session.key"));
    await removeFile(this.#path("key_store"));
    this.database.close();
    await Deno.remove(this.folder, { recursive: true });
  }

  close(): void {
    this.database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #load(root: RootKey): Promise<Profile> {
    const vault = await Vault.open(root, this.#random);
    const open = async (name: string) => {
      const sealed = this.#sealed(name);
      if (sealed === undefined) throw damaged();
      return await vault.open("secret", name, sealed);
    };
    // Written by `store` and authenticated by the vault.
    const facts = JSON.parse(decodeUtf8(await open("account")) ?? "{}") as StoredFacts;
    const identity = await importIdentity(await open("identity"));
    const device = await decodeDeviceKeys(await open("device"));
    if (identity === undefined || !device.ok) throw damaged();
    return {
      database: this.database,
      vault,
      clock: this.#clock,
      random: this.#random,
      own: { ...facts, identity, deviceKeys: device.keys, certificate: await open("certificate") },
    };
  }

  async #openStore(secret: StoreSecret): Promise<RootKey | undefined> {
    const file = await readSmallFile(this.#path("key_store"), STORE_MAX_BYTES);
    return file === undefined ? undefined : await openKeyStore(file, secret);
  }

  async #storeFile(): Promise<Bytes> {
    const file = await readSmallFile(this.#path("key_store"), STORE_MAX_BYTES);
    if (file === undefined) throw damaged();
    return file;
  }

  #sealed(name: string): Bytes | undefined {
    return this.database.query(
      "SELECT sealed FROM secret WHERE name = ?",
      (row) => row.bytes("sealed"),
    ).first(name);
  }

  #path(name: string): string {
    return `${this.folder}/${name}`;
  }
}

function damaged(): StorageError {
  return new StorageError("damaged", "Cannot read profile: a part of it is missing or damaged");
}

async function removeFile(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
