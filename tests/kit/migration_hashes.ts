/** The hash of every migration of every database, as kept in tests/fixtures/schemas/migrations.json. */

import { encodeHex, utf8 } from "../../lib/base/bytes.ts";
import { NODE_MIGRATIONS } from "../../lib/client/p2p/node_store.ts";
import { PAIR_MIGRATIONS } from "../../lib/client/p2p/sequencer.ts";
import { MIGRATIONS as PROFILE } from "../../lib/client/profile/schema.ts";
import { MIGRATIONS as SERVER } from "../../lib/server/store/sqlite/schema.ts";

/** Of each database, SHA-256 of the SQL of each version, in hex. */
export type MigrationHashes = Readonly<Record<string, readonly string[]>>;

const ALL = { server: SERVER, profile: PROFILE, node: NODE_MIGRATIONS, pair: PAIR_MIGRATIONS };

export async function hashMigrations(
  databases: Readonly<Record<string, readonly string[]>> = ALL,
): Promise<MigrationHashes> {
  const hashed = Object.entries(databases).map(async ([name, migrations]) =>
    [name, await Promise.all(migrations.map(hash))] as const
  );
  return Object.fromEntries(await Promise.all(hashed));
}

/** None when nothing was ever kept. */
export async function readKeptHashes(): Promise<MigrationHashes> {
  const file = new URL("../fixtures/schemas/migrations.json", import.meta.url);
  try {
    return JSON.parse(await Deno.readTextFile(file));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/** Those that were kept and are not there any more, as `server 3`. */
export function changedMigrations(
  kept: MigrationHashes,
  present: MigrationHashes,
): readonly string[] {
  return Object.entries(kept).flatMap(([name, hashes]) =>
    hashes.flatMap((one, i) => present[name]?.[i] === one ? [] : [`${name} ${i + 1}`])
  );
}

async function hash(sql: string): Promise<string> {
  return encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(sql))));
}
