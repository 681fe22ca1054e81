/** A backup of a server on PostgreSQL is of one moment. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import type { StoreChoice } from "../../../lib/server/config/store_url.ts";
import { copyKeys, ownerOf } from "../../../lib/server/moving/folders.ts";
import { snapshotPostgres } from "../../../lib/server/moving/snapshot.ts";
import { PostgresStore } from "../../../lib/server/store/postgres/postgres_store.ts";
import { MIGRATIONS } from "../../../lib/server/store/sqlite/schema.ts";
import { openStored } from "../../../lib/server/store/stored.ts";
import { Database } from "../../../lib/storage/database.ts";
import { postgresTest } from "../../kit/postgres.ts";
import { openPair } from "../../kit/raw_conversation.ts";
import { TestServer } from "../../kit/test_server.ts";
import { newChoice, TOOLS } from "./moving_kit.ts";

Deno.test(postgresTest(
  "a snapshot is of one moment: what nodes write while it is taken is in none of its tables",
  async (postgres) => {
    const choice = await newChoice(postgres);
    await using owner = new AsyncDisposableStack();
    owner.use(await postgres.open(postgres.address));
    const store = owner.use(new PostgresStore(await postgres.connect(postgres.address)));
    const server = owner.use(await TestServer.open({ wrapStore: () => store }));
    const { alice, conversation } = await openPair(server);
    await alice.send(conversation, "before");
    const { claim } = await openStoreOf(server.folder, owner, choice);
    await claim(await ownerOf(server.folder));
    const path = join(server.folder, "snapshot");
    const told: string[] = [];
    const tools = { ...TOOLS, choice, dataFolder: server.folder };
    await snapshotPostgres({
      ...tools,
      async told(table) {
        told.push(table);
        await alice.send(conversation, `while ${table} was copied`);
      },
    }, path);
    equal(told.length, 24);
    using file = Database.open(path, { migrations: MIGRATIONS });
    const [lastSeq, highest] = [
      file.integer("SELECT max(last_seq) FROM conversation"),
      file.integer("SELECT max(seq) FROM envelope"),
    ];
    ok(lastSeq !== undefined && lastSeq > 0);
    equal(highest, lastSeq);
    equal(file.has("PRAGMA foreign_key_check"), false);
    const now = (await store.listAccounts({ limit: 5 })).total;
    equal(file.integer("SELECT count(*) FROM account"), now);
    deepEqual(server.faults, []);
  },
));

/** As a node with the keys of that folder has it. */
async function openStoreOf(
  folder: string,
  owned: AsyncDisposableStack,
  choice: StoreChoice,
) {
  const copy = await Deno.makeTempDir();
  owned.defer(() => Deno.remove(copy, { recursive: true }));
  await copyKeys(folder, copy);
  const { clock, random } = TOOLS;
  return await openStored(copy, owned, { clock, random, choice, onLost() {} });
}
