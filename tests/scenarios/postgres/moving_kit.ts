/** What tests of moved servers have in common. */

import { dirname } from "node:path";
import { systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { parseStoreUrl, type StoreChoice } from "../../../lib/server/config/store_url.ts";
import type { PostgresServer } from "../../kit/postgres.ts";

export const TOOLS = { clock: systemClock, random: systemRandom, told: () => Promise.resolve() };

/** The database that the options of a server name, without tables. */
export async function newChoice(postgres: PostgresServer): Promise<StoreChoice> {
  await using database = await postgres.connect(postgres.address);
  await database.transaction((transaction) =>
    transaction.script("DROP SCHEMA IF EXISTS heliograph CASCADE")
  );
  const { user, database: name, socket } = postgres.address;
  const url = `postgres://${user}@/${name}?host=${dirname(socket.path)}`;
  const parsed = parseStoreUrl(url);
  if (!parsed.ok) throw new Error(parsed.message);
  return { place: parsed.place, url, passwordFile: undefined };
}
