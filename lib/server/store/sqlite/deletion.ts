/** The end of an account: judged and done in one transaction, so that server and rooms keep their last owners. */

import type { Database } from "../../../storage/database.ts";
import type { Store } from "../store.ts";
import type { AccountTable } from "./accounts.ts";
import type { AuditTable } from "./audit.ts";
import { conversationId } from "../columns.ts";
import type { LookUp } from "./lookups.ts";
import type { RoleTable } from "./roles.ts";

interface DeletionParts {
  readonly accounts: AccountTable;
  readonly roles: RoleTable;
  readonly audit: AuditTable;
  readonly lookUp: LookUp;
}

/** Deletes accounts that may go. */
export class AccountDeletion {
  readonly #parts: DeletionParts;
  readonly #statements;

  constructor(database: Database, parts: DeletionParts) {
    this.#parts = parts;
    this.#statements = prepare(database);
  }

  delete(
    { account, nowMs, rooms, trial }: Parameters<Store["deleteAccount"]>[0],
  ): Awaited<ReturnType<Store["deleteAccount"]>> {
    const { accounts, roles, audit, lookUp } = this.#parts;
    const target = accounts.number(account);
    const role = lookUp("findRole", account);
    const judged = { by: null, target, role };
    if (roles.isLastOwner(judged, nowMs)) return "last-owner";
    if (rooms !== undefined && !this.#areThese(target, rooms)) return "stale";
    if (trial === true) return "allowed";
    if (role !== "member") {
      audit.write(judged, { action: "grant", nowMs, detail: `${role} to member` });
    }
    accounts.delete(account);
    return "deleted";
  }

  /** Whether the account is in these rooms, each at its version, and in no other. */
  #areThese(account: number, rooms: readonly { conversation: string; version: number }[]): boolean {
    const known = new Map(rooms.map(({ conversation, version }) => [conversation, version]));
    const present = this.#statements.listRooms.all(account);
    return present.length === known.size &&
      present.every(({ conversation, version }) => known.get(conversation) === version);
  }
}

function prepare(database: Database) {
  return {
    listRooms: database.query(
      `SELECT c.conversation, r.version FROM conversation_account p
        CROSS JOIN conversation c ON c.id = p.conversation AND c.open = 1
        CROSS JOIN room r ON r.conversation = c.id WHERE p.account = ?
          AND NOT EXISTS (SELECT 1 FROM room_removal x WHERE x.conversation = c.id AND x.account = p.account)`,
      (row) => ({ conversation: conversationId(row), version: row.integer("version") }),
    ),
  };
}
