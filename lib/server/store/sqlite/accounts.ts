/** Accounts: created once, never deleted. */

import { Refusal } from "../../../base/errors.ts";
import type { AccountId, DeviceId } from "../../../base/ids.ts";
import type { Database } from "../../../storage/database.ts";
import type { Row } from "../../../storage/row.ts";
import type { Account, ImportedAccount, NewAccount, NewIdentity } from "../account_store.ts";
import type { Store } from "../store.ts";
import { ACCOUNT_COLUMNS, readAccount } from "../account_rows.ts";
import { rowNumber } from "../columns.ts";
import type { DeviceTable } from "./devices.ts";
import type { LookUp } from "./lookups.ts";
import type { TokenTable } from "./tokens.ts";

const rowTotal = (row: Row): number => row.integer("total");

type ListOptions = Parameters<Store["listAccounts"]>[0];

/** The accounts, with the token that each used up and the device that each came with. */
export class AccountTable {
  readonly #devices: DeviceTable;
  readonly #tokens: TokenTable;
  readonly #lookUp: LookUp;
  readonly #statements;

  constructor(
    database: Database,
    { devices, tokens, lookUp }: { devices: DeviceTable; tokens: TokenTable; lookUp: LookUp },
  ) {
    this.#devices = devices;
    this.#tokens = tokens;
    this.#lookUp = lookUp;
    this.#statements = prepare(database);
  }

  /** The token first, so that without one nothing is learned of names; it is used up only with the account (SR-44). */
  create(account: NewAccount): "created" | "name-taken" | "token-refused" {
    const { tokenHash, nowMs } = account;
    if (tokenHash !== undefined && !this.#lookUp("checkToken", { hash: tokenHash, nowMs })) {
      return "token-refused";
    }
    if (this.#lookUp("hasName", account)) return "name-taken";
    if (tokenHash !== undefined) this.#tokens.use(tokenHash, nowMs);
    this.#statements.insert.run(
      account.account,
      account.name,
      account.skeleton,
      account.identity,
      account.passwordRecord,
      nowMs,
      nowMs,
      account.rosterEntry,
      account.recoveryCopy,
    );
    this.#devices.insert(this.number(account.account), account.firstDevice, nowMs);
    return "created";
  }

  /** Without identity and device: see `isClaimed`. */
  createImported(account: ImportedAccount): "created" | "name-taken" {
    const { account: id, name, skeleton, passwordRecord, nowMs } = account;
    if (this.#lookUp("hasName", account)) return "name-taken";
    this.#statements.createImported.run(id, name, skeleton, passwordRecord, nowMs, nowMs);
    return "created";
  }

  list(
    { after, limit, claimedOnly = false }: ListOptions,
  ): { accounts: readonly Account[]; total: number } {
    const { list, count, countDeleted, countUnclaimed } = this.#statements;
    const total = (count.first() ?? 0) - (countDeleted.first() ?? 0);
    return {
      // No account id is empty.
      accounts: list.all(after ?? "", claimedOnly ? 1 : 0, limit),
      total: claimedOnly ? total - (countUnclaimed.first() ?? 0) : total,
    };
  }

  replacePassword(
    { account, passwordRecord, keepDevice }: {
      account: AccountId;
      passwordRecord: string;
      keepDevice?: DeviceId;
    },
  ): number {
    const owner = this.number(account);
    const generation = this.#statements.replacePassword.first(passwordRecord, owner) ?? 0;
    this.#devices.signOutOthers(owner, keepDevice);
    return generation;
  }

  /** Nothing counts any more that its sessions of now say. */
  endSessions(owner: number): void {
    this.#statements.endSessions.run(owner);
  }

  replaceIdentity(next: NewIdentity): void {
    const owner = this.number(next.account);
    this.#statements.replaceIdentity.run(
      next.identity,
      next.rosterEntry,
      next.recoveryCopy,
      next.rotation ?? null,
      owner,
    );
    this.#devices.removeAll(owner);
    this.#devices.insert(owner, next.device, next.nowMs);
    // Sealed under the identity before.
    this.#statements.deleteAccountData.run(owner);
  }

  addDevice(
    { account, device, nowMs, identity }: Parameters<Store["addDevice"]>[0],
  ): "added" | "known" {
    const owner = this.number(account);
    if (identity !== undefined && this.#lookUp("findAccount", account)?.identity !== identity) {
      throw new Refusal("device-refused", "The account now has another identity");
    }
    return this.#devices.add(owner, device, nowMs);
  }

  removeDevices(
    { account, devices, revocation, present, sequence }: Parameters<Store["removeDevices"]>[0],
  ): Awaited<ReturnType<Store["removeDevices"]>> {
    const owner = this.number(account);
    const isNext = this.#statements.setRevocation.run(revocation, sequence, owner, present) > 0;
    if (!isNext) return "stale";
    for (const device of devices) this.#devices.remove(owner, device);
    return "removed";
  }

  /** Its devices, keys, password and places go; the row keeps the name from being given out again (SR-06). */
  delete(account: AccountId): void {
    const owner = this.number(account);
    this.#devices.removeAll(owner);
    this.#devices.forgetNames(owner);
    this.#statements.deleteInvitations.run(owner);
    this.#statements.deleteRole.run(owner);
    this.#statements.deleteAccountData.run(owner);
    // Their bytes are files: they go as those that are too old do.
    this.#statements.expireUploads.run(owner);
    this.#statements.delete.run(owner);
  }

  setLastSeen(
    { account, device, nowMs }: { account: AccountId; device?: DeviceId; nowMs: number },
  ): void {
    this.#statements.setLastSeen.run(nowMs, account);
    if (device !== undefined) this.#devices.setLastSeen(account, device, nowMs);
  }

  /** The row of an account that the caller has signed in. Throws Refusal when there is none. */
  number(account: AccountId): number {
    const id = this.#statements.number.first(account);
    if (id === undefined) throw new Refusal("unknown-account", "No such account");
    return id;
  }
}

function prepare(database: Database) {
  return {
    number: database.query("SELECT id FROM account WHERE account = ? AND deleted = 0", rowNumber),
    insert: database.command(
      `INSERT INTO account (account, name, skeleton, identity, password_record, created_ms, last_seen_ms, roster_entry,
        recovery_copy) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    createImported: database.command(
      `INSERT INTO account (account, name, skeleton, identity, password_record, created_ms, last_seen_ms, roster_entry,
        recovery_copy, imported) VALUES (?, ?, ?, '', ?, ?, ?, x'', x'', 1)`,
    ),
    list: database.query(
      `SELECT ${ACCOUNT_COLUMNS} FROM account WHERE account > ? AND deleted = 0 AND length(roster_entry) >= ? ORDER BY account LIMIT ?`,
      readAccount,
    ),
    // Neither reads the table: it holds the roster entries.
    count: database.query("SELECT count(*) AS total FROM account", rowTotal),
    countUnclaimed: database.query(
      "SELECT count(*) AS total FROM account WHERE roster_entry = x''",
      rowTotal,
    ),
    countDeleted: database.query(
      "SELECT count(*) AS total FROM account WHERE deleted = 1",
      rowTotal,
    ),
    replacePassword: database.query(
      `UPDATE account SET password_record = ?, imported = 0, generation = generation + 1 WHERE id = ?
        RETURNING generation`,
      (row) => row.integer("generation"),
    ),
    endSessions: database.command("UPDATE account SET generation = generation + 1 WHERE id = ?"),
    replaceIdentity: database.command(
      `UPDATE account SET identity = ?, roster_entry = ?, recovery_copy = ?, rotation = ?, revocation = NULL,
        revocation_sequence = 0, generation = generation + 1 WHERE id = ?`,
    ),
    // Not an empty entry, which would be one of an account that its owner has yet to claim.
    delete: database.command(
      `UPDATE account SET deleted = 1, identity = '', password_record = '', recovery_copy = x'',
        rotation = NULL, revocation = NULL, roster_entry = x'00' WHERE id = ?`,
    ),
    deleteInvitations: database.command("DELETE FROM room_invitation WHERE account = ?"),
    deleteAccountData: database.command("DELETE FROM notebook WHERE owner = ?"),
    expireUploads: database.command("UPDATE upload SET touched_ms = 0 WHERE sender = ?"),
    deleteRole: database.command("DELETE FROM role WHERE account = ?"),
    setRevocation: database.command(
      `UPDATE account SET revocation = ?, revocation_sequence = ?
        WHERE id = ? AND revocation_sequence = ?`,
    ),
    setLastSeen: database.command(
      "UPDATE account SET last_seen_ms = max(last_seen_ms, ?) WHERE account = ?",
    ),
  };
}
