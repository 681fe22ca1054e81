/** Uploads between two nodes of a server: what was sent at one is read at the other. */

import { deepEqual, equal, ok } from "node:assert/strict";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { MAX_SPOOL_CHUNK_BYTES, SPOOL_BLOCK_BYTES } from "../../../lib/protocol/hop/spool.ts";
import type { BusLine } from "../../../lib/server/bus/bus_line.ts";
import { SilentLine } from "../../../lib/server/bus/bus_line.ts";
import { LineHub } from "../../kit/bad_line.ts";
import { until } from "../../kit/cluster.ts";
import { ready, registered } from "../../kit/raw_account.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { seeded } from "../../kit/seeded.ts";
import type { TestServer } from "../../kit/test_server.ts";
import { openLocalNodes } from "../../kit/two_nodes.ts";

const UPLOAD = "000102030405060708090a0b0c0d0e0f";
const upload = UPLOAD;

interface Scene {
  readonly one: TestServer;
  readonly two: TestServer;
  /** A connection of one of them, at either node. */
  at(server: TestServer, who: "alice" | "bob" | "carol"): Promise<RawClient>;
  /** What of the upload lies at a node. */
  stored(server: TestServer): Promise<number>;
}

async function scene(
  run: (scene: Scene) => Promise<void>,
  { hub = new LineHub(), line = () => hub.line() }: { hub?: LineHub; line?: () => BusLine } = {},
): Promise<void> {
  await using owner = new AsyncDisposableStack();
  owner.defer(() => hub.close());
  const [one, two] = await openLocalNodes({ line, owner });
  const accounts = {
    alice: await registered(one, "alice", { which: 0 }),
    bob: await registered(one, "bob", { which: 1 }),
    carol: await registered(one, "carol", { which: 2 }),
  };
  await run({
    one,
    two,
    at: (server, who) => ready(server, accounts[who]),
    stored: (server) => server.parts.spool.storedBytes(),
  });
}

function open(client: RawClient, sizeBytes: number, more: object = {}) {
  const fields = { upload, account: "bob", sizeBytes, again: false, opening: 1, ...more };
  return client.get("spool.open", fields);
}

function send(client: RawClient, bytes: Bytes, from = 0, opening = 1): void {
  for (let offset = from; offset < bytes.length; offset += MAX_SPOOL_CHUNK_BYTES) {
    const payload = bytes.slice(offset, offset + MAX_SPOOL_CHUNK_BYTES);
    client.send({ kind: "spool.chunk", upload, opening, offset }, payload);
  }
}

async function storedUpTo(client: RawClient, bytes: number): Promise<void> {
  while (Number((await client.next("spool.stored")).header.storedBytes) < bytes);
}

const fetch = (client: RawClient, offset = 0, untilBytes = 1e9) =>
  client.get("spool.fetch", { upload, offset, untilBytes });

async function readOn(client: RawClient, into: Bytes, from: number, until: number): Promise<void> {
  for (let offset = from; offset < until;) {
    const { header, payload } = await client.next("spool.piece");
    equal(header.offset, offset);
    into.set(payload, offset);
    offset += payload.length;
  }
}

Deno.test("what is sent at one node is read at another while it grows, within the reader's credit, byte for byte", () =>
  scene(async ({ one, two, at, stored }) => {
    const [alice, bob] = [await at(one, "alice"), await at(two, "bob")];
    const bytes = systemRandom.bytes(3 * SPOOL_BLOCK_BYTES + 17);
    await until(async () => {
      for (const { clock } of [one, two]) await clock.advance(250);
      return one.parts.presence.onlineCount === 2;
    });
    const opened = await open(alice, bytes.length);
    deepEqual([opened.storedBytes, opened.present], [0, true]);
    send(alice, bytes.slice(0, SPOOL_BLOCK_BYTES));
    await storedUpTo(alice, SPOOL_BLOCK_BYTES);
    const { sizeBytes, storedBytes } = await fetch(bob, 0, 2 * MAX_SPOOL_CHUNK_BYTES);
    deepEqual([sizeBytes, storedBytes], [bytes.length, SPOOL_BLOCK_BYTES]);
    const read = new Uint8Array(bytes.length);
    await readOn(bob, read, 0, 2 * MAX_SPOOL_CHUNK_BYTES);
    await bob.get("keys.count");
    deepEqual(bob.waiting.filter(({ header }) => header.kind === "spool.piece"), []);
    bob.send({ kind: "spool.credit", upload, untilBytes: bytes.length });
    send(alice, bytes, SPOOL_BLOCK_BYTES);
    await readOn(bob, read, 2 * MAX_SPOOL_CHUNK_BYTES, bytes.length);
    deepEqual(read, bytes);
    // The bytes lie at the first node alone.
    deepEqual([await stored(one), await stored(two)], [bytes.length, 0]);
  }));

Deno.test("a reader at another node who is there before anything was stored gets it as it comes", () =>
  scene(async ({ one, two, at }) => {
    const [alice, bob] = [await at(one, "alice"), await at(two, "bob")];
    const bytes = systemRandom.bytes(SPOOL_BLOCK_BYTES + 3);
    await open(alice, bytes.length);
    equal((await fetch(bob)).storedBytes, 0);
    send(alice, bytes);
    const read = new Uint8Array(bytes.length);
    await readOn(bob, read, 0, bytes.length);
    deepEqual(read, bytes);
  }));

for (const seed of [1, 2, 3]) {
  Deno.test(`over lines that lose, double, delay and reorder everything, a file is read whole (seed ${seed})`, () => {
    const hub = new LineHub(seeded(seed));
    return scene(async ({ one, two, at }) => {
      const [alice, bob] = [await at(one, "alice"), await at(two, "bob")];
      const bytes = systemRandom.bytes(6 * SPOOL_BLOCK_BYTES + 1);
      await open(alice, bytes.length);
      send(alice, bytes.slice(0, 2 * SPOOL_BLOCK_BYTES));
      await storedUpTo(alice, 2 * SPOOL_BLOCK_BYTES);
      await fetch(bob);
      send(alice, bytes, 2 * SPOOL_BLOCK_BYTES);
      const read = new Uint8Array(bytes.length);
      let isRead = false;
      const reading = readOn(bob, read, 0, bytes.length).then(() => isRead = true);
      // What was lost is asked for again, by the time of the node.
      await until(async () => {
        for (const { clock } of [one, two]) await clock.advance(100);
        return isRead;
      });
      await reading;
      deepEqual(read, bytes);
      const { lost, doubled, late } = hub.faults;
      ok(lost > 0 && doubled > 0 && late > 0, JSON.stringify(hub.faults));
    }, { hub });
  });
}

Deno.test("what was stored waits for a reader at any node, and is gone everywhere once it was taken back at another", () =>
  scene(async ({ one, two, at, stored }) => {
    const bytes = systemRandom.bytes(SPOOL_BLOCK_BYTES + 5);
    const alice = await at(one, "alice");
    await open(alice, bytes.length);
    send(alice, bytes);
    await storedUpTo(alice, bytes.length);
    await alice.close();
    // Nobody else reads it, at whichever node.
    const carol = await at(two, "carol");
    equal(
      await carol.refused("spool.fetch", { upload, offset: 0, untilBytes: 1 }),
      "unknown-upload",
    );
    const bob = await at(two, "bob");
    await fetch(bob, SPOOL_BLOCK_BYTES);
    const read = new Uint8Array(bytes.length);
    await readOn(bob, read, SPOOL_BLOCK_BYTES, bytes.length);
    deepEqual(read.slice(SPOOL_BLOCK_BYTES), bytes.slice(SPOOL_BLOCK_BYTES));
    // Its sender finds it whole at the other node, and need not send it again.
    const again = await at(two, "alice");
    equal((await open(again, bytes.length, { opening: 2 })).storedBytes, bytes.length);
    equal(await stored(one), bytes.length);
    await again.get("spool.release", { upload });
    equal((await bob.next("spool.ended")).header.reason, "gone");
    await until(async () => await stored(one) === 0);
    equal(await bob.refused("spool.fetch", { upload, offset: 0, untilBytes: 1 }), "unknown-upload");
  }));

Deno.test("a sender who goes on at another node begins there anew, and its readers find it", () =>
  scene(async ({ one, two, at, stored }) => {
    const bytes = systemRandom.bytes(3 * SPOOL_BLOCK_BYTES);
    const [alice, bob] = [await at(one, "alice"), await at(one, "bob")];
    await open(alice, bytes.length);
    send(alice, systemRandom.bytes(SPOOL_BLOCK_BYTES));
    await storedUpTo(alice, SPOOL_BLOCK_BYTES);
    await fetch(bob);
    await readOn(bob, new Uint8Array(bytes.length), 0, SPOOL_BLOCK_BYTES);
    const moved = await at(two, "alice");
    equal((await open(moved, bytes.length, { opening: 2 })).storedBytes, 0);
    // Both ends at the first node are told; its part of the file is gone.
    for (const client of [alice, bob]) {
      equal((await client.next("spool.ended")).header.reason, "gone");
    }
    await until(async () => await stored(one) === 0);
    send(moved, bytes, 0, 2);
    await storedUpTo(moved, bytes.length);
    await fetch(bob);
    const read = new Uint8Array(bytes.length);
    await readOn(bob, read, 0, bytes.length);
    deepEqual(read, bytes);
  }));

Deno.test("a node that dies ends what is read from it, and nobody waits for what it has", () =>
  scene(async ({ one, two, at }) => {
    const bytes = systemRandom.bytes(2 * SPOOL_BLOCK_BYTES);
    const [alice, bob] = [await at(one, "alice"), await at(two, "bob")];
    await open(alice, bytes.length);
    send(alice, bytes.slice(0, SPOOL_BLOCK_BYTES));
    await storedUpTo(alice, SPOOL_BLOCK_BYTES);
    await fetch(bob);
    await readOn(bob, new Uint8Array(bytes.length), 0, SPOOL_BLOCK_BYTES);
    await (one.parts.bus as unknown as AsyncDisposable)[Symbol.asyncDispose]();
    equal((await bob.next("spool.ended")).header.reason, "gone");
    equal(await bob.refused("spool.fetch", { upload, offset: 0, untilBytes: 1 }), "unknown-upload");
  }));

Deno.test("without a bus, a file at another node is refused in words that say so, to its reader and to its sender", () =>
  scene(async ({ one, two, at }) => {
    const bytes = systemRandom.bytes(SPOOL_BLOCK_BYTES);
    const alice = await at(one, "alice");
    await open(alice, bytes.length);
    send(alice, bytes);
    await storedUpTo(alice, bytes.length);
    const words = "This file lies at another node of the server, which this one cannot reach";
    const refusals = [
      await (await at(two, "bob")).ask("spool.fetch", { upload, offset: 0, untilBytes: 1 }),
      await (await at(two, "alice")).ask("spool.open", {
        ...{ upload, account: "bob", sizeBytes: bytes.length, again: false, opening: 2 },
      }),
    ];
    for (const { header } of refusals) {
      deepEqual([header.code, header.message], ["unknown-upload", words]);
    }
    // Where it lies nothing changes.
    const bob = await at(one, "bob");
    await fetch(bob);
    const read = new Uint8Array(bytes.length);
    await readOn(bob, read, 0, bytes.length);
    deepEqual(read, bytes);
  }, { line: () => new SilentLine() }));
