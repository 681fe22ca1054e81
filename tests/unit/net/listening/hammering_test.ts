import { deepEqual, equal, ok } from "node:assert/strict";
import type { Blame } from "../../../../lib/net/listening/admission.ts";
import { Hammering, SignedInSources } from "../../../../lib/net/listening/hammering.ts";
import { FakeClock } from "../../../kit/clock.ts";

/** A system that has room for `room` of them. */
function openHammering(room = Infinity) {
  const clock = new FakeClock();
  const told: (readonly string[])[] = [];
  const hammering = new Hammering(clock, (sources) => {
    told.push(sources);
    return Math.min(sources.length, room);
  });
  const gone = (source: string, times: number, blame: Blame = "source") => {
    for (let i = 0; i < times; i++) hammering.gone(source, blame);
  };
  /** So many have gone already that whoever comes too often is blocked. */
  const flood = () => gone("unix", 4096, "others");
  return { clock, told, hammering, gone, flood };
}

Deno.test("nobody is blocked while strangers of all sources together are few, and of who fails now and then never", async () => {
  const { clock, told, hammering, gone } = openHammering();
  gone("192.0.2.1", 4096);
  for (let i = 0; i < 100; i++) gone(`10.0.${i}.1`, 7);
  await clock.advance(1000);
  deepEqual(told, []);
  equal(hammering.blocked, 0);
  equal(clock.pendingTimers, 0);
});

Deno.test("who comes again and again is blocked for a minute, and the others are not", async () => {
  const { clock, told, hammering, gone } = openHammering();
  gone("192.0.2.1", 4097);
  gone("192.0.2.2", 8);
  gone("192.0.2.3", 7);
  await clock.advance(200);
  deepEqual(told, [["192.0.2.1", "192.0.2.2"]]);
  equal(hammering.blocked, 2);
  await clock.advance(58_000);
  deepEqual(told.at(-1), ["192.0.2.1", "192.0.2.2"]);
  await clock.advance(3_000);
  deepEqual(told.at(-1), []);
  equal(clock.pendingTimers, 0);
});

Deno.test("who is pushed out by others is never blocked, however often, and those who push are", async () => {
  const { clock, told, gone, flood } = openHammering();
  flood();
  gone("192.0.2.1", 5000, "others");
  for (let i = 0; i < 64; i++) gone(`2001:db8:1:${i.toString(16)}::/64`, 1, "network");
  await clock.advance(200);
  deepEqual(told, [["2001:db8:1::/48"]]);
});

Deno.test("a network whose sources come once each is blocked as a whole, in place of those of its sources that were", async () => {
  const { clock, told, hammering, gone, flood } = openHammering();
  flood();
  gone("2001:db8:1:0::/64", 8);
  gone("2001:db8:2:0::/64", 8);
  for (let i = 1; i <= 56; i++) gone(`2001:db8:1:${i.toString(16)}::/64`, 1);
  for (let i = 0; i < 63; i++) gone(`192.0.2.${i}`, 1);
  await clock.advance(200);
  deepEqual(told, [["2001:db8:2:0::/64", "2001:db8:1::/48"]]);
  flood();
  gone("192.0.2.63", 1);
  await clock.advance(1000);
  deepEqual(told.at(-1), ["2001:db8:2:0::/64", "2001:db8:1::/48", "192.0.2.0/24"]);
  equal(hammering.blocked, 3);
  hammering.close();
});

Deno.test("one source that comes without end does not get its neighbours blocked", async () => {
  const { clock, told, hammering, gone, flood } = openHammering();
  flood();
  gone("192.0.2.1", 5000);
  gone("192.0.2.2", 7);
  gone("198.51.100.1", 64, "network");
  await clock.advance(200);
  deepEqual(told, [["192.0.2.1", "198.51.100.1"]]);
  hammering.close();
});

Deno.test("where somebody is signed in nobody is blocked, nor for an hour after they left", async () => {
  const { clock, told, hammering, gone, flood } = openHammering();
  const hammer = () => {
    flood();
    gone("192.0.2.1", 1000);
    for (let i = 2; i < 200; i++) gone(`192.0.2.${i}`, 7);
    gone("192.0.2.255", 8);
  };
  hammering.signedIn("192.0.2.1");
  hammering.signedIn("192.0.2.1");
  hammering.left("192.0.2.1");
  await clock.advance(7_200_000);
  hammer();
  await clock.advance(200);
  deepEqual(told, [["192.0.2.255"]]);
  hammering.left("192.0.2.1");
  await clock.advance(3_599_000);
  hammer();
  await clock.advance(200);
  deepEqual(told.at(-1), ["192.0.2.255"]);
  await clock.advance(61_000);
  hammer();
  await clock.advance(200);
  deepEqual(told.at(-1), ["192.0.2.0/24"]);
  hammering.signedIn("192.0.2.7");
  await clock.advance(1000);
  deepEqual(told.at(-1), []);
  hammering.close();
});

Deno.test("where people are signed in is remembered for the 4,096 sources and networks that left last", () => {
  const clock = new FakeClock();
  const people = new SignedInSources(clock);
  for (let i = 0; i < 4097; i++) people.came(`source ${i}`);
  for (let i = 0; i < 4097; i++) people.left(`source ${i}`);
  equal(people.has("source 0"), false);
  ok(people.has("source 1"));
  ok(people.has("source 4096"));
});

Deno.test("who was blocked is blocked again sooner, and connects a few times in peace", async () => {
  const { clock, told, hammering, gone } = openHammering();
  gone("192.0.2.1", 4097);
  await clock.advance(61_000);
  equal(hammering.blocked, 0);
  gone("192.0.2.1", 63);
  await clock.advance(1000);
  deepEqual(told.at(-1), []);
  gone("192.0.2.1", 1);
  await clock.advance(200);
  deepEqual(told.at(-1), ["192.0.2.1"]);
  hammering.close();
  equal(clock.pendingTimers, 0);
});

Deno.test("as many are blocked as the system's filter has room for, IPv6 at twice the price, and no more are counted than there is room for", async () => {
  const v4 = (i: number) => `10.${i >> 8}.${i & 255}.1`;
  const v6 = (i: number) => `2001:db8:${i.toString(16)}:1::/64`;
  for (const [nth, count] of [[v4, 256], [v6, 128]] as const) {
    const { clock, told, hammering, gone } = openHammering();
    for (let i = 0; i < 5000; i++) gone(nth(i), 8);
    await clock.advance(200);
    equal(told.at(-1)?.length, count);
    hammering.close();
  }
});

Deno.test("of those that are to be blocked, as many are counted as the system has taken", async () => {
  const { clock, hammering, gone, flood } = openHammering(1);
  flood();
  gone("192.0.2.1", 8);
  gone("198.51.100.1", 8);
  equal(hammering.blocked, 0);
  await clock.advance(200);
  equal(hammering.blocked, 1);
  hammering.close();
});

Deno.test("nothing is told to the system any more when it is closed, whoever goes then", async () => {
  const { clock, told, hammering, gone, flood } = openHammering();
  flood();
  hammering.close();
  gone("192.0.2.1", 100);
  hammering.signedIn("192.0.2.1");
  equal(clock.pendingTimers, 0);
  await clock.advance(1000);
  deepEqual([told, hammering.blocked], [[], 0]);
});
