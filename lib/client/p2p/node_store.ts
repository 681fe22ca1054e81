/** What somebody without a server keeps besides what was said: who they are, and whom they know. */

import { type Bytes, decodeUtf8, utf8 } from "../../base/bytes.ts";
import type { Fingerprint } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import { importRootKey } from "../../crypto/keys/kdf.ts";
import { Database } from "../../storage/database.ts";
import { Vault } from "../profile/vault.ts";

/** Opens sealed records by their names. */
export class NodeStore implements Disposable {
  readonly #database: Database;
  readonly #vault: Vault;

  private constructor(database: Database, vault: Vault) {
    this.#database = database;
    this.#vault = vault;
  }

  /** Opens or makes `node.db` in the folder, under its key. Throws StorageError. */
  static async open(folder: string, key: Bytes, random: Random): Promise<NodeStore> {
    const vault = await Vault.open(await importRootKey(key), random);
    const database = Database.open(`${folder}/node.db`, { migrations: NODE_MIGRATIONS });
    return new NodeStore(database, vault);
  }

  /** A part of the own identity. Throws CryptoError when the key is another one. */
  async secret(name: string): Promise<Bytes | undefined> {
    const sealed = this.#database.query(
      "SELECT sealed FROM secret WHERE name = ?",
      (row) => row.bytes("sealed"),
    ).first(name);
    return sealed && await this.#vault.open("secret", name, sealed);
  }

  /** Writes parts of it, all or none. */
  async putSecrets(secrets: Readonly<Record<string, Bytes>>): Promise<void> {
    const sealed = await Promise.all(
      Object.entries(secrets).map(async ([name, bytes]) =>
        [name, await this.#vault.seal("secret", name, bytes)] as const
      ),
    );
    this.#database.transaction(() => {
      const write = this.#database.command("INSERT OR REPLACE INTO secret VALUES (?, ?)");
      for (const [name, bytes] of sealed) write.run(name, bytes);
    });
  }

  /** Everybody who is known, as they were written. */
  async peers(): Promise<readonly unknown[]> {
    const rows = this.#database.query(
      "SELECT identity, sealed FROM peer ORDER BY identity",
      (row) => ({ identity: row.text("identity"), sealed: row.bytes("sealed") }),
    ).all();
    return await Promise.all(rows.map(async ({ identity, sealed }) => {
      const text = decodeUtf8(await this.#vault.open("peer", identity, sealed)) ?? "null";
      return JSON.parse(text) as unknown;
    }));
  }

  async putPeer(identity: Fingerprint, facts: object): Promise<void> {
    const sealed = await this.#vault.seal("peer", identity, utf8(JSON.stringify(facts)));
    this.#database.command("INSERT OR REPLACE INTO peer VALUES (?, ?)").run(identity, sealed);
  }

  /** With its key everything that was said with this one is gone. */
  removePeer(identity: Fingerprint): void {
    this.#database.command("DELETE FROM peer WHERE identity = ?").run(identity);
    this.#database.truncateLog();
  }

  close(): void {
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

// The tables of somebody without a server. Only ever append a migration; never change one that was released.

/** Columns named `sealed` hold AES-256-GCM boxes of `Vault` under the key of the folder (SR-80). */
export const NODE_MIGRATIONS: readonly string[] = [
  `
  -- Who one is, and the keys of it.
  CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
  ) STRICT;

  -- Whom one knows: name, addresses, and the key of what was said with them, sealed.
  CREATE TABLE peer (
    identity TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
  ) STRICT;
  `,
];
