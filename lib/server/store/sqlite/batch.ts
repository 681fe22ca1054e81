/** Group commit: many calls in one transaction, so that one sync of the disk serves them all. */

import { StorageError } from "../../../base/errors.ts";
import type { CallName } from "../store.ts";
import { CALLS } from "./calls.ts";
import type { StoreCore } from "./core.ts";
import type { Tables } from "./tables.ts";
import { type PackedError, packError } from "./packed_error.ts";

/** One call of the store, as it travels to the Worker. */
export interface StoreCall {
  readonly name: CallName;
  readonly args: readonly unknown[];
}

/** What became of one call. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: PackedError };

/**
 * Makes the calls in order, in one transaction, and returns one outcome for each when it is committed. A call that fails
 * undoes itself alone. When the transaction cannot go on or be committed (disk full), all writing calls fail with that.
 */
export function runBatch(core: StoreCore, calls: readonly StoreCall[]): readonly Outcome[] {
  if (calls.every(isRead)) return calls.map((call) => attempt(() => invoke(core, call)));
  try {
    return core.database.transaction(() => {
      core.tables.places.begin();
      const outcomes = calls.map((call) => runStep(core, call));
      core.tables.places.settle();
      return outcomes;
    });
  } catch (error) {
    const failed: Outcome = { ok: false, error: packError(error) };
    // What they read may have been undone, so they read again.
    core.tables.places.forgetUndone();
    return calls.map((call) => isRead(call) ? attempt(() => invoke(core, call)) : failed);
  }
}

function runStep(core: StoreCore, call: StoreCall): Outcome {
  const action = () => invoke(core, call);
  if (CALLS[call.name].effect === "draft") return attempt(action, endsTransaction);
  core.tables.places.settle();
  if (isRead(call)) return attempt(action, endsTransaction);
  core.tables.places.forget();
  return attempt(() => core.database.transaction(action), endsTransaction);
}

function attempt(
  action: () => unknown,
  endsAll: (error: unknown) => boolean = () => false,
): Outcome {
  try {
    return { ok: true, value: action() };
  } catch (error) {
    if (endsAll(error)) throw error;
    return { ok: false, error: packError(error) };
  }
}

/** Whether a writing call failed for a reason that is the disk's or the database's, not its own. */
export function hasCommitFailed(outcome: Outcome): boolean {
  return !outcome.ok && outcome.error.name === "StorageError" &&
    !OWN_FAILURES.includes(outcome.error.code);
}

/** Codes of what a call itself did wrong. */
const OWN_FAILURES: readonly string[] = ["constraint", "not-unique"];

/** SQLite may have rolled the whole transaction back by itself (sqlite.org/lang_transaction.html §3). */
function endsTransaction(error: unknown): boolean {
  return error instanceof StorageError && !OWN_FAILURES.includes(error.code);
}

/** Whether a call changes nothing. */
export function isRead({ name }: StoreCall): boolean {
  return CALLS[name].effect === "read";
}

function invoke({ tables }: StoreCore, { name, args }: StoreCall): unknown {
  // `BatchedStore` is the only maker of calls and takes name and arguments from one typed signature.
  const run = CALLS[name].run as (tables: Tables, ...args: readonly unknown[]) => unknown;
  return run(tables, ...args);
}
