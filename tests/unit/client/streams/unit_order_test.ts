import { deepEqual, equal } from "node:assert/strict";
import { UnitOrder } from "../../../../lib/client/streams/lasting_watcher.ts";

function scene() {
  const given: number[] = [];
  const refused = { repeated: 0 };
  const order = new UnitOrder((unit) => given.push(unit[0]), refused);
  const server = (...units: number[]) => {
    for (const unit of units) order.fromServer(unit, Uint8Array.of(unit));
  };
  const peer = (...units: number[]) => {
    for (const unit of units) order.fromPeer(unit, Uint8Array.of(unit));
  };
  return { given, refused, order, server, peer };
}

Deno.test("a watcher who goes over to the direct connection misses nothing and gets nothing twice", () => {
  const { given, order, server, peer } = scene();
  server(0, 1);
  order.beginDirect(true);
  peer(4, 5);
  deepEqual([given, order.isHandedOver], [[0, 1], false]);
  server(2, 3);
  deepEqual([given, order.isHandedOver], [[0, 1, 2, 3, 4, 5], true]);
  server(4, 5, 6);
  peer(6, 7);
  deepEqual(given, [0, 1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("what the server dropped is not waited for, and what it brought first comes once", () => {
  const { given, order, server, peer } = scene();
  server(0, 1, 2, 3);
  order.beginDirect(true);
  peer(2);
  equal(order.isHandedOver, true);
  peer(3, 4);
  deepEqual(given, [0, 1, 2, 3, 4]);
  const slow = scene();
  slow.server(0);
  slow.order.beginDirect(true);
  slow.peer(3);
  slow.server(9);
  slow.peer(4);
  deepEqual(slow.given, [0, 3, 4]);
});

Deno.test("units wait for the server's for a while only, and not in any number", () => {
  const { given, order, server, peer } = scene();
  server(0);
  order.beginDirect(true);
  peer(2, 3);
  order.handOver();
  deepEqual(given, [0, 2, 3]);
  const many = scene();
  many.order.beginDirect(true);
  many.peer(...Array.from({ length: 63 }, (_, i) => i + 1));
  equal(many.given.length, 0);
  many.peer(64);
  equal(many.given.length, 64);
});

Deno.test("behind a direct connection that was lost the server goes on, and brings nothing again", () => {
  const { given, order, server, peer } = scene();
  order.beginDirect(false);
  peer(0, 1, 2);
  order.endDirect();
  server(1, 2, 3, 4);
  order.beginDirect(true);
  peer(5, 6);
  deepEqual(given, [0, 1, 2, 3, 4, 5, 6]);
});

Deno.test("SR-76: a number that the server made up does not keep out what comes directly", () => {
  const { given, order, server, peer } = scene();
  server(0, 200);
  order.beginDirect(true);
  peer(1, 2, 3);
  server(255);
  peer(4);
  deepEqual(given, [0, 200, 1, 2, 3, 4]);
});

Deno.test("SR-65: what one way brings again or behind others is counted, what both ways bring is not", () => {
  const { given, refused, order, server, peer } = scene();
  server(0, 1, 3);
  equal(refused.repeated, 0);
  server(2, 3);
  equal(refused.repeated, 2);
  order.beginDirect(true);
  peer(2, 3, 4);
  server(4, 5);
  equal(refused.repeated, 2);
  peer(4, 6, 5);
  deepEqual([refused.repeated, given], [4, [0, 1, 3, 4, 6]]);
});
