/** What comes after an answer of the database that broke off in its middle. */

import { deepEqual } from "node:assert/strict";
import { query } from "../../../lib/server/store/postgres/database.ts";
import { until } from "../../kit/cluster.ts";
import { postgresTest } from "../../kit/postgres.ts";

/** Rows of which some arrive before the last one, for which the first asker waits. */
const SLOW_ONCE = query(
  `SELECT repeat('x', 3000) AS text,
    CASE WHEN nextval('slow_once') = 20 THEN (SELECT '' FROM pg_sleep(3600)) END AS pause
    FROM generate_series(1, 20)`,
  (row) => row.text("text").length,
);
const END_SLEEPER =
  `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'PgSleep'`;
/** More than there are connections, each of which is held for a moment. */
const AT_ONCE = 32;

Deno.test(postgresTest(
  "an answer that breaks off in its middle leaves nothing before the answers that come after it",
  async (server) => {
    await using database = await server.open();
    await using other = await server.connect();
    await database.transaction((transaction) => transaction.script("CREATE SEQUENCE slow_once"));
    const slow = database.all(SLOW_ONCE);
    await until(async () => await other.integer(END_SLEEPER) === 1);
    deepEqual(await slow, Array.from({ length: 20 }, () => 3000));
    const found = await Promise.all(
      Array.from({ length: AT_ONCE }, () => database.has("SELECT 1 FROM pg_sleep(0.05)")),
    );
    deepEqual(found, Array.from({ length: AT_ONCE }, () => true));
  },
));
