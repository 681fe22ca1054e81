/** A message that is submitted while another node changes what it is judged by waits, and is judged by what is so afterwards. */

import assert from "node:assert/strict";
import type { PostgresDatabase, Transaction } from "../../../lib/server/store/postgres/database.ts";
import { lockAccounts, lockConversations } from "../../../lib/server/store/postgres/locks.ts";
import { PostgresStore } from "../../../lib/server/store/postgres/postgres_store.ts";
import { type PostgresServer, postgresTest } from "../../kit/postgres.ts";
import { openPair } from "../../unit/server/store_kit.ts";

/** Asks the server until somebody waits for a lock, or `ended`. */
async function untilWaiting(database: PostgresDatabase, ended: () => boolean): Promise<void> {
  const waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
  while (!ended() && !await database.has(waits));
}

/** Submits a message of Alice while `change` is not committed. */
async function sayMeanwhile(
  server: PostgresServer,
  change: (transaction: Transaction, scene: Awaited<ReturnType<typeof openPair>>) => Promise<void>,
) {
  const address = server.newAddress();
  await using database = await server.open(address);
  await using store = new PostgresStore(await server.connect(address));
  const scene = await openPair(store);
  const changed = Promise.withResolvers<void>();
  const mayCommit = Promise.withResolvers<void>();
  const changing = database.transaction(async (transaction) => {
    await change(transaction, scene);
    changed.resolve();
    await mayCommit.promise;
  });
  await changed.promise;
  let hasEnded = false;
  const said = store.append(scene.alice.message(scene.conversation, 1))
    .then(({ result }) => result, ({ code }) => code)
    .finally(() => hasEnded = true);
  await untilWaiting(database, () => hasEnded);
  mayCommit.resolve();
  await changing;
  return await said;
}

Deno.test(postgresTest(
  "SR-47: a message waits for the end of its sender's sessions, and is refused",
  async (server) => {
    const told = await sayMeanwhile(server, async (transaction, { alice }) => {
      const { account } = alice.member;
      await lockAccounts(transaction, { changed: [account] });
      await transaction.run(
        "UPDATE account SET generation = generation + 1 WHERE account = $1",
        account,
      );
    });
    assert.equal(told, "not-signed-in");
  },
));

Deno.test(postgresTest(
  "SR-35: a message waits for the removal of its sender from the list, and is refused",
  async (server) => {
    const told = await sayMeanwhile(server, async (transaction, { alice, conversation }) => {
      await lockConversations(transaction, [conversation]);
      await transaction.run(
        `DELETE FROM conversation_member WHERE device = (SELECT id FROM device WHERE device = $1)`,
        alice.member.device,
      );
    });
    assert.equal(told, "not-member");
  },
));
