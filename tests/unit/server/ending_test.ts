import assert from "node:assert/strict";
import { Ending, endWords, farewellOf } from "../../../lib/server/serving/ending.ts";
import { MAX_END_REASON_LENGTH, MAX_END_SECONDS } from "../../../lib/protocol/hop/server.ts";
import { CONNECTIONS_PER_ACCOUNT_MAX } from "../../../lib/protocol/limits.ts";
import type { Role } from "../../../lib/protocol/permissions.ts";
import { type RawAccount, ready, registered, signInAs } from "../../kit/raw_account.ts";
import { TestServer } from "../../kit/test_server.ts";

async function openTemple() {
  await using opening = new AsyncDisposableStack();
  const server = opening.use(await TestServer.open());
  const yoda = await registered(server, "yoda");
  const appoint = async (account: RawAccount, role: Role) => {
    const nowMs = server.clock.nowMs();
    const { accountId } = account.person;
    await server.parts.store.grantRole({ by: "operator", account: accountId, role, nowMs });
  };
  const owned = opening.move();
  return { server, yoda, appoint, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** What is due by now; undefined when nothing is. */
async function dueNow(ending: Ending) {
  return await Promise.race([ending.due, Promise.resolve(undefined)]);
}

Deno.test("S2.22: who is no owner is told which role /restart and /drain need, and nothing is planned", async () => {
  await using temple = await openTemple();
  const { server, yoda, appoint } = temple;
  const client = await ready(server, yoda);
  for (const role of ["member", "moderator"] as const) {
    await appoint(yoda, role);
    for (
      const [how, command] of [["restart", "/restart"], ["stop", "/drain"], ["cancel", "/drain"]]
    ) {
      const { header } = await client.ask("server.end", { how, reason: "" });
      assert.equal(header.code, "not-permitted");
      assert.equal(header.message, `You need the owner role for ${command}.`);
    }
  }
  assert.equal(server.parts.ending.planned, undefined);
  await client.close();
});

Deno.test("an end is announced to the second, and how long that is", () => {
  const atMs = Date.UTC(2026, 10, 22, 7, 59, 7);
  assert.equal(endWords({ delayMs: 5_400, atMs }), "in 6 seconds, at 22 Nov 2026 07:59:07 UTC");
});

Deno.test("an owner ends the server in a while: everybody is told until when, it is written down, and it can be taken back", async () => {
  await using temple = await openTemple();
  const { server, yoda, appoint } = temple;
  await appoint(yoda, "owner");
  const client = await ready(server, yoda);
  const { ending, store } = server.parts;
  const order = { how: "restart", afterSeconds: 60, reason: "upgrade" };
  const planned = await client.get("server.end", order);
  assert.equal(planned.atMs, server.clock.nowMs() + 60_000);
  assert.equal(
    (await client.next("server.notice")).header.text,
    "The server is restarting in 1 minute, at 1 Jan 2026 00:01:00 UTC: upgrade",
  );
  await server.clock.advance(59_999);
  assert.equal(await dueNow(ending), undefined);
  await client.get("server.end", { how: "cancel", reason: "" });
  assert.equal((await client.next("server.notice")).header.text, "The server keeps running");
  assert.equal(
    (await client.ask("server.end", { how: "cancel", reason: "" })).header.code,
    "not-sanctioned",
  );
  await server.clock.advance(10_000);
  assert.equal(await dueNow(ending), undefined);
  // A later order takes the place of the one before.
  await client.get("server.end", order);
  await client.get("server.end", { how: "stop", reason: "disks" });
  await server.clock.advance(50);
  assert.deepEqual(await dueNow(ending), {
    kind: "stop",
    reason: "disks",
    atMs: server.clock.nowMs() - 50,
  });
  const record = await store.listAudit({ limit: 9 });
  assert.deepEqual(record.slice(0, 2).map(({ by, action, detail }) => [by, action, detail]), [
    ["yoda", "drain", "stop"],
    ["yoda", "restart", "restart"],
  ]);
  await client.close();
});

Deno.test("an end is ordered for a week ahead at most, with a reason of 200 characters", async () => {
  await using temple = await openTemple();
  const { server, yoda, appoint } = temple;
  await appoint(yoda, "owner");
  const client = await ready(server, yoda);
  const most = {
    how: "stop",
    afterSeconds: MAX_END_SECONDS,
    reason: "x".repeat(MAX_END_REASON_LENGTH),
  };
  assert.equal((await client.ask("server.end", most)).header.kind, "server.ending");
  for (const more of [{ afterSeconds: MAX_END_SECONDS + 1 }, { reason: `${most.reason}x` }]) {
    const other = await ready(server, yoda);
    const { header } = await other.ask("server.end", { ...most, ...more });
    assert.equal(header.code, "bad-message");
    await other.close();
  }
  server.parts.ending.close();
  await client.close();
});

Deno.test("a farewell says whether clients may come back, and why", () => {
  assert.equal(farewellOf({ kind: "restart", reason: "" }), "Server restarting, back in a moment");
  assert.equal(
    farewellOf({ kind: "stop", reason: "new disks" }),
    "The server is stopping: new disks",
  );
});

Deno.test("an account has 64 connections at most, and the next one has its place when one ends", async () => {
  await using temple = await openTemple();
  const { server, yoda } = temple;
  const first = await ready(server, yoda);
  for (let i = 1; i < CONNECTIONS_PER_ACCOUNT_MAX; i++) await ready(server, yoda);
  const stranger = await server.handshake();
  const refused = await signInAs(stranger, yoda);
  assert.equal(refused.header.code, "too-many");
  assert.match(
    String(refused.header.message),
    /^Your account has 64 connections, the most allowed/,
  );
  await first.close();
  while (server.parts.sessions.of(yoda.person.accountId).length === CONNECTIONS_PER_ACCOUNT_MAX) {
    await server.clock.advance(1);
  }
  await ready(server, yoda);
});
