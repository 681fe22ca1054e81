/** Accounts and registration tokens. */

import { ACCOUNT_COLUMNS, readAccount } from "../account_rows.ts";
import type { Account, AccountStore, NewAccount } from "../account_store.ts";
import { rowNumber } from "../columns.ts";
import { accountNumber } from "./account_lookup.ts";
import { query, type Statements, type Transaction } from "./database.ts";
import { insertDevice, removeAllDevices } from "./devices.ts";
import { lockAccounts, lockConversationsOf } from "./locks.ts";
import { lookUp } from "./lookups.ts";

type Arguments<Name extends keyof AccountStore> = Parameters<AccountStore[Name]>[0];

/** The token first, so that without one nothing is learned of names; it is used up only with the account (SR-44). */
export async function createAccount(
  transaction: Transaction,
  account: NewAccount,
): Promise<"created" | "name-taken" | "token-refused"> {
  const { tokenHash, nowMs } = account;
  await lockNames(transaction, account);
  const uses = tokenHash && await transaction.first(LOCK_TOKEN, tokenHash, nowMs);
  if (tokenHash !== undefined && uses === undefined) return "token-refused";
  if (await lookUp(transaction, "hasName", account)) return "name-taken";
  if (tokenHash !== undefined) await transaction.run(uses === 1 ? USE_UP : COUNT_DOWN, tokenHash);
  const id = await transaction.first(
    INSERT,
    account.account,
    account.name,
    account.skeleton,
    account.identity,
    account.passwordRecord,
    nowMs,
    account.rosterEntry,
    account.recoveryCopy,
  );
  await insertDevice(transaction, { owner: id ?? 0, device: account.firstDevice, nowMs });
  return "created";
}

/** Without identity and device: see `isClaimed`. */
export async function importAccount(
  transaction: Transaction,
  account: Arguments<"importAccount">,
): Promise<"created" | "name-taken"> {
  const { account: id, name, skeleton, passwordRecord, nowMs } = account;
  await lockNames(transaction, account);
  if (await lookUp(transaction, "hasName", account)) return "name-taken";
  await transaction.run(INSERT_IMPORTED, id, name, skeleton, passwordRecord, nowMs);
  return "created";
}

/** See `AccountStore.listAccounts`. */
export async function listAccounts(
  database: Statements,
  { after, limit, claimedOnly = false }: Arguments<"listAccounts">,
): Promise<{ accounts: readonly Account[]; total: number }> {
  const least = claimedOnly ? 1 : 0;
  const [accounts, count, countDeleted, countUnclaimed] = await Promise.all([
    // No account id is empty.
    database.all(LIST, after ?? "", least, limit),
    // Neither reads the table: it holds the roster entries.
    database.integer("SELECT count(*) FROM account"),
    database.integer("SELECT count(*) FROM account WHERE deleted = 1"),
    claimedOnly
      ? database.integer("SELECT count(*) FROM account WHERE roster_entry = ''::bytea")
      : 0,
  ]);
  return { accounts, total: (count ?? 0) - (countDeleted ?? 0) - (countUnclaimed ?? 0) };
}

/** See `AccountStore.replacePassword`. */
export async function replacePassword(
  transaction: Transaction,
  { account, passwordRecord, keepDevice }: Arguments<"replacePassword">,
): Promise<number> {
  await lockAccounts(transaction, { changed: [account] });
  const owner = await accountNumber(transaction, account);
  const generation = await transaction.first(REPLACE_PASSWORD, passwordRecord, owner);
  // No device id is empty.
  await transaction.run(SIGN_OUT_OTHERS, owner, keepDevice ?? "");
  return generation ?? 0;
}

/** Nothing counts any more that its sessions of now say. The caller has locked the account. */
export async function endSessions(transaction: Transaction, owner: number): Promise<void> {
  await transaction.run("UPDATE account SET generation = generation + 1 WHERE id = $1", owner);
}

/** See `AccountStore.replaceIdentity`. */
export async function replaceIdentity(
  transaction: Transaction,
  next: Arguments<"replaceIdentity">,
): Promise<void> {
  const { account, nowMs, device } = next;
  await lockAccounts(transaction, { changed: [account] });
  await lockConversationsOf(transaction, account);
  const owner = await accountNumber(transaction, account);
  await transaction.run(
    REPLACE_IDENTITY,
    next.identity,
    next.rosterEntry,
    next.recoveryCopy,
    next.rotation ?? null,
    owner,
  );
  await removeAllDevices(transaction, owner);
  await insertDevice(transaction, { owner, device, nowMs });
  // Sealed under the identity before.
  await transaction.run("DELETE FROM notebook WHERE owner = $1", owner);
}

/** See `AccountStore.setLastSeen`. */
export async function setLastSeen(
  transaction: Transaction,
  { account, device, nowMs }: Arguments<"setLastSeen">,
): Promise<void> {
  await Promise.all([
    transaction.run(SET_LAST_SEEN, nowMs, account),
    device && transaction.run(SET_DEVICE_LAST_SEEN, nowMs, device, account),
  ]);
}

/** Its devices, keys and password go; the row keeps the name from being given out again (SR-06). The caller has locked all. */
export async function eraseAccount(transaction: Transaction, owner: number): Promise<void> {
  await removeAllDevices(transaction, owner);
  await Promise.all([
    transaction.run("UPDATE device SET name = NULL WHERE owner = $1", owner),
    transaction.run("DELETE FROM room_invitation WHERE account = $1", owner),
    transaction.run("DELETE FROM role WHERE account = $1", owner),
    transaction.run("DELETE FROM notebook WHERE owner = $1", owner),
    // Their bytes are files: they go as those that are too old do.
    transaction.run("UPDATE upload SET touched_ms = 0 WHERE sender = $1", owner),
    transaction.run(ERASE, owner),
  ]);
}

/** See `AccountStore.addToken`. */
export async function addToken(
  transaction: Transaction,
  { hash, uses, expiresMs }: Arguments<"addToken">,
): Promise<void> {
  await transaction.run(ADD_TOKEN, hash, uses, expiresMs);
}

/** Of two that want the same name, or names that look alike, one sees the other's. */
async function lockNames(
  transaction: Transaction,
  { account, skeleton }: Pick<NewAccount, "account" | "skeleton">,
): Promise<void> {
  await lockAccounts(transaction, { changed: [account, `skeleton:${skeleton}`] });
}

const LIST = query(
  `SELECT ${ACCOUNT_COLUMNS} FROM account WHERE account > $1 AND deleted = 0
    AND length(roster_entry) >= $2 ORDER BY account LIMIT $3`,
  readAccount,
);
const INSERT = query(
  `INSERT INTO account (account, name, skeleton, identity, password_record, created_ms,
      last_seen_ms, roster_entry, recovery_copy)
    VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8) RETURNING id`,
  rowNumber,
);
const INSERT_IMPORTED =
  `INSERT INTO account (account, name, skeleton, identity, password_record, created_ms,
      last_seen_ms, roster_entry, recovery_copy, imported)
    VALUES ($1, $2, $3, '', $4, $5, $5, '', '', 1)`;
const REPLACE_PASSWORD = query(
  `UPDATE account SET password_record = $1, imported = 0, generation = generation + 1
    WHERE id = $2 RETURNING generation`,
  (row) => row.integer("generation"),
);
const SIGN_OUT_OTHERS = "UPDATE device SET signed_in = 0 WHERE owner = $1 AND device <> $2";
const REPLACE_IDENTITY =
  `UPDATE account SET identity = $1, roster_entry = $2, recovery_copy = $3, rotation = $4,
    revocation = NULL, revocation_sequence = 0, generation = generation + 1 WHERE id = $5`;
// Not an empty entry, which would be one of an account that its owner has yet to claim.
const ERASE = `UPDATE account SET deleted = 1, identity = '', password_record = '',
  recovery_copy = '', rotation = NULL, revocation = NULL, roster_entry = '\\x00' WHERE id = $1`;
const SET_LAST_SEEN =
  "UPDATE account SET last_seen_ms = greatest(last_seen_ms, $1) WHERE account = $2";
const SET_DEVICE_LAST_SEEN =
  `UPDATE device SET last_seen_ms = greatest(last_seen_ms, $1) WHERE device = $2
    AND owner = (SELECT id FROM account WHERE account = $3)`;

const ADD_TOKEN =
  "INSERT INTO registration_token (hash, uses, expires_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const LOCK_TOKEN = query(
  "SELECT uses FROM registration_token WHERE hash = $1 AND expires_ms > $2 FOR UPDATE",
  (row) => row.integer("uses"),
);
const USE_UP = "DELETE FROM registration_token WHERE hash = $1";
const COUNT_DOWN = "UPDATE registration_token SET uses = uses - 1 WHERE hash = $1";
