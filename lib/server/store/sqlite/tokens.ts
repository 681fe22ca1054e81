/** Registration tokens: 128 bits from an invite, known to the server by their hash alone (SR-44). */

import type { Bytes } from "../../../base/bytes.ts";
import { Refusal } from "../../../base/errors.ts";
import type { DeviceId } from "../../../base/ids.ts";
import type { Database } from "../../../storage/database.ts";
import type { BotToken } from "../account_store.ts";

/** The tokens that can still be used. */
export class TokenTable {
  readonly #insert;
  readonly #findUsable;
  readonly #useUp;
  readonly #countDown;

  constructor(database: Database) {
    this.#insert = database.command(
      "INSERT INTO registration_token (hash, uses, expires_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    );
    this.#findUsable = database.query(
      "SELECT uses FROM registration_token WHERE hash = ? AND expires_ms > ?",
      (row) => row.integer("uses"),
    );
    this.#useUp = database.command("DELETE FROM registration_token WHERE hash = ?");
    this.#countDown = database.command(
      "UPDATE registration_token SET uses = uses - 1 WHERE hash = ?",
    );
  }

  add({ hash, uses, expiresMs }: { hash: Bytes; uses: number; expiresMs: number }): void {
    this.#insert.run(hash, uses, expiresMs);
  }

  /** Takes one use off. A token without uses left has no row. */
  use(hash: Bytes, nowMs: number): boolean {
    const uses = this.#findUsable.first(hash, nowMs);
    if (uses === undefined) return false;
    (uses === 1 ? this.#useUp : this.#countDown).run(hash);
    return true;
  }
}

// Tokens of bots: one at most for each device, known by their hash alone (SR-47, SR-48).

/** The tokens that there are, expired ones too. */
export class BotTokenTable {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  set({ account, device, hash, scopes, createdMs, expiresMs }: BotToken): void {
    const id = this.#statements.findDevice.first(device, account);
    if (id === undefined) throw new Refusal("device-refused", "The account has no such device");
    this.#statements.set.run(id, hash, scopes.join(","), createdMs, expiresMs);
  }

  remove(device: DeviceId): boolean {
    return this.#statements.remove.run(device) > 0;
  }
}

function prepare(database: Database) {
  return {
    findDevice: database.query(
      `SELECT d.id FROM device d JOIN account a ON a.id = d.owner
        WHERE d.device = ? AND a.account = ? AND d.removed = 0`,
      (row) => row.integer("id"),
    ),
    set: database.command(
      `INSERT OR REPLACE INTO bot_token (device, hash, scopes, created_ms, expires_ms)
        VALUES (?, ?, ?, ?, ?)`,
    ),
    remove: database.command(
      "DELETE FROM bot_token WHERE device = (SELECT id FROM device WHERE device = ?)",
    ),
  };
}
