import { equal } from "node:assert/strict";
import { ProfileWrites } from "../../../../lib/client/profile/profile.ts";
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
