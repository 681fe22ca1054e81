import { deepEqual, equal } from "node:assert/strict";
import { decodeUtf8 } from "../../../lib/base/bytes.ts";
import { newBroadcastId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { openBroadcast } from "../../../lib/crypto/statements/broadcast.ts";
import {
  BROADCAST_PAGE_ENTRIES,
  MAX_BROADCAST_TEXT_BYTES,
} from "../../../lib/protocol/hop/broadcast.ts";
import { splitSections } from "../../../lib/protocol/sections.ts";
import { startLogging, stopLogging } from "../../../lib/server/config/logging.ts";
import { OTHER_SERVER_ID } from "../../kit/devices.ts";
import { type RawAccount, ready, registered } from "../../kit/raw_account.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { broadcastOf, busyOf } from "../../kit/statements.ts";
import { TestServer } from "../../kit/test_server.ts";

interface Told {
  readonly number: number;
  readonly text: string | undefined;
}

async function openRoom(server: TestServer) {
  const alice = await registered(server, "alice");
  const bob = await registered(server, "bob", { which: 1 });
  return { alice, bob, atAlice: await ready(server, alice), atBob: await ready(server, bob) };
}

function textOf(server: TestServer, statement: Uint8Array<ArrayBuffer>): string | undefined {
  const opened = openBroadcast(statement, server.parts.identity.serverId);
  return opened.ok ? opened.broadcast.text : undefined;
}

async function nextTold(server: TestServer, client: RawClient): Promise<Told> {
  const { header, payload } = await client.next("broadcast.message");
  return { number: Number(header.number), text: textOf(server, payload) };
}

async function say(server: TestServer, client: RawClient, account: RawAccount, text: string) {
  const statement = await broadcastOf(server, account, { text });
  return Number((await client.get("broadcast.send", {}, statement)).number);
}

Deno.test("a broadcast is numbered and told to everyone who is signed in, the sender too", async () => {
  await using server = await TestServer.open();
  const { alice, bob, atAlice, atBob } = await openRoom(server);
  equal(await say(server, atAlice, alice, 'Hello\nall; "you" 🧛'), 1);
  equal(await say(server, atBob, bob, "Hi"), 2);
  for (const client of [atAlice, atBob]) {
    deepEqual(await nextTold(server, client), { number: 1, text: 'Hello\nall; "you" 🧛' });
    deepEqual(await nextTold(server, client), { number: 2, text: "Hi" });
  }
});

Deno.test("a broadcast of a stranger is refused", async () => {
  await using server = await TestServer.open();
  const { alice, atAlice } = await openRoom(server);
  const stranger = await server.handshake();
  const statement = await broadcastOf(server, alice, { text: "hi" });
  equal(await stranger.refused("broadcast.send"), "not-signed-in");
  equal((await atAlice.get("broadcast.read", { after: 0 })).latest, 0);
  equal((await atAlice.get("broadcast.send", {}, statement)).number, 1);
});

Deno.test("SR-60: the server takes a broadcast only of the device that signed it", async () => {
  await using server = await TestServer.open();
  const { alice, bob, atAlice, atBob } = await openRoom(server);
  const good = await broadcastOf(server, alice, { text: "mine" });
  const forged = good.slice();
  forged[forged.length - 1] ^= 1;
  const changed = good.slice();
  changed[changed.indexOf(0x6d, changed.length - 80)] ^= 1;
  const wrong = {
    "of somebody else": [atBob, good],
    "with a changed signature": [atAlice, forged],
    "with a changed text": [atAlice, changed],
    "of another server": [
      atAlice,
      await broadcastOf(server, alice, { text: "x", instead: { serverId: OTHER_SERVER_ID } }),
    ],
    "signed by the MLS key": [
      atAlice,
      await broadcastOf(server, alice, {
        text: "x",
        instead: { privateKey: alice.device.keys.mls.privateKey },
      }),
    ],
    "in another's name": [
      atAlice,
      await broadcastOf(server, alice, { text: "x", instead: { account: bob.person.accountId } }),
    ],
    "that is a busy text": [atAlice, await busyOf(server, alice, { text: "x" })],
    "without a text": [atAlice, await broadcastOf(server, alice, { text: "" })],
    "that is nothing": [atAlice, new Uint8Array(0)],
  } as const;
  for (const [what, [client, statement]] of Object.entries(wrong)) {
    await server.clock.advance(60_000);
    equal(await client.refused("broadcast.send", {}, statement), "bad-message", what);
  }
  equal((await atAlice.get("broadcast.read", { after: 0 })).latest, 0);
});

Deno.test("SR-60: a broadcast that comes again is not told again, and keeps its number", async () => {
  await using server = await TestServer.open();
  const { alice, atAlice, atBob } = await openRoom(server);
  const id = newBroadcastId(systemRandom);
  const statement = await broadcastOf(server, alice, { text: "once", id });
  for (const _ of [1, 2]) equal((await atAlice.get("broadcast.send", {}, statement)).number, 1);
  const other = await broadcastOf(server, alice, { text: "twice", id });
  equal(await atAlice.refused("broadcast.send", {}, other), "bad-message");
  equal(await say(server, atAlice, alice, "more"), 2);
  deepEqual((await nextTold(server, atBob)).number, 1);
  deepEqual((await nextTold(server, atBob)).number, 2);
});

Deno.test("a broadcast may have so many bytes and no more", async () => {
  await using server = await TestServer.open();
  const { alice, atAlice } = await openRoom(server);
  equal(await say(server, atAlice, alice, "x".repeat(MAX_BROADCAST_TEXT_BYTES)), 1);
  const long = await broadcastOf(server, alice, { text: "x".repeat(MAX_BROADCAST_TEXT_BYTES + 1) });
  equal(await atAlice.refused("broadcast.send", {}, long), "bad-message");
});

Deno.test("broadcasts of one account are limited, and others' are not by that", async () => {
  await using server = await TestServer.open();
  const { alice, bob, atAlice, atBob } = await openRoom(server);
  for (let i = 1; i <= 5; i++) equal(await say(server, atAlice, alice, `text ${i}`), i);
  const statement = await broadcastOf(server, alice, { text: "too much" });
  const { header } = await atAlice.ask("broadcast.send", {}, statement);
  deepEqual([header.code, header.retryAfterSeconds], ["rate-limited", 20]);
  equal(await say(server, atBob, bob, "mine"), 6);
  await server.clock.advance(20_000);
  equal((await atAlice.get("broadcast.send", {}, statement)).number, 7);
});

Deno.test("broadcasts are read since a number or a time, page by page", async () => {
  await using server = await TestServer.open();
  const { alice, atAlice } = await openRoom(server);
  const count = BROADCAST_PAGE_ENTRIES + 2;
  for (let i = 1; i <= count; i++) {
    await server.clock.advance(20_000);
    await say(server, atAlice, alice, `text ${i}`);
  }
  const read = async (fields: object) => {
    const { header, payload } = await atAlice.ask("broadcast.read", fields);
    const texts = splitSections(payload, header.sizes as number[]).map((it) => textOf(server, it));
    return { texts, more: header.more, latest: header.latest };
  };
  const first = await read({ after: 0 });
  equal(first.texts.length, BROADCAST_PAGE_ENTRIES);
  deepEqual([first.more, first.latest, first.texts[0]], [true, count, "text 1"]);
  deepEqual(await read({ after: BROADCAST_PAGE_ENTRIES }), {
    texts: [`text ${count - 1}`, `text ${count}`],
    more: false,
    latest: count,
  });
  deepEqual((await read({ after: 0, sinceMs: server.clock.nowMs() })).texts, [`text ${count}`]);
});

Deno.test("the log tells of a broadcast as the seed does, in one line that cannot be forged (row S3.15)", async () => {
  const lines: string[] = [];
  startLogging({ format: "text", level: "info", write: (line) => lines.push(line) });
  try {
    await using server = await TestServer.open();
    const { alice, atAlice } = await openRoom(server);
    await say(server, atAlice, alice, "Hello\n2022-01-01T00:00:00Z info forged");
    const line = lines.find((text) => text.includes("BCM"));
    const sentence =
      /server\.broadcast alice broadcasted BCM #1 "Hello\\u000a2022-01-01T00:00:00Z info forged" at \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.$/;
    equal(sentence.test(line ?? ""), true, line);
  } finally {
    stopLogging();
  }
});

Deno.test("numbers of broadcasts go on when the server was away", async () => {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "broadcast-" });
  try {
    let alice: RawAccount;
    {
      await using server = await TestServer.open({ folder });
      alice = await registered(server, "alice");
      equal(await say(server, await ready(server, alice), alice, "before"), 1);
    }
    await using server = await TestServer.open({ folder });
    const client = await ready(server, alice);
    equal(await say(server, client, alice, "after"), 2);
    const { payload, header } = await client.ask("broadcast.read", { after: 1 });
    const [statement] = splitSections(payload, header.sizes as number[]);
    equal(textOf(server, statement), "after");
    equal(decodeUtf8(statement), undefined, "it is a statement, not its text");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
