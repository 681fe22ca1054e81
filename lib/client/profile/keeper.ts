/**
 * A profile's folder: the key store that a password or a session opens, the session key that keeps one signed in, and the
 * database. See docs/architecture.md, "Profiles".
 */

import { existsSync } from "node:fs";
import type { Clock } from "../../base/clock.ts";
import { Refusal, StorageError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { RootKey } from "../../crypto/keys/kdf.ts";
import { formatHostPort, type HostPort } from "../../net/addresses/address.ts";
import { Database } from "../../storage/database.ts";
import { makePrivateFolder } from "../../storage/private_files.ts";
import {
  hasAccount,
  type NewAccountSecrets,
  readAccount,
  restoreAccount,
  writeAccount,
  writeServerAddress,
} from "./account_secrets.ts";
import { KeyFiles } from "./key_files.ts";
import type { Profile } from "./profile.ts";
import { Vault } from "./vault.ts";
import { ProfileWrites } from "./writes.ts";
import { MIGRATIONS } from "./schema.ts";

/** Opens and changes one profile's folder. Closing it closes its database. */
export class ProfileKeeper implements Disposable {
  readonly #clock: Clock;
  readonly #random: Random;
  /** By what the profile opens: its password, and a session. */
  readonly keys: KeyFiles;

  private constructor(
    readonly folder: string,
    readonly database: Database,
    options: { clock: Clock; random: Random },
  ) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.keys = new KeyFiles(folder, options.random);
  }

  /** Throws Refusal `not-signed-in` where there is no profile. Unlike `open` it leaves nothing behind. */
  static requireThere(folder: string): void {
    if (!existsSync(`${folder}/profile.db`)) throw notSignedIn();
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
    return hasAccount(this.database);
  }

  /** Opens the profile by the session that `remember` made. Throws Refusal `not-signed-in` when there is none. */
  async unlock(): Promise<Profile> {
    const root = await this.keys.openBySession();
    if (root === undefined || !this.hasAccount) {
      throw notSignedIn();
    }
    return await this.#load(root);
  }

  /** Opens the profile by its password; undefined when it is wrong. */
  async unlockByPassword(password: string): Promise<Profile | undefined> {
    const root = await this.keys.openByPassword(password);
    return root === undefined || !this.hasAccount ? undefined : await this.#load(root);
  }

  /**
   * Stores a new account, or a new device of the same one, under a password. The device before stays beside it until the
   * server has confirmed the new one (`confirmAccount`). Throws StorageError `profile-in-use` when the password is not the
   * profile's.
   */
  async store(password: string, secrets: NewAccountSecrets): Promise<Profile> {
    let root = await this.keys.openByPassword(password);
    if (root === undefined) {
      if (this.hasAccount) {
        throw new StorageError(
          "profile-in-use",
          "This profile belongs to another account or password. Choose another with --profile NAME",
        );
      }
      root = await this.keys.create(password);
    }
    await writeAccount(this.database, await Vault.open(root, this.#random), secrets);
    return await this.#load(root);
  }

  /** The account's server is found at `address` from now on. */
  async moveServer(profile: Profile, address: HostPort): Promise<void> {
    const place = formatHostPort(address);
    if (profile.own.serverAddress !== place) await writeServerAddress(profile, place);
  }

  /** Takes back `store`, when the server said no: what was there before is there again. */
  async discardAccount(): Promise<void> {
    restoreAccount(this.database);
    if (!this.hasAccount) await this.keys.remove();
  }

  /** Destroys the keys, then everything. The profile must not be used afterwards. */
  async wipe(): Promise<void> {
    await this.keys.remove();
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
    const own = await readAccount(this.database, vault);
    const { database } = this;
    const clock = this.#clock;
    const writes = new ProfileWrites(database, clock);
    return { database, writes, vault, clock, random: this.#random, own };
  }
}

function notSignedIn(): Refusal {
  return new Refusal("not-signed-in", "You are not signed in. Run: heliograph login NAME");
}
