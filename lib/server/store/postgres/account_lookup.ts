/** Accounts that there are, by their id. */

import { Refusal } from "../../../base/errors.ts";
import type { AccountId } from "../../../base/ids.ts";
import { rowNumber } from "../columns.ts";
import { query, type Statements } from "./database.ts";

/** The row of an account that there is. Rejects with Refusal when there is none. */
export async function accountNumber(database: Statements, account: AccountId): Promise<number> {
  const id = await findAccountNumber(database, account);
  if (id === undefined) throw unknownAccount();
  return id;
}

/** The same for who says it later, and not at all when something else is in the way. */
export async function findAccountNumber(
  database: Statements,
  account: AccountId,
): Promise<number | undefined> {
  return await database.first(FIND_NUMBER, account);
}

/** Whoever asks about an account that is not there. */
export function unknownAccount(): Refusal {
  return new Refusal("unknown-account", "No such account");
}

const FIND_NUMBER = query("SELECT id FROM account WHERE account = $1 AND deleted = 0", rowNumber);
