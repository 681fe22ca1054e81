import { deepEqual, equal, rejects } from "node:assert/strict";
import { type Bytes, utf8 } from "../../../lib/base/bytes.ts";
import type { AccountId, StreamId } from "../../../lib/base/ids.ts";
import {
  STREAM_PART_MAX_BYTES,
  STREAM_QUEUE_BYTES,
  STREAM_UNIT_MAX_BYTES,
  STREAM_WORD_MAX_BYTES,
  STREAMS_SENT_MAX,
  STREAMS_WATCHED_MAX,
} from "../../../lib/protocol/limits.ts";
import { ClientLine } from "../../../lib/server/sessions/client_line.ts";
import { SessionStreams } from "../../../lib/server/media/session_streams.ts";
import { ready, registered } from "../../kit/raw_account.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { openPair, type RawPair } from "../../kit/raw_conversation.ts";
import { TestServer } from "../../kit/test_server.ts";

const STREAM = "000102030405060708090a0b0c0d0e0f";
const other = (number: number) => `${number}`.padStart(32, "0");

interface Scene extends RawPair {
  readonly server: TestServer;
}

async function scene(action: (scene: Scene) => Promise<void>): Promise<void> {
  await using server = await TestServer.open();
  await action({ server, ...await openPair(server) });
}

/** Sends a unit in parts, as a sender does. */
function sendUnit(client: RawClient, unit: number, bytes: Bytes): void {
  for (let offset = 0; offset < bytes.length; offset += STREAM_PART_MAX_BYTES) {
    const payload = bytes.slice(offset, offset + STREAM_PART_MAX_BYTES);
    const header = { kind: "stream.part", stream: STREAM, unit, size: bytes.length, offset };
    client.send(header, payload);
  }
}

async function readUnit(
  client: RawClient,
  taken: { bytes: number },
): Promise<{ unit: unknown; bytes: Bytes }> {
  for (let filled = 0, bytes = new Uint8Array(0), unit: unknown;;) {
    const { header, payload } = await client.next("stream.piece");
    if (header.offset === 0) {
      bytes = new Uint8Array(Number(header.size));
      unit = header.unit;
      filled = 0;
    }
    bytes.set(payload, Number(header.offset));
    filled += payload.length;
    taken.bytes += payload.length;
    client.send({ kind: "stream.taken", stream: STREAM, bytes: taken.bytes });
    if (filled === bytes.length) return { unit, bytes };
  }
}

async function passedUpTo(client: RawClient, bytes: number): Promise<void> {
  while (Number((await client.next("stream.passed")).header.bytes) < bytes);
}

async function open({ alice, conversation }: Scene, stream = STREAM): Promise<void> {
  await alice.client.get("stream.open", { stream, conversation });
}

function unitOf(size: number, seed: number): Bytes {
  return Uint8Array.from({ length: size }, (_, i) => i * 7 + seed);
}

Deno.test("row S0.43: a stream is passed on as it comes, byte for byte, and its end behind it", () =>
  scene(async (all) => {
    const { alice, bob } = all;
    await open(all);
    await bob.client.get("stream.join", { stream: STREAM });
    equal((await alice.client.next("stream.watchers")).header.count, 1);
    const units = [unitOf(1, 1), unitOf(STREAM_PART_MAX_BYTES, 2), unitOf(100_000, 3)];
    units.forEach((bytes, unit) => sendUnit(alice.client, unit, bytes));
    const taken = { bytes: 0 };
    for (const [unit, bytes] of units.entries()) {
      deepEqual(await readUnit(bob.client, taken), { unit, bytes });
    }
    await alice.client.get("stream.leave", { stream: STREAM });
    equal((await bob.client.next("stream.ended")).header.reason, "ended");
    equal(await bob.client.refused("stream.join", { stream: STREAM }), "unknown-stream");
  }));

Deno.test("row S0.43: a watcher that takes nothing loses the oldest units, and whoever takes them gets all", () =>
  scene(async (all) => {
    const { server, alice, bob } = all;
    const slow = await ready(server, bob.account);
    await open(all);
    await bob.client.get("stream.join", { stream: STREAM });
    await slow.get("stream.join", { stream: STREAM });
    const size = 100_000;
    const count = 20;
    const taken = { bytes: 0 };
    for (let unit = 0; unit < count; unit++) {
      sendUnit(alice.client, unit, unitOf(size, unit));
      // The next one only when this one is through: the quick watcher never waits.
      deepEqual(await readUnit(bob.client, taken), { unit, bytes: unitOf(size, unit) });
    }
    await alice.client.get("stream.leave", { stream: STREAM });
    equal((await bob.client.next("stream.ended")).header.reason, "ended");
    const units: number[] = [];
    const late = { bytes: 0 };
    // From here on it takes everything: what was kept for it.
    for (;;) {
      const { unit, bytes } = await readUnit(slow, late);
      deepEqual(bytes, unitOf(size, Number(unit)));
      units.push(Number(unit));
      if (unit === count - 1) break;
    }
    equal((await slow.next("stream.ended")).header.reason, "ended");
    // What was on its way, and what the queue holds.
    const kept = Math.ceil((64 * 1024 + STREAM_QUEUE_BYTES) / size) + 1;
    equal(units.length <= kept && units.length > 1, true, `${units}`);
    deepEqual(units.slice(1), units.slice(1).map((_, i) => count - units.length + 1 + i));
  }));

Deno.test("a stream never delays a message to a watcher that is slow", () =>
  scene(async (all) => {
    const { alice, bob, conversation } = all;
    await bob.subscribe();
    await open(all);
    await bob.client.get("stream.join", { stream: STREAM });
    for (let unit = 0; unit < 8; unit++) sendUnit(alice.client, unit, unitOf(200_000, unit));
    await passedUpTo(alice.client, 1_600_000);
    await alice.send(conversation, "hello");
    await bob.client.next("relay.envelope");
    // Nothing was taken, so only the first credit is on its way.
    const pieces = bob.client.waiting.filter(({ header }) => header.kind === "stream.piece");
    const bytes = pieces.reduce((sum, { payload }) => sum + payload.length, 0);
    equal(bytes > 0 && bytes <= 64 * 1024, true, `${bytes} bytes`);
  }));

Deno.test("what a watcher says reaches the sender, what a stranger says nobody", () =>
  scene(async (all) => {
    const { server, alice, bob } = all;
    const carol = await ready(server, await registered(server, "carol", { which: 2 }));
    await open(all);
    equal(await carol.refused("stream.join", { stream: STREAM }), "unknown-stream");
    carol.send({ kind: "stream.word", stream: STREAM }, utf8("forged"));
    carol.send({ kind: "stream.taken", stream: STREAM, bytes: 1e9 });
    await carol.get("keys.count");
    await bob.client.get("stream.join", { stream: STREAM });
    bob.client.send({ kind: "stream.word", stream: STREAM }, new Uint8Array(STREAM_WORD_MAX_BYTES));
    const heard = await alice.client.next("stream.heard");
    equal(heard.payload.length, STREAM_WORD_MAX_BYTES);
    equal(
      await carol.refused("stream.open", { stream: other(1), conversation: all.conversation }),
      "not-member",
    );
    equal(await carol.refused("stream.leave", { stream: STREAM }), "unknown-stream");
  }));

Deno.test("a sender whose connection is cut leaves no stream behind, and its watchers are told", () =>
  scene(async (all) => {
    const { server, alice, bob } = all;
    await open(all);
    await bob.client.get("stream.join", { stream: STREAM });
    equal(server.parts.streams.count, 1);
    await alice.client.close();
    equal((await bob.client.next("stream.ended")).header.reason, "lost");
    equal(server.parts.streams.count, 0);
    equal(await bob.client.refused("stream.join", { stream: STREAM }), "unknown-stream");
  }));

Deno.test("a sender who comes back opens its stream anew, also before the server misses the old connection", () =>
  scene(async (all) => {
    const { server, alice, bob, conversation } = all;
    await open(all);
    await bob.client.get("stream.join", { stream: STREAM });
    sendUnit(alice.client, 5, unitOf(10, 1));
    deepEqual((await readUnit(bob.client, { bytes: 0 })).unit, 5);
    const again = await ready(server, alice.account);
    await again.get("stream.open", { stream: STREAM, conversation });
    equal((await bob.client.next("stream.ended")).header.reason, "lost");
    await bob.client.get("stream.join", { stream: STREAM });
    // What the old connection says is nothing to the new one, nor is its end.
    sendUnit(alice.client, 6, unitOf(10, 2));
    await alice.client.close();
    equal(server.parts.streams.count, 1);
    sendUnit(again, 7, unitOf(10, 3));
    deepEqual(await readUnit(bob.client, { bytes: 0 }), { unit: 7, bytes: unitOf(10, 3) });
  }));

Deno.test("a watcher whose connection is cut is watched by nobody, and the sender is told", () =>
  scene(async (all) => {
    const { alice, bob } = all;
    await open(all);
    await bob.client.get("stream.join", { stream: STREAM });
    equal((await alice.client.next("stream.watchers")).header.count, 1);
    await bob.client.close();
    equal((await alice.client.next("stream.watchers")).header.count, 0);
  }));

Deno.test("SR-66: an account that is removed gets nothing more of a stream, at once", () =>
  scene(async (all) => {
    const { server, alice, bob, conversation } = all;
    await open(all);
    await bob.client.get("stream.join", { stream: STREAM });
    for (let unit = 0; unit < 4; unit++) sendUnit(alice.client, unit, unitOf(100_000, unit));
    await passedUpTo(alice.client, 400_000);
    server.parts.streams.removed(conversation, [bob.account.person.accountId]);
    equal((await bob.client.next("stream.ended")).header.reason, "removed");
    sendUnit(alice.client, 4, unitOf(10, 4));
    await passedUpTo(alice.client, 400_010);
    await bob.client.get("keys.count");
    const pieces = bob.client.waiting.filter(({ header }) => header.kind === "stream.piece");
    equal(pieces.some(({ header }) => header.unit === 4), false);
  }));

Deno.test("an account sends no more streams than the limit, and one id once", () =>
  scene(async (all) => {
    const { alice, bob, conversation } = all;
    for (let number = 0; number < STREAMS_SENT_MAX; number++) await open(all, other(number));
    const fields = { stream: other(9), conversation };
    equal(await alice.client.refused("stream.open", fields), "too-many");
    equal(
      await bob.client.refused("stream.open", { ...fields, stream: other(0) }),
      "not-permitted",
    );
    await alice.client.get("stream.leave", { stream: other(0) });
    await open(all, other(9));
  }));

Deno.test("a connection watches no more streams than the limit", () =>
  scene(async ({ server, conversation, bob }) => {
    const { clock, parts: { streams } } = server;
    const [line] = server.parts.sessions;
    const desk = new SessionStreams(streams, line, clock);
    const sending = new ClientLine(line.connection);
    const account = bob.account.person.accountId;
    const ids = Array.from({ length: STREAMS_WATCHED_MAX + 1 }, (_, number) => {
      const stream = other(number) as StreamId;
      const sender = `sender${number}` as AccountId;
      streams.open({ stream, conversation, account: sender, sender: sending });
      return stream;
    });
    for (const stream of ids.slice(0, -1)) await desk.join(stream, account);
    await rejects(desk.join(ids[STREAMS_WATCHED_MAX], account), { code: "too-many" });
    // The same one again takes no further place.
    await desk.join(ids[0], account);
    await desk.leave(ids[1]);
    await desk.join(ids[STREAMS_WATCHED_MAX], account);
    await desk.close();
    deepEqual(ids.map((stream) => streams.find(stream)?.watcherCount), ids.map(() => 0));
  }));

for (
  const [what, header, size] of [
    ["begins in the middle", { unit: 0, size: 10, offset: 5 }, 5],
    ["is empty", { unit: 0, size: 10, offset: 0 }, 0],
    ["is longer than announced", { unit: 0, size: 10, offset: 0 }, 11],
    ["is of a unit above the limit", { unit: 0, size: STREAM_UNIT_MAX_BYTES + 1, offset: 0 }, 10],
  ] as const
) {
  Deno.test(`a part of a stream that ${what} ends its sender's session`, () =>
    scene(async (all) => {
      const { alice } = all;
      await open(all);
      alice.client.send({ kind: "stream.part", stream: STREAM, ...header }, new Uint8Array(size));
      await alice.client.ended;
    }));
}

Deno.test("a unit at the limit is passed on; one that is sent twice ends the session", () =>
  scene(async (all) => {
    const { alice, bob } = all;
    await open(all);
    await bob.client.get("stream.join", { stream: STREAM });
    const largest = unitOf(STREAM_UNIT_MAX_BYTES, 5);
    sendUnit(alice.client, 7, largest);
    deepEqual(await readUnit(bob.client, { bytes: 0 }), { unit: 7, bytes: largest });
    sendUnit(alice.client, 7, unitOf(10, 5));
    await alice.client.ended;
  }));

Deno.test("what an account sends beyond its rate is not passed on, and is said to have passed", () =>
  scene(async (all) => {
    const { alice, bob } = all;
    await open(all);
    await bob.client.get("stream.join", { stream: STREAM });
    const size = 200_000;
    const units = 100;
    const seen = new Set<unknown>();
    const taken = { bytes: 0 };
    for (let unit = 0; unit < units; unit++) sendUnit(alice.client, unit, unitOf(size, unit));
    await passedUpTo(alice.client, size * units);
    await alice.client.get("stream.leave", { stream: STREAM });
    const ended = bob.client.next("stream.ended").then(() => "ended" as const);
    for (;;) {
      const next = await Promise.race([readUnit(bob.client, taken), ended]);
      if (next === "ended") break;
      seen.add(next.unit);
      if (next.unit === units - 1) break;
    }
    // Its clock stands still: only what is allowed at once.
    equal(seen.size <= 16 * 1024 * 1024 / size, true);
    equal(seen.has(units - 1), false);
  }));
