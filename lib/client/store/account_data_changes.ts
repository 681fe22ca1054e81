/**
 * What the account's devices keep in common, as this profile has it: which version of each page was seen, and whether
 * something was changed here that the page does not have yet. All of it is synchronous.
 */

import type { AccountDataPage } from "../../protocol/hop/device.ts";
import type { Database } from "../../storage/database.ts";

/** How far a page and this profile are. */
export interface PageState {
  /** Of the server's page that was taken over last. */
  readonly version: string | undefined;
  /** Counts the changes made here. */
  readonly changed: number;
  /** Up to which of them the page has them. */
  readonly told: number;
}

/** In the transaction that changes what stands on the page. */
export function noteChange(database: Database, page: AccountDataPage): void {
  database.command("UPDATE notebook SET changed = changed + 1 WHERE page = ?").run(page);
}

/** How far it is now. */
export function stateOf(database: Database, page: AccountDataPage): PageState {
  const state = database.query("SELECT * FROM notebook WHERE page = ?", (row): PageState => ({
    version: row.optionalText("version"),
    changed: row.integer("changed"),
    told: row.integer("told"),
  })).first(page);
  return state ?? { version: undefined, changed: 1, told: 0 };
}

/** The page of this version and the profile say the same, with the changes made until then. */
export function agree(
  database: Database,
  page: AccountDataPage,
  { version, changed }: Pick<PageState, "version" | "changed">,
): void {
  database.command("UPDATE notebook SET version = ?, told = ? WHERE page = ?")
    .run(version ?? null, changed, page);
}
