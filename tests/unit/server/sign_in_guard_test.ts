import assert from "node:assert/strict";
import type { AccountId } from "../../../lib/base/ids.ts";
import { AccountTries } from "../../../lib/server/counters/account_tries.ts";
import { TRIED_ACCOUNTS_MAX, TriedAccounts } from "../../../lib/server/counters/tried_accounts.ts";
import {
  type Charge,
  SignInGuard,
  sourceNetwork,
} from "../../../lib/server/counters/sign_in_guard.ts";
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

Deno.test("SR-40: failures from everywhere leave one try to each of 61 networks, then one in five minutes to all", async () => {
  const { clock, guard } = makeGuard();
  for (let i = 0; i < 61; i++) assert.equal(outcome(fail(guard, ALICE, `net ${i}`)), 2);
  // What a network of its own has before its locks grow long.
  for (let i = 0; i < 16; i++) assert.equal(outcome(fail(guard, ALICE, `net ${i}`)), 1);
  assert.equal(outcome(fail(guard, ALICE, "net 20")), "locked 300", "one that has failed");
  assert.equal(outcome(fail(guard, ALICE, "another")), "locked 300", "one that has not");
  guard.takeFailures(ALICE);
  assert.equal(outcome(fail(guard, ALICE, "another")), "locked 300", "being told lifts nothing");
  await clock.advance(300_000);
  assert.equal(outcome(fail(guard, ALICE, "another")), 2);
  assert.equal(outcome(fail(guard, ALICE, "net 20")), "locked 300");
  await clock.advance(3600_000);
  for (let i = 0; i < 12; i++) assert.equal(outcome(fail(guard, ALICE, `net ${20 + i}`)), 1);
});

Deno.test("SR-40: a whole /48 of IPv6 has one first try, since one customer has all of it", () => {
  const { guard } = makeGuard();
  const at = (network: number) => sourceNetwork(`2001:db8:1:${network.toString(16)}::1`);
  for (let i = 0; i < 17; i++) assert.equal(outcome(fail(guard, ALICE, at(i))), 2);
  assert.match(String(outcome(fail(guard, ALICE, at(17)))), /^locked/);
  assert.equal(outcome(fail(guard, ALICE, sourceNetwork("2001:db8:2::1"))), 2);
});

Deno.test("SR-40: where the owner signed in they may try, whatever others do, with the locks of that network", async () => {
  const { clock, guard } = makeGuard();
  guard.noteOwner(ALICE, HOME);
  for (let i = 0; i < 200; i++) fail(guard, ALICE, `net ${i % 80}`);
  assert.match(String(outcome(fail(guard, ALICE, "net 99"))), /^locked/);
  assert.deepEqual([1, 2, 3].map(() => outcome(fail(guard))), [2, 1, 0]);
  assert.equal(outcome(fail(guard)), "locked 900", "while others guess, the longest lock");
  await clock.advance(900_000);
  const good = guard.charge(ALICE, HOME);
  assert.ok(good.result === "charged");
  guard.settle(good.ticket, true);
  await clock.advance(30 * 86_400_000);
  for (let i = 0; i < 200; i++) fail(guard, ALICE, `later ${i}`);
  assert.match(String(outcome(fail(guard))), /^locked/, "nobody was there for 30 days");
});

Deno.test("SR-40: a flood of other names does not make it forgotten that an account is guessed at", () => {
  // One try of each network, and all that they have.
  for (const tries of [60, 100]) {
    const { guard } = makeGuard();
    for (let i = 0; i < tries; i++) fail(guard, ALICE, `net ${i % 80}`);
    for (let i = 0; i < 20_000; i++) fail(guard, `flood${i}` as AccountId, `flooder ${i}`);
    const again = Array.from({ length: 100 }, (_, i) => fail(guard, ALICE, `net ${i}`));
    const charged = again.filter(({ result }) => result === "charged").length;
    assert.equal(charged, tries === 60 ? 17 : 0);
  }
});

/** Networks in turn, none of which is asked for too often. */
function* manyNetworks(): Generator<string, never> {
  for (let i = 0;; i++) yield `net ${i}`;
}

Deno.test("SR-40: a flood of other names, each guessed at, gives whoever guesses at one no tries back", () => {
  const { guard } = makeGuard();
  const networks = manyNetworks();
  const guess = (account: AccountId, times: number) => {
    let charged = 0;
    for (let i = 0; i < times; i++) {
      if (fail(guard, account, networks.next().value).result === "charged") charged++;
    }
    return charged;
  };
  assert.equal(guess(ALICE, 100), 77);
  for (let i = 0; i <= 10_000; i++) assert.equal(guess(`flood${i}` as AccountId, 9), 9);
  assert.equal(guess(ALICE, 100), 0);
});

Deno.test("SR-40: tried accounts forget none whose tries are worth more than so many of others, whatever was tried before", () => {
  for (const filled of [0, 77]) {
    const clock = new FakeClock();
    const accounts = new TriedAccounts();
    let tries = 0;
    const spend = (name: string, times: number) => {
      const account = name as AccountId;
      const tried = accounts.get(account) ??
        { failures: 0, tries: new AccountTries(clock, 3), worth: 0 };
      for (let i = 0; i < times && tried.tries.waitMs(`${i}`) === 0; i++) {
        tried.tries.begin(`${i}`);
        tries++;
      }
      accounts.keep(account, tried);
    };
    for (let i = 0; i < TRIED_ACCOUNTS_MAX; i++) spend(`filled${i}`, filled);
    let guesses = 0;
    tries = 0;
    for (let flood = 0; flood < 200_000; flood++) {
      if (accounts.get(ALICE) === undefined) {
        const before = tries;
        spend("alice", 9);
        guesses += tries - before;
      }
      spend(`flood${flood}`, 9);
    }
    // A place's worth of tries for each guess, and what filling the places bought.
    assert(guesses <= tries / TRIED_ACCOUNTS_MAX * 1.2 + filled, `${guesses} for ${tries}`);
    assert.equal([...accounts].length <= TRIED_ACCOUNTS_MAX, true);
  }
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
  for (let i = 0; i < 77; i++) fail(guard, ALICE, `net ${i % 61}`);
  assert.equal(outcome(fail(guard, ALICE, "net62")), "locked 300");
  assert.equal(guard.unlock(ALICE), true);
  assert.equal(outcome(fail(guard, ALICE, "net62")), 2);
  assert.equal(guard.takeFailures(ALICE), 78);
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

Deno.test("row S3.10: locks are listed once for each account, the longest first, while they hold", async () => {
  const { clock, guard } = makeGuard();
  const bob = "bob" as AccountId;
  fail(guard, ALICE, HOME);
  assert.deepEqual(guard.locks(), []);
  for (let i = 0; i < 3; i++) fail(guard, bob, HOME);
  await clock.advance(10_500);
  for (const source of ["net1", "net2"]) for (let i = 0; i < 3; i++) fail(guard, ALICE, source);
  assert.deepEqual(guard.locks(), [
    { account: ALICE, retryAfterSeconds: 60 },
    { account: bob, retryAfterSeconds: 50 },
  ]);
  guard.unlock(bob);
  await clock.advance(59_999);
  assert.deepEqual(guard.locks(), [{ account: ALICE, retryAfterSeconds: 1 }]);
  await clock.advance(1);
  assert.deepEqual(guard.locks(), []);
});
