/** A server's store on PostgreSQL: found, judged whether it is this server's, and opened. */

import { describeError, StorageError } from "../../../base/errors.ts";
import { logger } from "../../../base/log.ts";
import type { Clock } from "../../../base/clock.ts";
import type { Random } from "../../../base/random.ts";
import { readPassword, readTrusted } from "../../config/opening_files.ts";
import { writeStoreMark } from "../../config/store_mark.ts";
import { formatStore, type StoreChoice } from "../../config/store_url.ts";
import type { CommitTimes } from "../commit_times.ts";
import { type DatabaseHealth, hasDatabaseFile, hasServerKeys } from "../database_file.ts";
import type { NodeOnStore, OpenedStore, StoreOwner } from "../opened_store.ts";
import { type PostgresAddress, PostgresDatabase } from "./database.ts";
import { claimDatabase, migratePostgres } from "./migration.ts";
import { nameConnections, requireFittingNodes } from "./other_nodes.ts";
import { PostgresStore } from "./postgres_store.ts";
import { StoreClock } from "./store_clock.ts";

const log = logger("server", "store");

/** Where all tables are, so that they share a database with others' if they must. */
const SCHEMA = "heliograph";
/** `gen_random_uuid` and what else the tables need, as the server counts its versions. */
const OLDEST_SERVER = 130_000;
const LOOK_EVERY_MS = 5_000;

interface Options {
  readonly clock: Clock;
  readonly random: Random;
  readonly choice: StoreChoice;
  readonly commitTimes: CommitTimes;
  /** By the keys of the data folder, when all of them are there. */
  readonly owner?: StoreOwner | undefined;
  readonly node?: NodeOnStore | undefined;
}

/**
 * The store belongs to `owned`. Rejects with StorageError (`unreachable`, `no-permission`, `not-found`, `newer-format`,
 * `unknown-format`, `database-missing`, `database-elsewhere`, `too-old`, `another-ca`, `another-bus`, `node-not-heard`, `version-apart`) and, for a file that cannot be used, UsageError. Nothing is
 * changed then.
 */
export async function openPostgresStored(
  dataFolder: string,
  owned: AsyncDisposableStack,
  { clock, random, choice, commitTimes, owner, node }: Options,
): Promise<OpenedStore> {
  if (await hasDatabaseFile(dataFolder)) {
    throw new StorageError(
      "database-elsewhere",
      `Cannot open ${dataFolder}: its accounts and messages are in server.db. Start it without --store, or choose an empty folder`,
    );
  }
  const isFirst = !await hasServerKeys(dataFolder);
  const database = await openDatabase({ clock, random, choice }, { isFirst, owner, node });
  const store = owned.use(new PostgresStore(database, commitTimes));
  const storeClock = await StoreClock.read(database, clock);
  return {
    store,
    dataFolder,
    database: new PostgresHealth(database, { name: formatStore(choice.place), storeClock }),
    commitTimes,
    clock: storeClock,
    async claim(owner) {
      await claimDatabase(database, owner);
      await writeStoreMark(dataFolder, choice);
    },
  };
}

/** The store of a server that does not run, or runs beside, for the commands of its operator. The caller closes it. */
export async function openPostgresStore(
  { clock, random, choice }: Pick<Options, "clock" | "random" | "choice">,
): Promise<PostgresStore> {
  return new PostgresStore(await openDatabase({ clock, random, choice }, { isFirst: false }));
}

/** With its tables. `isFirst`: no server has run on the data folder, so they may still have to be made. */
async function openDatabase(
  { clock, random, choice }: Pick<Options, "clock" | "random" | "choice">,
  { isFirst, owner, node }: { readonly isFirst: boolean } & Pick<Options, "owner" | "node">,
): Promise<PostgresDatabase> {
  await using opening = new AsyncDisposableStack();
  const application = node && nameConnections(node);
  const database = opening.use(await connectPostgres({ clock, random, choice, application }));
  const judge = async () => {
    if (node !== undefined) await requireFittingNodes(database, node, clock);
  };
  await explaining(choice, () => migratePostgres(database, { isFirst, owner, judge }));
  opening.move();
  return database;
}

/** The database as it is, whosever it is. `application`: what its server knows the connections by. The caller closes it. */
export async function connectPostgres(
  { clock, random, choice, application }: Pick<Options, "clock" | "random" | "choice"> & {
    readonly application?: string | undefined;
  },
): Promise<PostgresDatabase> {
  const address = { ...await readAddress(choice), application };
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await PostgresDatabase.open({ address, clock, random }));
  await explaining(choice, () => requireVersion(database));
  opening.move();
  return database;
}

/** Does that; what it rejects with says which database it is about. */
export async function explaining<T>(choice: StoreChoice, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    throw explained(error, choice);
  }
}

/** The same failure, with the database that it is about. */
function explained(error: StorageError, { place }: StoreChoice): StorageError {
  const why = error.message.replace(/^Cannot [^:]*: /, "");
  const message = `Cannot open ${formatStore(place)}: ${why}`;
  return new StorageError(error.code, message, { cause: error });
}

async function readAddress({ place, passwordFile }: StoreChoice): Promise<PostgresAddress> {
  const { socket, user, database, caFile } = place;
  const password = await readPassword(passwordFile);
  const common = { user, database, password, schema: SCHEMA };
  if (socket.transport === "unix") return { ...common, socket };
  const { transport, hostname, port, isEncrypted } = socket;
  if (!isEncrypted) return { ...common, socket: { transport, hostname, port, tls: undefined } };
  const caCerts = await readTrusted(caFile);
  return { ...common, socket: { transport, hostname, port, tls: { caCerts } } };
}

async function requireVersion(database: PostgresDatabase): Promise<void> {
  const version = await database.integer("SELECT current_setting('server_version_num')::int") ?? 0;
  if (version >= OLDEST_SERVER) return;
  throw new StorageError(
    "too-old",
    `Cannot open the database: PostgreSQL 13 or newer is needed, this is ${version / 10_000 | 0}`,
  );
}

/** What an operator sees of it. It is never lost for good: a server that comes back goes on. */
class PostgresHealth implements DatabaseHealth {
  readonly #database: PostgresDatabase;
  readonly #name: string;
  readonly #storeClock: StoreClock;

  constructor(
    database: PostgresDatabase,
    { name, storeClock }: { readonly name: string; readonly storeClock: StoreClock },
  ) {
    this.#database = database;
    this.#name = name;
    this.#storeClock = storeClock;
  }

  isInPlace(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async sizes(): Promise<{ readonly databaseBytes?: number }> {
    try {
      const bytes = await this.#database.integer(SIZE, this.#database.schema);
      return bytes === undefined ? {} : { databaseBytes: bytes };
    } catch (error) {
      log.debug("size not known", { reason: describeError(error) });
      return {};
    }
  }

  async watch(clock: Clock, signal: AbortSignal): Promise<never> {
    for (let isThere = true;;) {
      await clock.sleep(LOOK_EVERY_MS, { signal });
      try {
        await this.#storeClock.readAgain(this.#database);
        if (!isThere) log.info("database reachable", { store: this.#name });
        isThere = true;
      } catch (error) {
        if (isThere) {
          log.error("database unreachable", { store: this.#name, reason: describeError(error) });
        }
        isThere = false;
      }
    }
  }
}

const SIZE = `SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'`;
