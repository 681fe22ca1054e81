/** A server's data, from another process than the server: through the server that runs, or the database itself. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { describeError, StorageError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { VERSION } from "../base/version.ts";
import { DATABASE_FILE } from "../server/config/data_folder.ts";
import { refuseMovedFolder } from "../server/config/move_marks.ts";
import { readStoreMark } from "../server/config/store_mark.ts";
import { refuseLostDatabase } from "../server/store/database_file.ts";
import { openLocalStore } from "../server/store/sqlite/local_store.ts";
import type { Store } from "../server/store/store.ts";
import { InstanceLock } from "../storage/instance_lock.ts";
import type { AdminIo } from "./admin_io.ts";
import { ControlClient } from "./control_client.ts";
import { controlSocketPath } from "./control_path.ts";
import { readState } from "./state_file.ts";

const log = logger("admin", "data");

/** For how long another command is waited for that works on the data; a server that begins or ends may take as long. */
const LOCK_WAIT_MS = 5_000;
const LOCK_LOOK_MS = 250;

/** What a database is opened with. */
type Tools = Pick<AdminIo, "clock" | "random">;

/** The database, opened by this process. */
export interface OwnData extends AsyncDisposable {
  readonly store: Store;
  /** A server runs beside, that has no control socket: it looks itself for what others write. Else this process holds its lock. */
  readonly isUntold: boolean;
}

/** Throws StorageError: `not-found` when no server ever ran here, `database-missing`. */
export async function requireData(folder: string): Promise<void> {
  refuseMovedFolder(folder);
  if (readStoreMark(folder) !== undefined) return;
  await refuseLostDatabase(folder);
  if (!existsSync(join(folder, DATABASE_FILE))) {
    throw new StorageError("not-found", `Cannot open ${folder}: no server has run there yet`);
  }
}

/**
 * Through the server if one runs, so that nobody writes the database beside it. The caller closes it. Throws StorageError `in-use`
 * when somebody else works on the data and goes on, or a server of another version runs beside; TransportError `no-control`.
 */
export async function openData(
  folder: string,
  { clock, random }: Tools,
): Promise<ControlClient | OwnData> {
  for (let leftMs = LOCK_WAIT_MS;; leftMs -= LOCK_LOOK_MS) {
    try {
      const waitMs = leftMs === LOCK_WAIT_MS ? 0 : LOCK_LOOK_MS;
      const lock = InstanceLock.take(folder, { waitMs });
      return await openOwn(folder, lock, { clock, random });
    } catch (error) {
      if (!isInUse(error)) throw error;
      const running = await findRunning(folder, { clock, random });
      if (running !== undefined) return running;
      if (leftMs <= 0) throw error;
    }
  }
}

/** Undefined when whoever holds the lock is no server that has said that it runs. */
async function findRunning(
  folder: string,
  { clock, random }: Tools,
): Promise<ControlClient | OwnData | undefined> {
  const state = await readState(folder);
  if (!existsSync(controlSocketPath(folder))) {
    return state && await openBeside(folder, state.version, { clock, random });
  }
  try {
    return await ControlClient.open(folder, clock);
  } catch (error) {
    // What a server left that was killed; another command holds the lock.
    log.debug("not asked", { reason: describeError(error) });
    return undefined;
  }
}

async function openOwn(
  folder: string,
  lock: InstanceLock,
  tools: Tools,
): Promise<OwnData> {
  using opening = new DisposableStack();
  opening.use(lock);
  const store = await openOwnStore(folder, tools);
  const owned = opening.move();
  return {
    store,
    isUntold: false,
    async [Symbol.asyncDispose]() {
      using _lock = owned;
      await store.close();
    },
  };
}

/** The one that the server on this folder uses. */
async function openOwnStore(folder: string, { clock, random }: Tools): Promise<Store> {
  const choice = readStoreMark(folder);
  if (choice === undefined) return openLocalStore(join(folder, DATABASE_FILE));
  const { openPostgresStore } = await import("../server/store/postgres/opening.ts");
  return await openPostgresStore({ clock, random, choice });
}

/** WAL mode lets several processes in, and each write waits for the other's for up to five seconds. */
async function openBeside(
  folder: string,
  version: string,
  tools: Tools,
): Promise<OwnData> {
  if (version !== VERSION) {
    throw new StorageError(
      "in-use",
      `Cannot open ${folder}: the running server has version ${version}, this program ${VERSION}`,
    );
  }
  const store = await openOwnStore(folder, tools);
  return { store, isUntold: true, [Symbol.asyncDispose]: () => store.close() };
}

function isInUse(error: unknown): boolean {
  return error instanceof StorageError && error.code === "in-use";
}

/** Whether a server holds the folder now. */
export function isServerRunning(folder: string): boolean {
  try {
    InstanceLock.take(folder).release();
    return false;
  } catch (error) {
    if (isInUse(error)) return true;
    throw error;
  }
}
