/** The whole store over one database connection, synchronous. */

import { Database } from "../../../storage/database.ts";
import { MIGRATIONS } from "./schema.ts";
import { prepareTables, type Tables } from "./tables.ts";

/** An open database with the tables over it. */
export interface StoreCore {
  readonly database: Database;
  readonly tables: Tables;
}

/** Opens or creates the database at `path`. Throws StorageError. The caller closes `database`. */
export function openCore(path: string): StoreCore {
  const database = Database.open(path, { migrations: MIGRATIONS });
  try {
    return { database, tables: prepareTables(database) };
  } catch (error) {
    database.close();
    throw error;
  }
}
