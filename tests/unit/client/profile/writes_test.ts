import { equal, rejects } from "node:assert/strict";
import { ProfileWrites } from "../../../../lib/client/profile/writes.ts";
import { FakeClock } from "../../../kit/clock.ts";
import { TestStore } from "../profile_kit.ts";

async function openTwo() {
  const store = await TestStore.open();
  const clock = new FakeClock();
  const [own, other] = [store.database(), store.database()];
  let told = 0;
  const writes = new ProfileWrites(own, clock);
  const stop = writes.listen(() => told++);
  return {
    own,
    other,
    clock,
    writes,
    stop,
    /** How often it told since it was asked last. */
    told: () => {
      const count = told;
      told = 0;
      return count;
    },
    async [Symbol.asyncDispose]() {
      stop();
      await store[Symbol.asyncDispose]();
    },
  };
}

const INSERT = "INSERT INTO lease (name, holder, until_ms) VALUES (hex(randomblob(8)), 'x', 0)";

Deno.test("a write of this process is told at once, and what writes nothing is not", async () => {
  await using two = await openTwo();
  two.own.command(INSERT).run();
  equal(two.told(), 1);
  two.own.command(INSERT, { isTold: false }).run();
  two.own.transaction(() => {});
  equal(two.told(), 0);
  two.own.transaction(() => two.own.transaction(() => two.own.command(INSERT).run()));
  equal(two.told(), 1);
  two.own.query(`${INSERT} RETURNING name`, (row) => row.text("name")).first();
  equal(two.told(), 1);
  two.own.transaction(() => {});
  two.own.command("DELETE FROM lease WHERE name = 'b'").run();
  equal(two.told(), 0);
});

Deno.test("a write of another process is told within a second, once", async () => {
  await using two = await openTwo();
  two.other.command(INSERT).run();
  await two.clock.advance(1_000);
  equal(two.told(), 1);
  await two.clock.advance(60_000);
  equal(two.told(), 0);
});

Deno.test("nothing is told or asked when nobody listens any more", async () => {
  await using two = await openTwo();
  two.stop();
  two.own.command(INSERT).run();
  two.own.close();
  await two.clock.advance(60_000);
  equal(two.told(), 0);
});

Deno.test("who waits looks at first, after each write, and when the time is over that was named", async () => {
  await using two = await openTwo();
  two.stop();
  const writes = new ProfileWrites(two.own, two.clock, { isShared: false });
  let looks = 0;
  let againMs: number | undefined = undefined;
  const waiting = writes.until(() => ++looks === 5 ? "found" : undefined, {
    againMs: () => againMs,
    signal: new AbortController().signal,
  });
  await two.clock.advance(60_000);
  equal(looks, 1);
  againMs = 2_000;
  two.own.command(INSERT).run();
  await two.clock.advance(0);
  equal(looks, 2);
  await two.clock.advance(1_999);
  equal(looks, 2);
  await two.clock.advance(1);
  equal(looks, 3);
  await two.clock.advance(4_000);
  equal(await waiting, "found");
  equal(two.clock.pendingTimers, 0);
});

Deno.test("what is written while somebody looks is looked at too", async () => {
  await using two = await openTwo();
  let looks = 0;
  const found = await two.writes.until(() => {
    if (++looks === 1) two.own.command(INSERT).run();
    return looks === 2 ? looks : undefined;
  }, { signal: new AbortController().signal });
  equal(found, 2);
});

Deno.test("waiting ends with the signal's reason, and nothing is looked at after that", async () => {
  await using two = await openTwo();
  two.stop();
  const stop = new AbortController();
  let looks = 0;
  const waiting = two.writes.until(() => void looks++, { signal: stop.signal });
  const ended = rejects(waiting, { message: "stopped" });
  stop.abort(new Error("stopped"));
  await ended;
  two.own.command(INSERT).run();
  await two.clock.advance(1_000);
  equal(looks, 1);
  equal(two.clock.pendingTimers, 0);
});

Deno.test("where no other process writes, none is asked for", async () => {
  await using two = await openTwo();
  two.stop();
  const { pendingTimers } = two.clock;
  const writes = new ProfileWrites(two.own, two.clock, { isShared: false });
  const stop = writes.listen(() => {});
  equal(two.clock.pendingTimers, pendingTimers);
  stop();
});
