import assert from "node:assert/strict";
import type { AccountId } from "../../../lib/base/ids.ts";
import { type Charge, SignInGuard, sourceNetwork } from "../../../lib/server/sign_in_guard.ts";
import { FakeClock } from "../../kit/clock.ts";

const ALICE = "alice" as AccountId;
const HOME = sourceNetwork("192.0.2.1");

function makeGuard() {
  const clock = new FakeClock();
  return { clock, guard: new SignInGuard(clock, { attempts: 3, lockSeconds: 60 }) };
}

/** One whole wrong try. */
function fail(guard: SignInGuard, account = ALICE, source = HOME): Charge {
  const charge = guard.charge(account, source);
  if (charge.result === "charged") guard.settle(charge.ticket, false);
  return charge;
}

const outcome = (charge: Charge) =>
  charge.result === "charged"
    ? charge.attemptsLeft
    : charge.result === "locked"
    ? `locked ${charge.retryAfterSeconds}`
    : charge.result;

Deno.test("SR-40: three failures lock an account for a network for 60 s, doubling to 900", async () => {
  const { clock, guard } = makeGuard();
  const locks: number[] = [];
  for (let round = 0; round < 6; round++) {
    assert.deepEqual([1, 2, 3].map(() => outcome(fail(guard))), [2, 1, 0]);
    const locked = fail(guard);
    assert.equal(locked.result, "locked");
    const seconds = locked.result === "locked" ? locked.retryAfterSeconds : 0;
    locks.push(seconds);
    await clock.advance(seconds * 1000 - 1);
    assert.equal(outcome(fail(guard)), "locked 1", "a millisecond before its end");
    await clock.advance(1);
  }
  assert.deepEqual(locks, [60, 120, 240, 480, 900, 900]);
});

Deno.test("SR-40: a lock of one network leaves the account open for another", () => {
  const { guard } = makeGuard();
  for (let i = 0; i < 3; i++) fail(guard);
  assert.equal(outcome(fail(guard, ALICE, sourceNetwork("192.0.2.200"))), "locked 60", "same /24");
  assert.equal(outcome(fail(guard, ALICE, sourceNetwork("198.51.100.1"))), 2);
});

Deno.test("SR-40: failures from everywhere slow an account to one try a minute and never lock it", async () => {
  const { clock, guard } = makeGuard();
  for (let i = 0; i < 30; i++) assert.notEqual(fail(guard, ALICE, `net ${i}`).result, "locked");
  assert.equal(outcome(fail(guard, ALICE, "net 31")), "locked 60");
  await clock.advance(60_000);
  assert.equal(outcome(fail(guard, ALICE, "net 32")), 2);
  assert.equal(outcome(fail(guard, ALICE, "net 33")), "locked 60");
  guard.takeFailures(ALICE);
  assert.equal(
    outcome(fail(guard, ALICE, "net 34")),
    "locked 60",
    "a device's sign-in lifts nothing",
  );
  await clock.advance(3600_000);
  for (let i = 0; i < 30; i++) assert.equal(outcome(fail(guard, ALICE, `later ${i}`)), 2);
});

Deno.test("SR-38: a third parallel try from one source is refused before it is charged", () => {
  const { guard } = makeGuard();
  const first = guard.charge(ALICE, HOME);
  assert.equal(outcome(guard.charge(ALICE, HOME)), 1);
  assert.equal(outcome(guard.charge(ALICE, HOME)), "busy");
  assert.ok(first.result === "charged");
  guard.settle(first.ticket, false);
  assert.equal(outcome(guard.charge(ALICE, HOME)), 0, "only the two that began were charged");
});

Deno.test("SR-38: a good password takes its charge and the failures before it back", () => {
  const { guard } = makeGuard();
  fail(guard);
  fail(guard);
  const good = guard.charge(ALICE, HOME);
  assert.ok(good.result === "charged");
  assert.equal(good.attemptsLeft, 0);
  assert.equal(guard.settle(good.ticket, true), 2, "two failed before it");
  assert.deepEqual([1, 2, 3].map(() => outcome(fail(guard))), [2, 1, 0]);
});

Deno.test("SR-38: a good try does not forget another one that is under way", () => {
  const { guard } = makeGuard();
  const good = guard.charge(ALICE, HOME);
  const other = guard.charge(ALICE, HOME);
  assert.ok(good.result === "charged" && other.result === "charged");
  guard.settle(good.ticket, true);
  assert.equal(outcome(guard.charge(ALICE, HOME)), 2);
  assert.equal(outcome(guard.charge(ALICE, HOME)), "busy", "the other one still counts");
});

Deno.test("a source may try twenty accounts at once, then one every three seconds", async () => {
  const { clock, guard } = makeGuard();
  const names = Array.from({ length: 21 }, (_, i) => `name${i}` as AccountId);
  for (const name of names.slice(0, 20)) assert.equal(outcome(fail(guard, name)), 2);
  assert.equal(outcome(fail(guard, names[20])), "locked 3");
  await clock.advance(3000);
  assert.equal(outcome(fail(guard, names[20])), 2);
});

Deno.test("SR-40: a flood of names that are refused does not push a lock out of memory", () => {
  const { guard } = makeGuard();
  for (let i = 0; i < 3; i++) fail(guard);
  for (let i = 0; i < 20_000; i++) fail(guard, `flood${i}` as AccountId);
  assert.equal(outcome(fail(guard)), "locked 60");
});

Deno.test("SR-40: a source is an IPv4 /24 or an IPv6 /64", () => {
  const networks = {
    "192.0.2.77": "192.0.2.0/24",
    "::ffff:192.0.2.77": "192.0.2.0/24",
    "2001:db8:1:2:aaaa::1": "2001:db8:1:2::/64",
    "2001:0db8:0001:0002::": "2001:db8:1:2::/64",
    "::1": "0:0:0:0::/64",
    "fe80::1%eth0": "fe80:0:0:0::/64",
    "memory": "memory",
  };
  for (const [address, network] of Object.entries(networks)) {
    assert.equal(sourceNetwork(address), network, address);
  }
});

Deno.test("SR-40: an account that is unlocked may be tried again from every network, with short locks", () => {
  const { guard } = makeGuard();
  const networks = ["192.0.2.1", "198.51.100.1"].map(sourceNetwork);
  for (const source of networks) for (let i = 0; i < 3; i++) fail(guard, ALICE, source);
  for (let i = 0; i < 3; i++) fail(guard, "bob" as AccountId);
  assert.equal(guard.unlock(ALICE), true);
  for (const source of networks) {
    assert.deepEqual([1, 2, 3].map(() => outcome(fail(guard, ALICE, source))), [2, 1, 0]);
    assert.equal(outcome(fail(guard, ALICE, source)), "locked 60");
  }
  assert.equal(outcome(fail(guard, "bob" as AccountId)), "locked 60", "another account");
});

Deno.test("SR-40: unlocking ends the slowness of an account, and keeps what its owner is told", () => {
  const { guard } = makeGuard();
  for (let i = 0; i < 30; i++) fail(guard, ALICE, `net ${i}`);
  assert.equal(outcome(fail(guard, ALICE, "net31")), "locked 60");
  assert.equal(guard.unlock(ALICE), true);
  assert.equal(outcome(fail(guard, ALICE, "net31")), 2);
  assert.equal(guard.takeFailures(ALICE), 31);
});

Deno.test("unlocking says whether there was a lock, and forgets no try under way", async () => {
  const { clock, guard } = makeGuard();
  assert.equal(guard.unlock(ALICE), false);
  const charges = [guard.charge(ALICE, HOME), guard.charge(ALICE, HOME)];
  assert.equal(guard.unlock(ALICE), false);
  assert.equal(outcome(guard.charge(ALICE, HOME)), "busy");
  for (const charge of charges) {
    if (charge.result === "charged") guard.settle(charge.ticket, false);
  }
  for (let i = 0; i < 3; i++) fail(guard);
  await clock.advance(60_000);
  assert.equal(guard.unlock(ALICE), false, "its time was over");
});
