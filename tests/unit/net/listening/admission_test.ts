import { deepEqual, equal, ok } from "node:assert/strict";
import {
  type Admission,
  AdmissionControl,
  type AdmissionLimits,
  type DoorWatch,
} from "../../../../lib/net/listening/admission.ts";

/** A desk, and who had to give way at it, by the names that they were admitted under. */
function openDesk(limits: AdmissionLimits, watch?: DoorWatch) {
  const desk = new AdmissionControl(limits, watch);
  const gone: string[] = [];
  const admit = (ip: string, name = ip): Admission => {
    const place = desk.admit(ip, () => gone.push(name));
    ok(typeof place !== "string", `refused: ${place}`);
    return place;
  };
  return { desk, gone, admit };
}

Deno.test("admission desk keeps 32 unauthenticated connections of one address, and the oldest gives way to the 33rd", () => {
  const { gone, admit } = openDesk({ connections: 1000 });
  const places = Array.from({ length: 32 }, (_, i) => admit("192.0.2.1", `${i}`));
  deepEqual(gone, []);
  admit("::ffff:192.0.2.1");
  admit("192.0.2.2");
  deepEqual(gone, ["0"]);
  places[1].signIn();
  admit("192.0.2.1");
  deepEqual(gone, ["0"]);
  admit("192.0.2.1");
  deepEqual(gone, ["0", "2"]);
  places[3].release();
  admit("192.0.2.1");
  deepEqual(gone, ["0", "2"]);
});

Deno.test("admission desk counts an IPv6 /64 as one address", () => {
  const { gone, admit } = openDesk({ connections: 1000 });
  for (let i = 1; i <= 32; i++) admit(`2001:db8::${i.toString(16)}`);
  admit("2001:db8:0:1::1");
  deepEqual(gone, []);
  admit("2001:db8::ffff:ffff:ffff:ffff");
  deepEqual(gone, ["2001:db8::1"]);
});

Deno.test("admission desk keeps 512 unauthenticated connections in all, and one gives way to the next", () => {
  const { desk, gone, admit } = openDesk({ connections: 1000 });
  const places = Array.from({ length: 512 }, (_, i) => admit(`10.0.${i >> 5}.1`, `${i}`));
  equal(desk.unauthenticated, 512);
  admit("10.1.0.1");
  deepEqual([desk.unauthenticated, gone.length], [512, 1]);
  places[100].signIn();
  admit("10.1.0.2");
  deepEqual([desk.unauthenticated, gone.length], [512, 1]);
});

Deno.test("admission desk takes places from who has most, so that a newcomer's is safe however often others come", () => {
  const { gone, admit } = openDesk({ connections: 1000, unauthenticated: 100 });
  for (let i = 0; i < 100; i++) admit(`10.0.0.${i % 40}`);
  admit("192.0.2.7", "newcomer");
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 40; i++) admit(`10.0.0.${i}`);
  }
  equal(gone.length, 401);
  ok(!gone.includes("newcomer"));
});

/** Their network has 65,536 sources, each of which comes once before the first comes again. */
const ONE_48 = Array.from({ length: 3000 }, (_, i) => `2001:db8:77:${i.toString(16)}::1`);
const MANY_24 = Array.from({ length: 3000 }, (_, i) => `10.0.${i % 200}.${Math.floor(i / 200)}`);
const MIXED = ONE_48.flatMap((ip, i) => [ip, MANY_24[i]]);

for (
  const [who, attackers] of [
    ["3,000 sources of an IPv6 /48", ONE_48],
    ["3,000 sources of 200 IPv4 /24s", MANY_24],
    ["both at once", MIXED],
  ] as const
) {
  Deno.test(`admission desk keeps a newcomer while ${who} come again and again`, () => {
    const { desk, gone, admit } = openDesk({ connections: Infinity });
    for (const ip of attackers) admit(ip);
    for (const newcomer of ["192.0.2.7", "2001:db8:78::1"]) {
      const place = admit(newcomer);
      attackers.forEach((ip, i) => {
        if (i === 1000) place.advance();
        admit(ip);
      });
      ok(!gone.includes(newcomer));
      place.signIn();
    }
    equal(desk.unauthenticated, 511);
  });
}

Deno.test("admission desk shares the places of one network among its sources", () => {
  const { gone, admit } = openDesk({ connections: 1000, unauthenticated: 64 });
  const place = admit("2001:db8:77:ffff::1", "neighbour");
  for (let i = 0; i < 1000; i++) admit(ONE_48[i % 4], `${i}`);
  ok(!gone.includes("neighbour"));
  place.signIn();
  admit("2001:db8:77:ffff::1", "neighbour again");
  for (let i = 0; i < 1000; i++) admit(ONE_48[i % 4], `${i}`);
  ok(!gone.includes("neighbour again"));
});

Deno.test("admission desk tells by whose doing a stranger goes, and who signs in and leaves", () => {
  const seen: string[] = [];
  const limits = { connections: 1000, unauthenticated: 3, unauthenticatedPerAddress: 2 };
  const { admit } = openDesk(limits, {
    gone: (source, blame) => seen.push(`${source} ${blame}`),
    signedIn: (source) => seen.push(`${source} in`),
    left: (source) => seen.push(`${source} left`),
  });
  const taken = () => seen.splice(0);
  admit("10.0.0.1");
  admit("10.0.0.1");
  admit("10.0.0.1").leave();
  deepEqual(taken(), ["10.0.0.1 source", "10.0.0.1 source"]);
  admit("10.0.0.2");
  admit("10.0.1.1");
  admit("10.0.2.1");
  deepEqual(taken(), ["10.0.0.1 network"]);
  const last = admit("10.0.3.1");
  deepEqual(taken(), ["10.0.1.1 others"]);
  last.signIn();
  last.leave();
  last.release();
  last.release();
  deepEqual(taken(), ["10.0.3.1 in", "10.0.3.1 left"]);
  admit("10.0.4.1").release();
  deepEqual(taken(), ["10.0.4.1 source"]);
});

Deno.test("admission desk takes the oldest place when all sources have as many", () => {
  const { gone, admit } = openDesk({ connections: 1000, unauthenticated: 3 });
  for (const name of ["a", "b", "c", "d", "e"]) admit(`10.0.0.${name.charCodeAt(0)}`, name);
  deepEqual(gone, ["a", "b"]);
});

Deno.test("admission desk keeps who has come half the way when others of their address come and do nothing", () => {
  const { gone, admit } = openDesk({ connections: 1000, unauthenticatedPerAddress: 4 });
  const half = admit("10.0.0.1", "half");
  half.advance();
  half.advance();
  for (let i = 0; i < 20; i++) admit("10.0.0.1", `${i}`);
  deepEqual([gone.length, gone.includes("half")], [17, false]);
});

Deno.test("admission desk lets newcomers begin when others of their address have all come half the way and hold on", () => {
  const { gone, admit } = openDesk({ connections: 1000, unauthenticatedPerAddress: 4 });
  for (let i = 0; i < 4; i++) admit("10.0.0.1", `${i}`).advance();
  admit("10.0.0.1", "newcomer");
  admit("10.0.0.1", "next");
  deepEqual(gone, ["0", "1"]);
});

Deno.test("admission desk refuses a connection above the maximum when all have signed in, else a stranger gives way", () => {
  const { desk, gone, admit } = openDesk({ connections: 2 });
  const first = admit("10.0.0.1");
  first.signIn();
  const second = admit("10.0.0.2");
  const third = admit("10.0.0.3");
  deepEqual(gone, ["10.0.0.2"]);
  second.release();
  third.signIn();
  equal(desk.admit("10.0.0.4", () => gone.push("10.0.0.4")), "server-full");
  deepEqual([desk.connections, desk.displaced, desk.refused], [2, 1, 1]);
  first.release();
  admit("10.0.0.4");
  deepEqual(gone, ["10.0.0.2"]);
});

Deno.test("admission desk counts each place once, however often it is signed in, told to leave and released", () => {
  const { desk, admit } = openDesk({ connections: 10 });
  const place = admit("10.0.0.1");
  place.signIn();
  place.signIn();
  place.leave();
  deepEqual([desk.connections, desk.unauthenticated, desk.leaving], [1, 0, 0]);
  place.release();
  place.release();
  place.signIn();
  deepEqual([desk.connections, desk.unauthenticated, desk.leaving], [0, 0, 0]);
});

Deno.test("admission desk counts who was told to leave in all, and not for their address, until their descriptor is back", () => {
  const { desk, gone, admit } = openDesk({ connections: 10, unauthenticatedPerAddress: 2 });
  const first = admit("10.0.0.1", "first");
  admit("10.0.0.1", "second");
  first.leave();
  first.leave();
  deepEqual([desk.connections, desk.unauthenticated, desk.leaving], [2, 1, 1]);
  admit("10.0.0.1", "third");
  deepEqual(gone, []);
  first.release();
  deepEqual([desk.connections, desk.unauthenticated, desk.leaving], [2, 2, 0]);
});
