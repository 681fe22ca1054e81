import assert from "node:assert/strict";
import { emptyInWaves, WAVE_SESSIONS } from "../../../lib/server/serving/draining.ts";
import { Draining } from "../../../lib/server/serving/ending.ts";
import { settle } from "../../kit/clock.ts";
import { until } from "../../kit/cluster.ts";
import { TestServer } from "../../kit/test_server.ts";

Deno.test("a node that is emptied tells its clients in bounded waves to come again, and ends their sessions", async () => {
  await using server = await TestServer.open();
  const { parts: { clock, sessions }, host } = server;
  const left = 3;
  const clients = await Promise.all(
    Array.from({ length: WAVE_SESSIONS + left }, () => server.handshake()),
  );
  const never = new AbortController().signal;
  const emptying = emptyInWaves({ clock, sessions, host, patienceMs: 8_000 }, never);
  await until(() => sessions.count === left);
  for (let i = 0; i < 10; i++) await settle();
  assert.equal(sessions.count, left, "the next wave waits for the clock");
  const told = clients.filter(({ waiting }) =>
    waiting.some(({ header }) => header.kind === "server.going-away")
  );
  assert.equal(told.length, WAVE_SESSIONS);
  await server.clock.advance(2_000);
  await emptying;
  assert.equal(sessions.count, 0);
  const { header } = await clients[WAVE_SESSIONS].next("server.going-away");
  assert.ok(Number(header.reconnectAfterMs) >= 500, "they do not all come at once");
});

Deno.test("emptying a node ends with what stops the server", async () => {
  await using server = await TestServer.open();
  const { parts: { clock, sessions }, host } = server;
  await Promise.all(Array.from({ length: WAVE_SESSIONS + 1 }, () => server.handshake()));
  const stop = new AbortController();
  const emptying = emptyInWaves({ clock, sessions, host, patienceMs: 0 }, stop.signal);
  await until(() => sessions.count === 1);
  stop.abort(new Error("stopped"));
  await assert.rejects(emptying, /stopped/);
});

Deno.test("an order to give people away is given once, and known at once", async () => {
  const draining = new Draining();
  assert.equal(draining.isOrdered, false);
  draining.order();
  draining.order();
  await draining.ordered;
  assert.equal(draining.isOrdered, true);
});
