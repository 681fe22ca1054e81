/** Pages that the devices of an account seal for each other. */

import type { AccountDataStore } from "../account_store.ts";
import { accountNumber } from "./account_lookup.ts";
import type { Transaction } from "./database.ts";
import { lockAccounts } from "./locks.ts";

/** By the version that is there: of two devices that write at once, one looks at the other's page first. */
export async function writePage(
  transaction: Transaction,
  { account, page, version, follows, body }: Parameters<AccountDataStore["writePage"]>[0],
): Promise<boolean> {
  await lockAccounts(transaction, { judged: [account] });
  const owner = await accountNumber(transaction, account);
  const written = follows === undefined
    ? await transaction.run(INSERT, owner, page, version, body)
    : await transaction.run(UPDATE, version, body, owner, page, follows);
  return written > 0;
}

const INSERT = `INSERT INTO notebook (owner, page, version, body) VALUES ($1, $2, $3, $4)
  ON CONFLICT DO NOTHING`;
const UPDATE = `UPDATE notebook SET version = $1, body = $2
  WHERE owner = $3 AND page = $4 AND version = $5`;
