/** Group commit: many calls in one transaction, so that one sync of the disk serves them all. */

import { StorageError } from "../../base/errors.ts";
import type { CallName } from "./calls.ts";
import type { StoreCore } from "./core.ts";
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

/** Calls that change nothing. They need no savepoint, and they can be made again when a commit failed. */
const READS: ReadonlySet<CallName> = new Set<CallName>([
  "findAccount",
  "findEntry",
  "listAccounts",
  "findRecoveryCopy",
  "checkToken",
  "findDevice",
  "listDevices",
  "findRemovedDevice",
  "findCertificate",
  "countKeyPackages",
  "findGroup",
  "findWinner",
  "listConversations",
  "countWaiting",
  "listWaiting",
  "fetch",
  "highestNumber",
  "findRole",
  "listRoles",
  "findSanction",
  "listSanctions",
  "listAudit",
  "kickedSince",
  "findRoom",
  "findReplacedRoom",
  "hasRoom",
  "listRooms",
  "listEveryRoom",
  "listRoomMembers",
  "listRoomEntries",
  "findRoomInvitation",
  "listKickedMembers",
  "listRoomsOf",
  "listRoomMates",
  "listRoomGuests",
  "listRemovals",
  "hasUpload",
  "findUploadFor",
  "listUploadsOf",
  "findBotToken",
  "listBotTokens",
  "findIncarnation",
  "listRestored",
]);

/** Calls that write to `core.unsettled`: they change nothing when they fail, so they need no savepoint either. */
const DRAFTED: ReadonlySet<CallName> = new Set<CallName>(["append", "acknowledge"]);

/**
 * Makes the calls in order, in one transaction, and returns one outcome for each when it is committed. A call that fails
 * undoes itself alone. When the transaction cannot go on or be committed (disk full), all writing calls fail with that.
 */
export function runBatch(core: StoreCore, calls: readonly StoreCall[]): readonly Outcome[] {
  if (calls.every(isRead)) return calls.map((call) => attempt(() => invoke(core, call)));
  try {
    return core.database.transaction(() => {
      const outcomes = calls.map((call) => runStep(core, call));
      core.unsettled.settle();
      return outcomes;
    });
  } catch (error) {
    const failed: Outcome = { ok: false, error: packError(error) };
    // What they read may have been undone, so they read again.
    core.unsettled.forget();
    return calls.map((call) => isRead(call) ? attempt(() => invoke(core, call)) : failed);
  } finally {
    core.unsettled.forget();
  }
}

function runStep(core: StoreCore, call: StoreCall): Outcome {
  const action = () => invoke(core, call);
  if (DRAFTED.has(call.name)) return attempt(action, endsTransaction);
  core.unsettled.settle();
  core.unsettled.forget();
  return attempt(isRead(call) ? action : () => core.database.transaction(action), endsTransaction);
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

/** SQLite may have rolled the whole transaction back by itself (sqlite.org/lang_transaction.html §3). */
function endsTransaction(error: unknown): boolean {
  return error instanceof StorageError && error.code !== "constraint" &&
    error.code !== "not-unique";
}

function isRead({ name }: StoreCall): boolean {
  return READS.has(name);
}

function invoke({ calls }: StoreCore, { name, args }: StoreCall): unknown {
  // `BatchedStore` is the only maker of calls and takes name and arguments from one typed signature.
  const call = calls[name] as (...args: readonly unknown[]) => unknown;
  return call(...args);
}
