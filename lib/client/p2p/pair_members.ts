/** The two of a pair, and the keys by which each can be added to a group. */

import type { Bytes } from "../../base/bytes.ts";
import { Bug } from "../../base/errors.ts";
import type { AccountId, DeviceId, Fingerprint } from "../../base/ids.ts";
import { fingerprint } from "../../base/ids.ts";
import { ONE_TIME_KEY_PACKAGES_MAX } from "../../protocol/limits.ts";
import type { Database } from "../../storage/database.ts";
import type { Row } from "../../storage/row.ts";

/** Of one side, what the other is told. */
export interface PairMember {
  readonly account: AccountId;
  readonly name: string;
  readonly identity: Fingerprint;
  readonly device: DeviceId;
  readonly rosterEntry: Bytes;
  readonly certificate: Bytes;
}

const COLUMNS = "account, name, identity, device, roster_entry, certificate";

const readMember = (row: Row): PairMember => ({
  // They were written by `put` from branded values.
  account: row.text("account") as AccountId,
  name: row.text("name"),
  identity: row.text("identity") as Fingerprint,
  device: row.text("device") as DeviceId,
  rosterEntry: row.bytes("roster_entry"),
  certificate: row.bytes("certificate"),
});

/** Who they are, and their key packages. */
export class PairMembers {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The facts of one of them, as they are now. */
  put(member: PairMember): void {
    const { account, name, identity, device, rosterEntry, certificate } = member;
    this.#database.command(
      `INSERT INTO member (${COLUMNS})
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (account) DO UPDATE SET name = ?2, identity = ?3, device = ?4, roster_entry = ?5, certificate = ?6`,
    ).run(account, name, identity, device, rosterEntry, certificate);
  }

  /** By the account id; undefined for whoever is none of the two. */
  find(account: string): PairMember | undefined {
    return this.#database.query(`SELECT ${COLUMNS} FROM member WHERE account = ?`, readMember)
      .first(account);
  }

  /** The other one. Throws Bug while there is none. */
  other(account: AccountId): PairMember {
    const other = this.#database
      .query(`SELECT ${COLUMNS} FROM member WHERE account <> ?`, readMember).first(account);
    if (other === undefined) throw new Bug("Cannot find the other side: the pair has one member");
    return other;
  }

  /** The certificate with this hash; nothing for any other. */
  async certificate(hash: string): Promise<Bytes> {
    const all = this.#database.query(
      "SELECT certificate FROM member ORDER BY account",
      (row) => row.bytes("certificate"),
    ).all();
    for (const bytes of all) if (await fingerprint(bytes) === hash) return bytes;
    return new Uint8Array(0);
  }

  /** Keeps key packages. With `lastResort` the last one is that, and replaces the one before (SR-30). */
  publish(account: AccountId, packages: readonly Bytes[], lastResort: boolean): void {
    this.#database.transaction(() => {
      if (lastResort) {
        this.#database.command("DELETE FROM key_package WHERE account = ? AND last_resort = 1")
          .run(account);
      }
      const insert = this.#database.command(
        "INSERT INTO key_package (account, last_resort, body) VALUES (?, ?, ?)",
      );
      for (const [i, body] of packages.entries()) {
        insert.run(account, lastResort && i === packages.length - 1 ? 1 : 0, body);
      }
      this.#database.command(
        `DELETE FROM key_package WHERE account = ?1 AND last_resort = 0 AND id NOT IN (
          SELECT id FROM key_package WHERE account = ?1 AND last_resort = 0 ORDER BY id DESC LIMIT ${ONE_TIME_KEY_PACKAGES_MAX})`,
      ).run(account);
    });
  }

  /** How many there are of an account. */
  count(account: AccountId): { oneTime: number; lastResort: boolean } {
    const of = (lastResort: number) =>
      this.#database.query(
        "SELECT count(*) AS packages FROM key_package WHERE account = ? AND last_resort = ?",
        (row) => row.integer("packages"),
      ).first(account, lastResort) ?? 0;
    return { oneTime: of(0), lastResort: of(1) > 0 };
  }

  /** One that was not taken before; the last-resort one when there is no other; undefined when there is none. */
  takeKeyPackage(account: AccountId): Bytes | undefined {
    return this.#database.transaction(() => {
      const found = this.#database.query(
        "SELECT id, last_resort, body FROM key_package WHERE account = ? ORDER BY last_resort, id LIMIT 1",
        (row) => ({
          id: row.integer("id"),
          lastResort: row.boolean("last_resort"),
          body: row.bytes("body"),
        }),
      ).first(account);
      if (found !== undefined && !found.lastResort) {
        this.#database.command("DELETE FROM key_package WHERE id = ?").run(found.id);
      }
      return found?.body;
    });
  }
}
