/** Registration tokens: 128 bits from an invite, known to the server by their hash alone (SR-44). */

import type { Bytes } from "../../../base/bytes.ts";
import type { Database } from "../../../storage/database.ts";

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

  check({ hash, nowMs }: { hash: Bytes; nowMs: number }): boolean {
    return this.#findUsable.first(hash, nowMs) !== undefined;
  }

  /** Takes one use off. A token without uses left has no row. */
  use(hash: Bytes, nowMs: number): boolean {
    const uses = this.#findUsable.first(hash, nowMs);
    if (uses === undefined) return false;
    (uses === 1 ? this.#useUp : this.#countDown).run(hash);
    return true;
  }
}
