import { equal, rejects } from "node:assert/strict";
import { PairLog } from "../../../lib/client/p2p/pair_log.ts";
import { PairMembers } from "../../../lib/client/p2p/pair_members.ts";
import { PAIR_MIGRATIONS } from "../../../lib/client/p2p/sequencer.ts";
import type { MessageLog } from "../../../lib/relay/message_log.ts";
import { openLocalStore } from "../../../lib/server/store/sqlite/local_store.ts";
import { openWorkerStore } from "../../../lib/server/store/sqlite/worker_store.ts";
import { Database } from "../../../lib/storage/database.ts";
import {
  accountId,
  conversationId,
  deviceId,
  fingerprintOf,
  join,
  newAccount,
  temporaryDatabase,
  Writer,
} from "../server/store_kit.ts";
import { messageLogContract } from "./message_log_contract.ts";

for (const [name, openStore] of [["store", openLocalStore], ["worker", openWorkerStore]] as const) {
  messageLogContract(name, async (run) => {
    await using file = await temporaryDatabase();
    await using store = await openStore(file.path);
    await join(store, "alice", 1);
    await join(store, "bob", 2);
    await run(store);
  });
}

async function withPair(run: (log: MessageLog) => Promise<void>): Promise<void> {
  await using file = await temporaryDatabase();
  using database = Database.open(file.path, { migrations: PAIR_MIGRATIONS });
  const members = new PairMembers(database);
  for (const [name, device] of [["alice", 1], ["bob", 2]] as const) {
    const { rosterEntry, firstDevice: { certificate } } = newAccount(name, device);
    members.put({
      ...{ account: accountId(name), name, identity: fingerprintOf(device) },
      ...{ device: deviceId(device), rosterEntry, certificate },
    });
  }
  await run(new PairLog(database));
}

messageLogContract("pair", withPair);

Deno.test("S1.24: the order of a pair takes no commit that adds a device", async () => {
  await withPair(async (log) => {
    const alice = new Writer({ account: accountId("alice"), device: deviceId(1) });
    const bob = { account: accountId("bob"), device: deviceId(2) };
    const conversation = conversationId(1);
    await log.openDirect(alice.opening(conversation, bob));
    const commit = alice.commit(conversation, 1);
    for (const more of [{ added: [bob] }, { welcome: new Uint8Array(1) }]) {
      await rejects(log.commit({ ...commit, ...more }), { code: "not-allowed" });
    }
    equal((await log.commit(commit)).result, "committed");
  });
});

Deno.test("S1.24: the order of a pair forgets old answers, and takes none of their numbers again", async () => {
  await withPair(async (log) => {
    const alice = new Writer({ account: accountId("alice"), device: deviceId(1) });
    const conversation = conversationId(1);
    const bob = { account: accountId("bob"), device: deviceId(2) };
    await log.openDirect(alice.opening(conversation, bob));
    const old = alice.message(conversation, 1);
    await log.append(old);
    await log.acknowledge({ device: bob.device, conversation, seq: 9 });
    const far = { ...alice.message(conversation, 1), number: old.number + 4096 };
    equal((await log.append(far)).result, "appended");
    await rejects(log.append(old), { name: "Refusal", code: "bad-message" });
    const young = { ...alice.message(conversation, 1), number: old.number + 1 };
    equal((await log.append(young)).result, "appended");
  });
});
