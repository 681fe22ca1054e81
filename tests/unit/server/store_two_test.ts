/**
 * Two processes on one database, as two nodes would be: every condition must hold whoever writes in between, calls may be
 * delayed, shuffled and made at once, and an answer may be lost after its commit.
 */

import assert from "node:assert/strict";
import { StorageError } from "../../../lib/base/errors.ts";
import { ENVELOPE_OVERHEAD_BYTES } from "../../../lib/relay/log_rules.ts";
import { runBatch, type StoreCall } from "../../../lib/server/store/sqlite/batch.ts";
import { BatchedStore } from "../../../lib/server/store/sqlite/batched_store.ts";
import { openCore } from "../../../lib/server/store/sqlite/core.ts";
import { openLocalStore } from "../../../lib/server/store/sqlite/local_store.ts";
import { openWorkerStore } from "../../../lib/server/store/sqlite/worker_store.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import { seeded } from "../../kit/seeded.ts";
import {
  accountId,
  conversationId,
  deviceId,
  fingerprintOf,
  join,
  link,
  newAccount,
  newDevice,
  NO_LIMITS,
  openPair,
  START_MS,
  temporaryDatabase,
  uploadId,
  Writer,
} from "./store_kit.ts";

const SEEDS = 8;
/** What one message of these tests takes of a mailbox. */
const MESSAGE_BYTES = 100 + ENVELOPE_OVERHEAD_BYTES;
const TEXT = "x".repeat(100);

/** Two stores over one file, and what closes them. */
async function openTwo(): Promise<AsyncDisposable & { readonly one: Store; readonly two: Store }> {
  await using opening = new AsyncDisposableStack();
  const { path } = opening.use(await temporaryDatabase());
  const one = opening.use(openLocalStore(path));
  const two = opening.use(openLocalStore(path));
  const opened = opening.move();
  return { one, two, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Messages that wait for a device, over all its conversations. */
async function waitingFor(store: Store, device: number): Promise<number> {
  return await store.countWaiting(deviceId(device));
}

Deno.test("SR-54: what another process has stored counts for the room in a mailbox", async () => {
  await using stores = await openTwo();
  const { one, two } = stores;
  const { alice, conversation } = await openPair(one);
  const limits = { perDeviceBytes: 40 * MESSAGE_BYTES, perSenderBytes: 40 * MESSAGE_BYTES };
  const say = (store: Store) => store.append({ ...alice.message(conversation, 1, TEXT), limits });
  // The first process has looked how much room there is, and knows of no other that writes.
  assert.equal((await say(one)).result, "appended");
  for (let i = 0; i < 36; i++) assert.equal((await say(two)).result, "appended");
  let stored = 37;
  while ((await say(one)).result === "appended") assert(++stored <= 40, "more than the limit");
  assert.equal((await say(two)).result, "quota-exceeded");
});

Deno.test("what a process remembers of who sends ends with what another one writes", async () => {
  await using stores = await openTwo();
  const { one, two } = stores;
  const { alice, conversation } = await openPair(one);
  const { account, device } = alice.member;
  const say = (store: Store, message = alice.message(conversation, 1, TEXT)) =>
    store.append({ ...message, limits: NO_LIMITS });
  assert.equal((await say(one)).result, "appended");
  const second = alice.message(conversation, 1, TEXT);
  const stored = await say(two, second);
  assert(stored.result === "appended");
  const again = await say(one, second);
  assert.deepEqual([again.result, "seq" in again && again.seq], ["known", stored.seq]);
  await two.setSignedIn({ account, device, signedIn: false });
  await assert.rejects(say(one), { code: "not-signed-in" });
  await one.setSignedIn({ account, device, signedIn: true });
  assert.equal((await say(one)).result, "appended");
  assert.equal((await say(two)).result, "appended");
  const revocation = new Uint8Array(1);
  await two.removeDevices({ account, devices: [device], revocation, present: 0, sequence: 1 });
  await assert.rejects(say(one), { code: "device-refused" });
});

Deno.test("SR-54: two processes that append at once leave no mailbox over its limit", async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const draw = seeded(seed);
    await using stores = await openTwo();
    const { one, two } = stores;
    const { alice, bob, conversation } = await openPair(one);
    const carol = new Writer(await join(one, "carol", 3));
    await one.openDirect(carol.opening(conversationId(2), bob.member));
    const most = 5 + draw(40);
    const limits = { perDeviceBytes: most * MESSAGE_BYTES, perSenderBytes: most * MESSAGE_BYTES };
    const says = Array.from({ length: 60 }, (_, i) => () => {
      const [writer, where] = draw(2) === 0 ? [alice, conversation] : [carol, conversationId(2)];
      return [one, two][draw(2)].append({
        ...writer.message(where, 1, TEXT.slice(0, 100 - `${i}`.length) + i),
        limits,
      });
    });
    // Some at once, some after the other: both processes decide between the other's commits.
    for (let at = 0; at < says.length;) {
      const together = says.slice(at, at + 1 + draw(6));
      at += together.length;
      await Promise.all(together.map((say) => say()));
    }
    const waiting = await waitingFor(two, 2);
    const slack = Math.floor(limits.perDeviceBytes / 256 / MESSAGE_BYTES);
    // Both Welcomes wait too, and count, but are no messages.
    assert(waiting - 2 <= most + slack, `${waiting} wait, at most ${most} may, seed ${seed}`);
    assert(waiting >= most - 2, `nothing was tried: ${waiting} of ${most}, seed ${seed}`);
  }
});

Deno.test("SR-54: what was undone with its batch frees no room in a mailbox", async () => {
  await using file = await temporaryDatabase();
  const core = openCore(file.path);
  await using store = new BatchedStore({
    run: (calls) => Promise.resolve(runBatch(core, calls)),
    close: () => Promise.resolve(core.database.close()),
  });
  const { alice, bob, conversation } = await openPair(store);
  const carol = new Writer(await join(store, "carol", 3));
  await store.openDirect(carol.opening(conversationId(2), bob.member));
  const limits = { perDeviceBytes: 12 * MESSAGE_BYTES, perSenderBytes: 40 * MESSAGE_BYTES };
  const byAlice = () => ({ ...alice.message(conversation, 1, TEXT), limits });
  const byCarol = () => ({ ...carol.message(conversationId(2), 1, TEXT), limits });
  for (let i = 0; i < 6; i++) {
    assert.equal((await store.append(byAlice())).result, "appended");
  }
  while ((await store.append(byCarol())).result === "appended");
  const before = await waitingFor(store, 2);
  // Bob's device has what Alice said, so there is room; then the commit fails, and nothing of it was ever so.
  const acknowledged: StoreCall = {
    name: "acknowledge",
    args: [{ device: deviceId(2), conversation, seq: 1000 }],
  };
  const { places } = core.tables;
  const settle = places.settle.bind(places);
  let settled = 0;
  places.settle = () => {
    settle();
    if (++settled === 2) throw new StorageError("disk-full", "The disk is full");
  };
  const outcomes = runBatch(core, [acknowledged, { name: "append", args: [byCarol()] }]);
  places.settle = settle;
  assert(outcomes.every(({ ok }) => !ok), "the batch was stored");
  assert.equal(await waitingFor(store, 2), before);
  assert.equal((await store.append(byCarol())).result, "quota-exceeded");
});

/** What two processes may both be asked at once, of which one alone may be told yes. */
const RACES: Readonly<
  Record<string, (stores: readonly [Store, Store]) => Promise<readonly (() => Promise<boolean>)[]>>
> = {
  "an account of one name": (stores) =>
    Promise.resolve(
      stores.map((store, i) => async () =>
        await store.createAccount(newAccount("dora", 10 + i)) === "created"
      ),
    ),
  "the last use of an invite": async (stores) => {
    const hash = new Uint8Array(32).fill(7);
    await stores[0].addToken({ hash, uses: 1, expiresMs: START_MS + 1000 });
    return stores.map((store, i) => async () =>
      await store.createAccount(newAccount(["dora", "emil"][i], 10 + i, hash)) === "created"
    );
  },
  "the commit that ends an epoch": async (stores) => {
    const { alice, bob, conversation } = await openPair(stores[0]);
    return [alice, bob].map((writer, i) => async () =>
      (await stores[i].commit(writer.commit(conversation, 1))).result === "committed"
    );
  },
  "the direct conversation of two": async (stores) => {
    const alice = new Writer(await join(stores[0], "alice", 1));
    const bob = new Writer(await join(stores[0], "bob", 2));
    return [
      async () =>
        (await stores[0].openDirect(alice.opening(conversationId(1), bob.member))).result ===
          "opened",
      async () =>
        (await stores[1].openDirect(bob.opening(conversationId(2), alice.member))).result ===
          "opened",
    ];
  },
  "a one-time key package": async (stores) => {
    const bob = await join(stores[0], "bob", 2);
    const packages = [new Uint8Array(8)];
    await stores[0].publishKeyPackages({
      device: bob.device,
      packages,
      lastResort: false,
      nowMs: START_MS,
    });
    return stores.map((store) => async () => await store.takeKeyPackage(bob.account) !== undefined);
  },
  "the page of an account's data": async (stores) => {
    const { account } = await join(stores[0], "alice", 1);
    return stores.map((store, i) => () =>
      store.writePage({
        account,
        page: "people",
        version: `${i}`.repeat(32),
        follows: undefined,
        body: new Uint8Array(4),
      })
    );
  },
  "the next list of removed devices": async (stores) => {
    const alice = await join(stores[0], "alice", 1);
    await link(stores[0], alice, 2);
    return stores.map((store) => async () =>
      await store.removeDevices({
        account: alice.account,
        devices: [deviceId(2)],
        revocation: new Uint8Array(4),
        present: 0,
        sequence: 1,
      }) === "removed"
    );
  },
  "the demotion of the last two owners": async (stores) => {
    for (const [name, device] of [["alice", 1], ["bob", 2]] as const) {
      const { account } = await join(stores[0], name, device);
      await stores[0].grantRole({ by: "operator", account, role: "owner", nowMs: START_MS });
    }
    return stores.map((store, i) => async () => {
      const account = accountId(["alice", "bob"][i]);
      const asked = { by: "operator", account, role: "member", nowMs: START_MS } as const;
      return (await store.grantRole(asked)).result === "done";
    });
  },
  "the last room of the spool": async (stores) => {
    const alice = await join(stores[0], "alice", 1);
    const bob = await join(stores[0], "bob", 2);
    const limits = { bytes: 1000, uploads: 1, allBytes: 1000, firstBytes: 10 };
    return stores.map((store, i) => async () =>
      (await store.openUpload({
        upload: uploadId(1 + i),
        sender: alice.account,
        audience: { account: bob.account },
        sizeBytes: 600,
        limits,
        nowMs: START_MS,
      })).result === "opened"
    );
  },
};

for (const [what, prepare] of Object.entries(RACES)) {
  Deno.test(`one of two processes alone gets ${what}`, async () => {
    for (const order of [[0, 1], [1, 0]]) {
      await using stores = await openTwo();
      const asks = await prepare([stores.one, stores.two]);
      const told = await Promise.all(order.map((i) => asks[i]()));
      assert.equal(told.filter((yes) => yes).length, 1, `in order ${order}`);
    }
  });
}

Deno.test("a change of password and a link of a device at two processes end with one of both", async () => {
  for (const order of [[0, 1], [1, 0]]) {
    await using stores = await openTwo();
    const { one, two } = stores;
    const alice = await join(one, "alice", 1);
    const added = () =>
      two.addDevice({
        account: alice.account,
        device: newDevice(5),
        nowMs: START_MS,
        identity: fingerprintOf(1),
      }).then(() => "added", () => "refused");
    const replaced = () =>
      one.replaceIdentity({
        account: alice.account,
        identity: fingerprintOf(9),
        rosterEntry: new Uint8Array(4),
        recoveryCopy: new Uint8Array(4),
        rotation: undefined,
        device: newDevice(9),
        nowMs: START_MS,
      }).then(() => "replaced");
    await Promise.all(order.map((i) => [added, replaced][i]()));
    // Whichever came first: a device of the old identity is never among those of the new one (SR-03).
    const devices = (await two.listDevices(alice.account)).map(({ device }) => device);
    assert.deepEqual(devices, [deviceId(9)]);
  }
});

Deno.test("SR-20: calls that are made again at another process, their answers lost, are stored once", async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const draw = seeded(seed);
    await using stores = await openTwo();
    const both = [stores.one, stores.two] as const;
    const { alice, bob, conversation } = await openPair(both[0]);
    const limits = { perDeviceBytes: 2 ** 30, perSenderBytes: 2 ** 30 };
    const messages = Array.from({ length: 12 }, (_, i) => {
      const writer = draw(2) === 0 ? alice : bob;
      return { ...writer.message(conversation, 1, `text ${i}`), limits };
    });
    const seqs = new Map<string, number>();
    // Each is sent one to three times, to either, in any order; of the answers only the last one is heard.
    const sends = messages.flatMap((message) =>
      Array(1 + draw(3)).fill(message) as typeof messages
    );
    for (let i = sends.length - 1; i > 0; i--) {
      const j = draw(i + 1);
      [sends[i], sends[j]] = [sends[j], sends[i]];
    }
    await Promise.all(sends.map(async (message) => {
      const answer = await both[draw(2)].append(message);
      assert(answer.result === "appended" || answer.result === "known", answer.result);
      assert.equal(seqs.get(message.envelope) ?? answer.seq, answer.seq, "two places for one");
      seqs.set(message.envelope, answer.seq);
    }));
    const places = [...seqs.values()].sort((left, right) => left - right);
    // The Welcome is at 1.
    assert.deepEqual(places, messages.map((_, i) => i + 2), `gaps or doubles, seed ${seed}`);
  }
});

Deno.test("two Workers that append at once give every envelope a place of its own", async () => {
  await using file = await temporaryDatabase();
  await using one = await openWorkerStore(file.path);
  await using two = await openWorkerStore(file.path);
  const { alice, bob, conversation } = await openPair(one);
  const said = await Promise.all(Array.from({ length: 200 }, (_, i) => {
    const [store, writer] = i % 2 === 0 ? [one, alice] as const : [two, bob] as const;
    return store.append(writer.message(conversation, 1, `text ${i}`));
  }));
  const seqs = said.map((answer) => answer.result === "appended" ? answer.seq : 0);
  assert.deepEqual(seqs.sort((a, b) => a - b), Array.from({ length: 200 }, (_, i) => i + 2));
});
