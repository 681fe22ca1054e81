/** Pages that the devices of an account seal for each other. */

import type { Database } from "../../../storage/database.ts";
import type { AccountDataStore } from "../account_store.ts";
import type { AccountTable } from "./accounts.ts";

type Written = Parameters<AccountDataStore["writePage"]>[0];

/** The pages of all accounts. */
export class AccountDataTable {
  readonly #accounts: AccountTable;
  readonly #statements;

  constructor(database: Database, accounts: AccountTable) {
    this.#accounts = accounts;
    this.#statements = prepare(database);
  }

  /** By the version that is there: of two devices that write at once, one looks at the other's page first. */
  write({ account, page, version, follows, body }: Written): boolean {
    const owner = this.#accounts.number(account);
    return follows === undefined
      ? this.#statements.insert.run(owner, page, version, body) > 0
      : this.#statements.update.run(version, body, owner, page, follows) > 0;
  }
}

function prepare(database: Database) {
  return {
    insert: database.command(
      "INSERT OR IGNORE INTO notebook (owner, page, version, body) VALUES (?, ?, ?, ?)",
    ),
    update: database.command(
      "UPDATE notebook SET version = ?, body = ? WHERE owner = ? AND page = ? AND version = ?",
    ),
  };
}
