import assert from "node:assert/strict";
import { KnownNetworks } from "../../../lib/server/counters/known_networks.ts";
import { FakeClock } from "../../kit/clock.ts";
import { accountId } from "./store_kit.ts";

const ALICE = accountId("alice");
const MONTH_MS = 30 * 24 * 3600 * 1000;

Deno.test("SR-40: of an account the last eight networks are known, each for 30 days", async () => {
  const clock = new FakeClock();
  const known = new KnownNetworks(clock);
  const names = Array.from({ length: 9 }, (_, i) => `net ${i}`);
  for (const name of names) known.note(ALICE, name);
  assert.deepEqual(names.filter((name) => !known.has(ALICE, name)), ["net 0"]);
  assert.equal(known.has(accountId("bob"), "net 8"), false);
  await clock.advance(MONTH_MS - 1);
  known.note(ALICE, "net 7");
  assert.equal(known.has(ALICE, "net 8"), true);
  await clock.advance(1);
  assert.deepEqual([known.has(ALICE, "net 8"), known.has(ALICE, "net 7")], [false, true]);
});
