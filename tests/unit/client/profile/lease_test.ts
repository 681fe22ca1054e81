import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemRandom } from "../../../../lib/base/random.ts";
import { exclusively, Lease } from "../../../../lib/client/profile/lease.ts";
import { MIGRATIONS } from "../../../../lib/client/profile/schema.ts";
import { Database } from "../../../../lib/storage/database.ts";
import { FakeClock } from "../../../kit/clock.ts";
import { TestStore } from "../profile_kit.ts";

async function open() {
  const store = await TestStore.open();
  const clock = new FakeClock();
  const options = { clock, random: systemRandom };
  return { store, clock, options, left: store.database(), right: store.database() };
}

Deno.test("SR-22: a lease is held by one process at a time, and each duty has its own", async () => {
  const { store, options, left, right } = await open();
  await using _ = store;
  const lease = Lease.take(left, "receiver", options);
  assert.equal(lease?.isHeld, true);
  assert.equal(Lease.take(right, "receiver", options), undefined);
  using join = Lease.take(right, "join", options);
  assert.equal(join?.isHeld, true);
  lease?.release();
  lease?.release();
  assert.equal(lease?.isHeld, false);
  using next = Lease.take(right, "receiver", options);
  assert.equal(next?.isHeld, true);
});

Deno.test("SR-22: a lease is renewed while its holder lives", async () => {
  const { store, clock, options, left, right } = await open();
  await using _ = store;
  using lease = Lease.take(left, "receiver", options);
  await clock.advance(60_000);
  assert.equal(lease?.isHeld, true);
  assert.equal(Lease.take(right, "receiver", options), undefined);
});

Deno.test("SR-22: the lease of a killed process runs out after 10 s", async () => {
  const { store, clock, options, left, right } = await open();
  await using _ = store;
  // Its renewal runs on a clock that stands still, as in a process that is gone.
  using dead = Lease.take(left, "receiver", { ...options, clock: new FakeClock(clock.nowMs()) });
  await clock.advance(10_000);
  assert.equal(Lease.take(right, "receiver", options), undefined);
  await clock.advance(1);
  using next = Lease.take(right, "receiver", options);
  assert.equal(next?.isHeld, true);
  assert.equal(dead?.isHeld, false);
});

Deno.test("SR-22: a holder that slept too long finds that it lost the lease, and releases nothing", async () => {
  const { store, clock, options, left, right } = await open();
  await using _ = store;
  const sleeping = new FakeClock(clock.nowMs());
  const old = Lease.take(left, "receiver", { ...options, clock: sleeping });
  await clock.advance(20_000);
  using next = Lease.take(right, "receiver", options);
  let isLost = false;
  old?.lost.then(() => isLost = true);
  sleeping.jumpWallClock(20_000);
  await sleeping.advance(2_999);
  assert.equal(isLost, false);
  await sleeping.advance(1);
  assert.deepEqual([isLost, old?.isHeld], [true, false]);
  old?.release();
  assert.equal(next?.isHeld, true);
});

Deno.test("SR-22: a lease from a clock far ahead is not waited for", async () => {
  const { store, clock, options, left, right } = await open();
  await using _ = store;
  const ahead = new FakeClock(clock.nowMs() + 365 * 24 * 3600 * 1000);
  using wrong = Lease.take(left, "receiver", { ...options, clock: ahead });
  assert.equal(wrong?.isHeld, true);
  using next = Lease.take(right, "receiver", options);
  assert.equal(next?.isHeld, true);
});

Deno.test("SR-22: what is done exclusively waits for the other process", async () => {
  const { store, clock, options, left, right } = await open();
  await using _ = store;
  const profile = (database: typeof left) => ({ ...options, database });
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = exclusively(profile(left), "join", async () => {
    order.push("first begins");
    await promise;
    order.push("first ends");
  });
  const second = exclusively(profile(right), "join", () => {
    order.push("second");
    return Promise.resolve();
  });
  await clock.advance(1000);
  assert.deepEqual(order, ["first begins"]);
  resolve();
  await first;
  await clock.advance(1000);
  await second;
  assert.deepEqual(order, ["first begins", "first ends", "second"]);
});

Deno.test("SR-22: a lease that cannot be renewed for a while ends nothing, and is renewed later", async () => {
  const { store, clock, options } = await open();
  await using _ = store;
  const path = join(store.folder, "profile.db");
  store.database();
  using left = Database.open(path, { migrations: MIGRATIONS, busyTimeoutMs: 1 });
  // The oldest Deno's database is not disposable.
  using owned = new DisposableStack();
  const right = owned.adopt(new DatabaseSync(path), (database) => database.close());
  using lease = Lease.take(left, "receiver", options);
  right.exec("BEGIN IMMEDIATE");
  await clock.advance(6_000);
  right.exec("ROLLBACK");
  assert.equal(lease?.isHeld, true);
  await clock.advance(60_000);
  assert.equal(lease?.isHeld, true);
  assert.equal(Lease.take(store.database(), "receiver", options), undefined);
});
