/** The whole store over one database connection, synchronous. */

import { Database } from "../../storage/database.ts";
import { accountCalls } from "./account_calls.ts";
import { broadcastCalls } from "./broadcasts.ts";
import type { StoreCalls, Unsettled } from "./calls.ts";
import { envelopeCalls } from "./envelope_calls.ts";
import { EnvelopeLog } from "./envelope_log.ts";
import { Expiry } from "./expiry.ts";
import { IncarnationTable } from "./incarnation.ts";
import { moderationCalls } from "./moderation_calls.ts";
import { SanctionTable } from "./sanctions.ts";
import { MIGRATIONS } from "./schema.ts";
import { uploadCalls } from "./uploads.ts";

/** An open database with the calls over it. */
export interface StoreCore extends Calls {
  readonly database: Database;
}

/** The calls, and what some of them leave to be written. */
export interface Calls {
  readonly calls: StoreCalls;
  /** Of `append` and `acknowledge`, which change nothing when they fail. */
  readonly unsettled: Unsettled;
}

/** Opens or creates the database at `path`. Throws StorageError. The caller closes `database`. */
export function openCore(path: string): StoreCore {
  const database = Database.open(path, { migrations: MIGRATIONS });
  try {
    return { database, ...makeCalls(database) };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Prepares the statements of every call. */
export function makeCalls(database: Database): Calls {
  const log = new EnvelopeLog(database);
  const sanctions = new SanctionTable(database);
  const expiry = new Expiry(database);
  const incarnations = new IncarnationTable(database);
  const envelopes = envelopeCalls(database, { log, sanctions });
  const calls: StoreCalls = {
    ...accountCalls(database, { log, sanctions }),
    ...envelopes.calls,
    ...moderationCalls(database, sanctions),
    ...broadcastCalls(database, sanctions),
    ...uploadCalls(database),
    findIncarnation: () => incarnations.find(),
    listRestored: (options) => incarnations.listRestored(options),
    expire: (nowMs) => expiry.expire(nowMs),
  };
  return { calls, unsettled: envelopes.unsettled };
}
