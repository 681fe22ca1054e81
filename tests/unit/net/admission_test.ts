import { deepEqual, equal, ok } from "node:assert/strict";
import { type Admission, AdmissionDesk } from "../../../lib/net/admission.ts";

function admitted(place: Admission | string): Admission {
  ok(typeof place !== "string", `refused: ${place}`);
  return place;
}

Deno.test("admission desk takes 32 unauthenticated connections of one address and refuses the 33rd", () => {
  const desk = new AdmissionDesk({ connections: 1000 });
  const places = Array.from({ length: 32 }, () => admitted(desk.admit("192.0.2.1")));
  equal(desk.admit("192.0.2.1"), "too-many-from-address");
  equal(desk.admit("::ffff:192.0.2.1"), "too-many-from-address");
  admitted(desk.admit("192.0.2.2"));
  places[0].signIn();
  admitted(desk.admit("192.0.2.1"));
  equal(desk.admit("192.0.2.1"), "too-many-from-address");
  places[1].release();
  admitted(desk.admit("192.0.2.1"));
});

Deno.test("admission desk counts an IPv6 /64 as one address", () => {
  const desk = new AdmissionDesk({ connections: 1000 });
  for (let i = 1; i <= 32; i++) admitted(desk.admit(`2001:db8::${i.toString(16)}`));
  equal(desk.admit("2001:db8::ffff:ffff:ffff:ffff"), "too-many-from-address");
  admitted(desk.admit("2001:db8:0:1::1"));
});

Deno.test("admission desk takes 512 unauthenticated connections in all and refuses the next", () => {
  const desk = new AdmissionDesk({ connections: 1000 });
  const places = Array.from({ length: 512 }, (_, i) => admitted(desk.admit(`10.0.${i >> 5}.1`)));
  equal(desk.admit("10.1.0.1"), "too-many-unauthenticated");
  places[7].signIn();
  admitted(desk.admit("10.1.0.1"));
});

Deno.test("admission desk refuses connections above the maximum, signed in or not", () => {
  const desk = new AdmissionDesk({ connections: 2 });
  const first = admitted(desk.admit("10.0.0.1"));
  first.signIn();
  admitted(desk.admit("10.0.0.2"));
  equal(desk.admit("10.0.0.3"), "server-full");
  first.release();
  admitted(desk.admit("10.0.0.3"));
});

Deno.test("admission desk counts each place once, however often it is signed in and released", () => {
  const desk = new AdmissionDesk({ connections: 10 });
  const place = admitted(desk.admit("10.0.0.1"));
  place.signIn();
  place.signIn();
  deepEqual([desk.connections, desk.unauthenticated], [1, 0]);
  place.release();
  place.release();
  place.signIn();
  deepEqual([desk.connections, desk.unauthenticated], [0, 0]);
});

Deno.test("admission desk lets newcomers in past overdue handshakes, but no more from their address", () => {
  const desk = new AdmissionDesk({
    connections: 4,
    unauthenticated: 2,
    unauthenticatedPerAddress: 2,
  });
  const first = admitted(desk.admit("10.0.0.1"));
  const second = admitted(desk.admit("10.0.0.1"));
  equal(desk.admit("10.0.0.2"), "too-many-unauthenticated");
  first.overdue();
  first.overdue();
  second.overdue();
  equal(desk.admit("10.0.0.1"), "too-many-from-address");
  admitted(desk.admit("10.0.0.2"));
  admitted(desk.admit("10.0.0.3"));
  equal(desk.admit("10.0.0.4"), "server-full");
  first.release();
  deepEqual([desk.connections, desk.unauthenticated], [3, 2]);
  equal(desk.admit("10.0.0.1"), "too-many-unauthenticated");
});
