/** Tries to sign in count at all nodes of a server, wherever they were made. */

import { equal, ok } from "node:assert/strict";
import {
  SignInGuard,
  sourceNetwork,
  type TryNews,
} from "../../../lib/server/counters/sign_in_guard.ts";
import { FakeClock } from "../../kit/clock.ts";
import { LineHub } from "../../kit/bad_line.ts";
import { until } from "../../kit/cluster.ts";
import { openLocalNodes } from "../../kit/two_nodes.ts";
import { accountId } from "./store_kit.ts";

const LIMITS = { attempts: 3, lockSeconds: 60 };
const SOURCE = sourceNetwork("192.0.2.7");
const alice = accountId("alice");

/** Two that hear each other at once. */
function openGuards(): readonly [SignInGuard, SignInGuard] {
  const clock = new FakeClock();
  const guards: SignInGuard[] = [];
  const tell = (own: number) => (news: TryNews) => guards[1 - own].hear(news);
  guards.push(new SignInGuard(clock, LIMITS, tell(0)), new SignInGuard(clock, LIMITS, tell(1)));
  return [guards[0], guards[1]];
}

function fail(guard: SignInGuard): void {
  const charge = guard.charge(alice, SOURCE);
  ok(charge.result === "charged", charge.result);
  guard.settle(charge.ticket, false);
}

Deno.test("who fails at several nodes in turn is locked at all of them after as many tries as at one", () => {
  const [one, two] = openGuards();
  fail(one);
  fail(two);
  fail(one);
  for (const guard of [one, two]) {
    equal(guard.charge(alice, SOURCE).result, "locked");
    equal(guard.locks().length, 1);
  }
  ok(two.unlock(alice));
  for (const guard of [one, two]) equal(guard.charge(alice, SOURCE).result, "charged");
});

Deno.test("a good sign-in at one node clears what failed at another, and tells of it once", () => {
  const [one, two] = openGuards();
  fail(one);
  fail(one);
  const charge = two.charge(alice, SOURCE);
  ok(charge.result === "charged");
  equal(charge.attemptsLeft, 0);
  equal(two.settle(charge.ticket, true), 2);
  equal(one.takeFailures(alice), 0);
  for (let tries = 0; tries < 2; tries++) fail(one);
  equal(one.charge(alice, SOURCE).result, "charged");
});

Deno.test("a try that another node tells of is none under way here: its end may be lost", () => {
  const [one, two] = openGuards();
  for (let tries = 0; tries < 2; tries++) equal(one.charge(alice, SOURCE).result, "charged");
  equal(one.charge(alice, SOURCE).result, "busy");
  equal(two.charge(alice, SOURCE).result, "charged");
});

Deno.test("nodes tell each other of tries over the bus", async () => {
  await using owner = new AsyncDisposableStack();
  const hub = new LineHub();
  owner.defer(() => hub.close());
  const [one, two] = await openLocalNodes({ line: () => hub.line(), owner });
  const guards = [one, two].map(({ parts }) => parts.signIns.guard);
  for (let tries = 0; tries < LIMITS.attempts; tries++) fail(guards[0]);
  equal(guards[0].locks().length, 1);
  await until(() => guards[1].locks().length === 1);
});
