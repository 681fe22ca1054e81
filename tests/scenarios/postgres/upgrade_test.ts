/** A node that goes on beside newer ones, which have brought the tables up to date: for one minor version only by additions. */

import { deepEqual, equal, rejects } from "node:assert/strict";
import { newBroadcastId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { type PostgresDatabase, query } from "../../../lib/server/store/postgres/database.ts";
import { migratePostgres } from "../../../lib/server/store/postgres/migration.ts";
import { PostgresStore } from "../../../lib/server/store/postgres/postgres_store.ts";
import { POSTGRES_MIGRATIONS } from "../../../lib/server/store/postgres/schema.ts";
import { LineHub } from "../../kit/bad_line.ts";
import { until } from "../../kit/cluster.ts";
import { postgresTest } from "../../kit/postgres.ts";
import { ready, registered } from "../../kit/raw_account.ts";
import { openPair, RawMember } from "../../kit/raw_conversation.ts";
import { openNodes } from "../../kit/two_nodes.ts";
import { CONTRACT_CASES } from "../../unit/server/store_contract.ts";

const TABLES = query(
  "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = $1 ORDER BY 1",
  (row) => row.text("name"),
);

/** As the next version may: a column with a default and one without in each table, a table, an index. */
async function upgrade(database: PostgresDatabase): Promise<void> {
  const tables = await database.all(TABLES, database.schema);
  const additions = tables.map((name) =>
    `ALTER TABLE ${name} ADD COLUMN later_number int NOT NULL DEFAULT 7, ADD COLUMN later_text text`
  );
  const step = [
    ...additions,
    "CREATE TABLE later (id int PRIMARY KEY)",
    "CREATE INDEX later_accounts ON account (later_number)",
  ].join(";\n");
  await migratePostgres(database, {
    isFirst: false,
    migrations: [...POSTGRES_MIGRATIONS, step],
  });
}

function seqsOf({ client }: RawMember): number[] {
  return client.waiting.filter(({ header }) => header.kind === "relay.envelope")
    .map(({ header }) => Number(header.seq));
}

Deno.test(postgresTest(
  "nodes go on while a newer one brings the tables up to date, and none of theirs starts on them again",
  async (postgres) => {
    await using owner = new AsyncDisposableStack();
    const hub = new LineHub();
    owner.defer(() => hub.close());
    const address = postgres.newAddress();
    const [one, two] = await openNodes(postgres, { line: () => hub.line(), owner, address });
    const { alice, bob: near, conversation } = await openPair(one);
    await near.client.close();
    const bob = new RawMember(near.account, await ready(two, near.account));
    await Promise.all([alice.subscribe(), bob.subscribe()]);
    await alice.send(conversation, "before");
    await until(() => seqsOf(bob).includes(2));

    const newer = owner.use(await postgres.connect(address));
    await upgrade(newer);
    await alice.send(conversation, "after");
    await until(() => seqsOf(bob).includes(3));
    await bob.send(conversation, "and back");
    await until(() => seqsOf(alice).includes(4));
    const carol = await registered(two, "carol", { which: 2 });
    await (await ready(one, carol)).close();
    const { accountId } = alice.account.person;
    const added = await one.parts.store.addBroadcast({
      ...{ account: accountId, statement: new Uint8Array([1]), nowMs: 1 },
      id: newBroadcastId(systemRandom),
    });
    equal("sanction" in added, false);
    await one.parts.moderation.kick("operator", bob.account.person.accountId, {
      ...{ reason: "Enough", forSeconds: undefined },
    });
    equal((await bob.client.next("moderation.dismissed")).header.code, "kicked");
    deepEqual([one.faults, two.faults], [[], []]);

    await rejects(migratePostgres(newer, { isFirst: false }), {
      code: "newer-format",
      message: /its tables are of version \d+, this program knows \d+/,
    });
  },
));

/** All of them are kept by the tables of now (store_test.ts). */
const EACH = Deno.env.get("SLOW") === "1" ? 1 : 7;

Deno.test(postgresTest(
  "the store keeps its contract over the tables of the next version",
  async (postgres, test) => {
    const address = postgres.newAddress();
    await using database = await postgres.open(address);
    await upgrade(database);
    const cases = Object.entries(CONTRACT_CASES).filter((_, at) => at % EACH === 0);
    for (const [name, run] of cases) {
      await postgres.empty(database);
      await test.step(name, async () => {
        await using store = new PostgresStore(await postgres.connect(address));
        await run(store);
      });
    }
  },
));
