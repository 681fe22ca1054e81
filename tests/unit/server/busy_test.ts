import { deepEqual, equal } from "node:assert/strict";
import { openBusy } from "../../../lib/crypto/statements/busy.ts";
import type { Role } from "../../../lib/protocol/permissions.ts";
import { MAX_BUSY_BYTES, MAX_BUSY_TEXT_BYTES } from "../../../lib/protocol/hop/roster.ts";
import { ROSTER_PAGE_ENTRIES } from "../../../lib/protocol/hop/roster.ts";
import { splitSections } from "../../../lib/protocol/sections.ts";
import { Presence } from "../../../lib/server/presence/presence.ts";
import { FakeClock } from "../../kit/clock.ts";
import { type RawAccount, ready, registered } from "../../kit/raw_account.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { broadcastOf, busyOf } from "../../kit/statements.ts";
import { TestServer } from "../../kit/test_server.ts";

async function openRoom(server: TestServer) {
  const alice = await registered(server, "alice");
  const bob = await registered(server, "bob", { which: 1 });
  return { alice, bob, atAlice: await ready(server, alice), atBob: await ready(server, bob) };
}

function textOf(server: TestServer, statement: Uint8Array<ArrayBuffer>): string | undefined {
  const opened = openBusy(statement, server.parts.identity.serverId);
  return opened.ok ? opened.busy.text : undefined;
}

/** What the list says of everyone: session, busy since, busy text. */
async function who(server: TestServer, client: RawClient) {
  const { header, payload } = await client.ask("roster.page", { onlineOnly: true });
  const texts = splitSections(payload, header.sizes as number[]);
  const entries = header.entries as { account: string; session: number; busySinceMs?: number }[];
  return entries.map(({ account, session, busySinceMs }, i) => ({
    account,
    session,
    busySinceMs,
    text: textOf(server, texts[i]),
  }));
}

async function setBusy(
  server: TestServer,
  client: RawClient,
  account: RawAccount,
  said: { text: string; untilMs?: number },
) {
  await client.get("presence.set", { busy: true }, await busyOf(server, account, said));
}

Deno.test("who is busy is told at once, listed with session and text, and free again", async () => {
  await using server = await TestServer.open();
  const { bob, atAlice, atBob } = await openRoom(server);
  const sinceMs = server.clock.nowMs();
  await setBusy(server, atBob, bob, { text: "lunch 🍜" });
  for (const client of [atAlice, atBob]) {
    const { header, payload } = await client.next("presence.change");
    const { account, busy } = header;
    deepEqual({ account, busy, text: textOf(server, payload) }, {
      account: "bob",
      busy: true,
      text: "lunch 🍜",
    });
  }
  deepEqual(await who(server, atAlice), [
    { account: "alice", session: 1, busySinceMs: undefined, text: undefined },
    { account: "bob", session: 2, busySinceMs: sinceMs, text: "lunch 🍜" },
  ]);
  await atBob.get("presence.set", { busy: false });
  equal((await atAlice.next("presence.change")).header.busy, false);
  equal((await who(server, atAlice))[1].busySinceMs, undefined);
});

Deno.test("a busy text ends at its time, and when its account leaves", async () => {
  await using server = await TestServer.open();
  const { bob, atAlice, atBob } = await openRoom(server);
  await setBusy(server, atBob, bob, { text: "", untilMs: server.clock.nowMs() + 1000 });
  await server.clock.advance(999);
  equal((await who(server, atAlice))[1].text, "");
  await server.clock.advance(1);
  equal((await who(server, atAlice))[1].busySinceMs, undefined);

  await setBusy(server, atBob, bob, { text: "gone" });
  const second = await ready(server, bob);
  await atBob.close();
  equal(
    (await who(server, atAlice))[1].text,
    "gone",
    "it holds while a session of the account is there",
  );
  await second.close();
  const news: unknown[] = [];
  while (news.length < 3) news.push((await atAlice.next("presence.change")).header.busy);
  deepEqual(news, [true, true, false], "who leaves is not busy");
  await ready(server, bob);
  equal((await who(server, atAlice))[1].busySinceMs, undefined);
});

Deno.test("SR-61: the server takes a busy text only of the device that signed it", async () => {
  await using server = await TestServer.open();
  const { alice, bob, atAlice } = await openRoom(server);
  const wrong = {
    "of somebody else": await busyOf(server, bob, { text: "x" }),
    "in another's name": await busyOf(server, alice, {
      text: "x",
      instead: { account: bob.person.accountId },
    }),
    "that is a broadcast": await broadcastOf(server, alice, { text: "x" }),
    "that is too long": await busyOf(server, alice, { text: "x".repeat(MAX_BUSY_TEXT_BYTES + 1) }),
    "that is nothing": new Uint8Array(0),
  };
  for (const [what, statement] of Object.entries(wrong)) {
    equal(await atAlice.refused("presence.set", { busy: true }, statement), "bad-message", what);
  }
  const longest = await busyOf(server, alice, { text: "x".repeat(MAX_BUSY_TEXT_BYTES) });
  await atAlice.get("presence.set", { busy: true }, longest);
  equal((await who(server, atAlice))[0].text, "x".repeat(MAX_BUSY_TEXT_BYTES));
});

Deno.test("a page of the longest names, all busy with the longest texts, is in one answer", async () => {
  await using server = await TestServer.open({ clock: new FakeClock(1_900_000_000_000) });
  const { alice, atAlice } = await openRoom(server);
  const { presence, store } = server.parts;
  const { accountId: account } = alice.person;
  await store.grantRole({ by: "operator", account, role: "owner", nowMs: 0 });
  const nobody = { send: () => true };
  for (let i = 0; i < ROSTER_PAGE_ENTRIES; i++) {
    const name = String.fromCodePoint(0x20000 + i).repeat(90);
    const address = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255";
    presence.join({ connection: nobody, address } as never, name as never, {
      name: name as never,
      identity: "f".repeat(64) as never,
      peers: new Set(),
      session: 10_000_000 + i,
    });
    const sinceMs = server.clock.nowMs();
    const statement = new Uint8Array(MAX_BUSY_BYTES);
    presence.setBusy(name as never, { sinceMs, untilMs: undefined, statement });
  }
  const { header, payload } = await atAlice.ask("roster.page", { after: "bob", onlineOnly: true });
  equal((header.entries as unknown[]).length, ROSTER_PAGE_ENTRIES);
  equal(payload.length, ROSTER_PAGE_ENTRIES * MAX_BUSY_BYTES);
});

Deno.test("on a crowded server who is busy is told to acquaintances alone, and to oneself", () => {
  const presence = new Presence(new FakeClock());
  const told = new Map<string, number>();
  const join = (name: string, peers: readonly string[] = []) =>
    presence.join(
      { connection: { send: () => told.set(name, (told.get(name) ?? 0) + 1) } } as never,
      name as never,
      { name: name as never, identity: "" as never, peers: new Set(peers) as never },
    );
  for (let i = 0; i < 500; i++) join(`x${i}`);
  join("bob", ["x7"]);
  const busy = { sinceMs: 1, untilMs: undefined, statement: new Uint8Array(1) };
  presence.setBusy("bob" as never, busy);
  deepEqual(Object.fromEntries(told), { bob: 1, x7: 1 });
  presence.setBusy("nobody" as never, busy);
  deepEqual(Object.fromEntries(told), { bob: 1, x7: 1 });
});

Deno.test("addresses are told to owners of the server alone", async () => {
  await using server = await TestServer.open();
  const { alice, atAlice } = await openRoom(server);
  await ready(server, await registered(server, "carol", { which: 2 }), "198.51.100.7");
  const addresses = async () => {
    const { entries } = await atAlice.get("roster.page", { onlineOnly: false });
    const listed = entries as { address?: string; port?: number }[];
    // Both or neither.
    deepEqual(
      listed.map(({ port }) => port !== undefined),
      listed.map(({ address }) => address !== undefined),
    );
    return listed.map(({ address }) => address);
  };
  const appoint = (role: Role) =>
    server.parts.store.grantRole({
      by: "operator",
      account: alice.person.accountId,
      role,
      nowMs: 0,
    });
  deepEqual(await addresses(), [undefined, undefined, undefined]);
  await appoint("moderator");
  deepEqual(await addresses(), [undefined, undefined, undefined]);
  await appoint("owner");
  deepEqual(await addresses(), ["192.0.2.1", "192.0.2.1", "198.51.100.7"]);
});

Deno.test("being busy and free in turns is limited", async () => {
  await using server = await TestServer.open();
  const { atAlice } = await openRoom(server);
  for (let i = 0; i < 20; i++) await atAlice.get("presence.set", { busy: false });
  equal(await atAlice.refused("presence.set", { busy: false }), "rate-limited");
  await server.clock.advance(10_000);
  await atAlice.get("presence.set", { busy: false });
});
