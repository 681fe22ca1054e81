/** Roles on the server, and the judgement by them of who may do what. */

import { Refusal } from "../../../base/errors.ts";
import type { AccountId } from "../../../base/ids.ts";
import type { Action, Role } from "../../../protocol/permissions.ts";
import type { Database } from "../../../storage/database.ts";
import { type JudgedAction, judgeRoles } from "../moderation_rules.ts";
import type { Actor, Denial, Sanction } from "../moderation_store.ts";
import { rowNumber } from "../columns.ts";
import type { LookUp } from "./lookups.ts";

/** Who is what. */
export class RoleTable {
  readonly #lookUp: LookUp;
  readonly #statements;

  constructor(database: Database, lookUp: LookUp) {
    this.#lookUp = lookUp;
    this.#statements = prepare(database);
  }

  /**
   * `kick`: that of the actor, if there is one. Throws Refusal `unknown-account` when there is no such target: told only to
   * those who may do this.
   */
  judge(
    { by, action, account }: { by: Actor; action: Action; account: AccountId },
    kick: Sanction | undefined,
  ): JudgedAction | Denial {
    const role = this.#lookUp("findRole", account);
    const own = by === "operator" ? "operator" : this.#lookUp("findRole", by);
    const denial = judgeRoles({ action, own, kick, role });
    if (denial !== undefined) return denial;
    const target = this.#statements.number.first(account);
    if (target === undefined) throw new Refusal("unknown-account", "No such account");
    const actor = by === "operator" ? null : this.#statements.number.first(by) ?? null;
    return { by: actor, target, role };
  }

  /** Whether this is the only owner who is not kicked. */
  isLastOwner({ target, role }: JudgedAction, nowMs: number): boolean {
    if (role !== "owner") return false;
    return this.#statements.findOtherOwner.first(target, nowMs) === undefined;
  }

  set({ target }: JudgedAction, role: Role): void {
    if (role === "member") this.#statements.clear.run(target);
    else this.#statements.set.run(target, role);
  }
}

function prepare(database: Database) {
  return {
    number: database.query("SELECT id FROM account WHERE account = ?", rowNumber),
    findOtherOwner: database.query(
      `SELECT r.account AS id FROM role r WHERE r.role = 'owner' AND r.account <> ?
        AND NOT EXISTS (SELECT 1 FROM sanction s WHERE s.account = r.account AND s.kind = 'kick'
          AND (s.until_ms IS NULL OR s.until_ms > ?)) LIMIT 1`,
      rowNumber,
    ),
    set: database.command(
      "INSERT INTO role (account, role) VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET role = excluded.role",
    ),
    clear: database.command("DELETE FROM role WHERE account = ?"),
  };
}
