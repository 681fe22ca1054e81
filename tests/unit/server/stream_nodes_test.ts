/** Live streams between two nodes of a server: what is sent at one is watched at the other. */

import { deepEqual, equal, ok } from "node:assert/strict";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { utf8 } from "../../../lib/base/bytes.ts";
import {
  STREAM_PART_MAX_BYTES,
  STREAM_QUEUE_BYTES,
  STREAM_UNIT_MAX_BYTES,
} from "../../../lib/protocol/limits.ts";
import { SilentLine } from "../../../lib/server/bus/bus_line.ts";
import { NodeWatcher } from "../../../lib/server/media/node_watcher.ts";
import { LineHub, type MemoryLine } from "../../kit/bad_line.ts";
import { until } from "../../kit/cluster.ts";
import { ready, registered } from "../../kit/raw_account.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { openPair } from "../../kit/raw_conversation.ts";
import { seeded } from "../../kit/seeded.ts";
import type { TestServer } from "../../kit/test_server.ts";
import { openLocalNodes } from "../../kit/two_nodes.ts";

const STREAM = "000102030405060708090a0b0c0d0e0f";
const stream = STREAM;

/** Alice sends at the first node; Bob is at the second. */
interface Scene {
  readonly one: TestServer;
  readonly two: TestServer;
  readonly alice: RawClient;
  readonly bob: RawClient;
  readonly conversation: string;
  readonly hub: LineHub;
  readonly lines: MemoryLine[];
  /** A connection more of one of them, at either node. */
  again(server: TestServer, who: "alice" | "bob"): Promise<RawClient>;
  accountOf(who: "alice" | "bob"): string;
}

async function scene(
  run: (scene: Scene) => Promise<void>,
  draw?: (below: number) => number,
): Promise<void> {
  await using owner = new AsyncDisposableStack();
  const hub = new LineHub(draw);
  owner.defer(() => hub.close());
  const lines: MemoryLine[] = [];
  const line = () => {
    const made = hub.line();
    lines.push(made);
    return made;
  };
  const [one, two] = await openLocalNodes({ line, owner });
  const { alice, bob, conversation } = await openPair(one);
  await bob.client.close();
  const accounts = { alice: alice.account, bob: bob.account };
  await run({
    ...{ one, two, hub, lines, conversation, alice: alice.client },
    bob: await ready(two, bob.account),
    again: (server, who) => ready(server, accounts[who]),
    accountOf: (who) => accounts[who].person.accountId,
  });
}

function sendUnit(client: RawClient, unit: number, bytes: Bytes): void {
  for (let offset = 0; offset < bytes.length; offset += STREAM_PART_MAX_BYTES) {
    const payload = bytes.slice(offset, offset + STREAM_PART_MAX_BYTES);
    client.send({ kind: "stream.part", stream, unit, size: bytes.length, offset }, payload);
  }
}

function unitOf(size: number, seed: number): Bytes {
  return Uint8Array.from({ length: size }, (_, i) => i * 7 + seed);
}

/** Reads the next unit, and says that it came. */
class Reader {
  readonly #client: RawClient;
  #takenBytes = 0;

  constructor(client: RawClient) {
    this.#client = client;
  }

  async next(): Promise<{ unit: number; bytes: Bytes }> {
    for (let filled = 0, bytes = new Uint8Array(0);;) {
      const { header, payload } = await this.#client.next("stream.piece");
      if (header.offset === 0) {
        bytes = new Uint8Array(Number(header.size));
        filled = 0;
      }
      bytes.set(payload, Number(header.offset));
      filled += payload.length;
      this.#takenBytes += payload.length;
      this.#client.send({ kind: "stream.taken", stream, bytes: this.#takenBytes });
      if (filled === bytes.length) return { unit: Number(header.unit), bytes };
    }
  }
}

/** How many watch, until it is so many. */
async function watchers(client: RawClient, count: number): Promise<void> {
  while ((await client.next("stream.watchers")).header.count !== count);
}

/** Until it is so; what is said again each second is, meanwhile. */
async function soon({ one, two }: Scene, isSo: () => boolean): Promise<void> {
  await until(async () => {
    for (const { clock } of [one, two]) await clock.advance(250);
    return isSo();
  });
}

const open = ({ alice, conversation }: Scene) => alice.get("stream.open", { stream, conversation });
const join = (client: RawClient) => client.get("stream.join", { stream });

Deno.test("a stream is watched at another node, byte for byte, and its end comes behind it", () =>
  scene(async (all) => {
    const { one, two, alice, bob } = all;
    await open(all);
    await join(bob);
    await watchers(alice, 1);
    const reader = new Reader(bob);
    const units = [
      unitOf(1, 1),
      unitOf(STREAM_PART_MAX_BYTES, 2),
      unitOf(STREAM_UNIT_MAX_BYTES, 3),
    ];
    units.forEach((bytes, unit) => sendUnit(alice, unit, bytes));
    for (const [unit, bytes] of units.entries()) deepEqual(await reader.next(), { unit, bytes });

    bob.send({ kind: "stream.word", stream }, utf8("slower, please"));
    deepEqual((await alice.next("stream.heard")).payload, utf8("slower, please"));

    await alice.get("stream.leave", { stream });
    equal((await bob.next("stream.ended")).header.reason, "ended");
    deepEqual([one, two].map(({ parts }) => parts.streams.count), [0, 0]);
    const { header } = await bob.ask("stream.join", { stream });
    deepEqual([header.code, header.message], ["unknown-stream", "This stream has ended"]);
  }));

Deno.test("each watches the other over two nodes, and whoever leaves is counted no more", () =>
  scene(async (all) => {
    const { one, two, alice, bob, conversation, again } = all;
    const back = "f".repeat(32);
    await open(all);
    await bob.get("stream.open", { stream: back, conversation });
    await join(bob);
    await alice.get("stream.join", { stream: back });
    await watchers(alice, 1);
    await watchers(bob, 1);
    // One copy goes to the node, whoever watches there; here another one watches at home.
    const [second, near] = [await again(two, "bob"), await again(one, "bob")];
    await join(second);
    await watchers(alice, 2);
    await join(near);
    await watchers(alice, 3);
    sendUnit(alice, 0, unitOf(1000, 1));
    for (const client of [bob, second, near]) {
      deepEqual(await new Reader(client).next(), { unit: 0, bytes: unitOf(1000, 1) });
    }
    await second.close();
    await watchers(alice, 2);
    await bob.get("stream.leave", { stream });
    await watchers(alice, 1);
    // Bob's own runs there, and nothing of Alice's.
    equal(two.parts.streams.find(stream), undefined);
    await near.get("stream.leave", { stream });
    await watchers(alice, 0);
  }));

Deno.test("a watcher at another node that takes nothing loses the oldest units, and delays nobody", () =>
  scene(async (all) => {
    const { alice, bob, two, again } = all;
    await open(all);
    await join(bob);
    const slow = await again(two, "bob");
    await join(slow);
    await watchers(alice, 2);
    const reader = new Reader(bob);
    for (let unit = 0; unit < 20; unit++) {
      sendUnit(alice, unit, unitOf(100_000, unit));
      deepEqual(await reader.next(), { unit, bytes: unitOf(100_000, unit) });
    }
    await alice.get("stream.leave", { stream });
    equal((await bob.next("stream.ended")).header.reason, "ended");
    const late = new Reader(slow);
    const units: number[] = [];
    while (units.at(-1) !== 19) units.push((await late.next()).unit);
    ok(units.length > 1 && units.length < 12, `${units}`);
  }));

Deno.test("whoever is no member learns nothing of a stream at another node; whoever is put out gets nothing more of it", () =>
  scene(async (all) => {
    const { two, alice, bob, conversation, accountOf } = all;
    const carol = await ready(two, await registered(two, "carol", { which: 2 }));
    await open(all);
    const { header } = await carol.ask("stream.join", { stream });
    deepEqual([header.code, header.message], ["unknown-stream", "This stream has ended"]);
    equal(await carol.refused("stream.open", { stream, conversation }), "not-member");
    equal(
      await bob.refused("stream.open", { stream, conversation }),
      "not-permitted",
      "another's id",
    );
    await join(bob);
    await watchers(alice, 1);
    all.one.parts.bus.publish("account.expelled", {
      conversation,
      account: accountOf("bob"),
    } as never);
    equal((await bob.next("stream.ended")).header.reason, "removed");
    await watchers(alice, 0);
  }));

Deno.test("a sender who comes back at another node goes on there, and sends no more than the limit at both", () =>
  scene(async (all) => {
    const { one, two, bob, conversation, again } = all;
    await open(all);
    await join(bob);
    const moved = await again(two, "alice");
    await moved.get("stream.open", { stream, conversation });
    equal((await bob.next("stream.ended")).header.reason, "lost");
    await join(bob);
    await watchers(moved, 1);
    sendUnit(moved, 7, unitOf(10, 3));
    deepEqual(await new Reader(bob).next(), { unit: 7, bytes: unitOf(10, 3) });
    equal(one.parts.streams.find(stream), undefined);
    const id = (number: number) => `${number}`.padStart(32, "0");
    for (let number = 1; number <= 3; number++) {
      await all.alice.get("stream.open", { stream: id(number), conversation });
    }
    equal(await all.alice.refused("stream.open", { stream: id(4), conversation }), "too-many");
  }));

Deno.test("a node that is cut off ends what it sends and what it watches, and all are told", () =>
  scene(async (all) => {
    const { alice, bob, lines, one, two } = all;
    await open(all);
    await join(bob);
    await watchers(alice, 1);
    // As the other nodes hear of it: said, or not heard for long.
    await (two.parts.bus as unknown as AsyncDisposable)[Symbol.asyncDispose]();
    await watchers(alice, 0);
    await (one.parts.bus as unknown as AsyncDisposable)[Symbol.asyncDispose]();
    for (const line of lines) line.cut();
    const { header } = await bob.ask("stream.join", { stream: "e".repeat(32) });
    equal(
      header.message,
      "This stream has ended, or whoever sends it is at another node of this server, which this one cannot reach",
    );
  }));

Deno.test("the node of a sender that dies ends the stream at the others", () =>
  scene(async (all) => {
    const { bob, one, alice } = all;
    await open(all);
    await join(bob);
    await watchers(alice, 1);
    await (one.parts.bus as unknown as AsyncDisposable)[Symbol.asyncDispose]();
    equal((await bob.next("stream.ended")).header.reason, "lost");
    equal(all.two.parts.streams.count, 0);
  }));

for (const seed of [1, 2, 3]) {
  Deno.test(`over lines that lose, double, delay and reorder everything, units come whole, in order and once, and an end comes (seed ${seed})`, () =>
    scene(async (all) => {
      const { alice, bob, one, two, hub } = all;
      await open(all);
      await join(bob);
      const live = () => one.parts.streams.find(stream)?.watcherCount;
      await soon(all, () => live() === 1);
      const pieces = () =>
        bob.waiting.filter(({ header }) => header.kind === "stream.piece")
          .map(({ header, payload }) => ({ header, payload }));
      let unit = 0;
      let takenBytes = 0;
      await until(async () => {
        sendUnit(alice, unit, unitOf(70_000, unit));
        unit++;
        for (const { clock } of [one, two]) await clock.advance(50);
        takenBytes = pieces().reduce((sum, { payload }) => sum + payload.length, 0);
        bob.send({ kind: "stream.taken", stream, bytes: takenBytes });
        await bob.get("keys.count");
        return takenBytes > 20 * 70_000;
      });
      let [last, offset] = [-1, 70_000];
      for (const { header, payload } of pieces()) {
        if (header.offset === 0) {
          equal(offset, 70_000, "the one before is whole");
          ok(Number(header.unit) > last, `${header.unit} after ${last}`);
          [last, offset] = [Number(header.unit), 0];
        }
        deepEqual([header.unit, header.offset], [last, offset]);
        deepEqual(payload, unitOf(70_000, last).slice(offset, offset + payload.length));
        offset += payload.length;
      }
      await alice.get("stream.leave", { stream });
      await soon(all, () => two.parts.streams.count === 0);
      const { lost, doubled, late } = hub.faults;
      ok(lost > 0 && doubled > 0 && late > 0, JSON.stringify(hub.faults));
    }, seeded(seed)));
}

Deno.test("without a bus, a stream at another node is refused in words that say so", async () => {
  await using owner = new AsyncDisposableStack();
  const [one, two] = await openLocalNodes({ line: () => new SilentLine(), owner });
  const { alice, bob, conversation } = await openPair(one);
  await alice.client.get("stream.open", { stream, conversation });
  const elsewhere = await ready(two, bob.account);
  const { header } = await elsewhere.ask("stream.join", { stream });
  deepEqual([header.code, header.message], [
    "unknown-stream",
    "This stream has ended, or whoever sends it is at another node of this server, which this one cannot reach",
  ]);
  // At home nothing changes.
  await join(bob.client);
});

Deno.test("what waits for a node that takes nothing is bounded: the oldest units go, and the end comes behind the rest", () => {
  const sent: number[] = [];
  const ends: string[] = [];
  const watcher = new NodeWatcher(1, {
    unit: ({ unit }) => void sent.push(unit),
    over: (reason) => void ends.push(`${reason} after ${sent.length}`),
  });
  const size = STREAM_PART_MAX_BYTES;
  for (let unit = 0; unit < 100; unit++) {
    const payload = new Uint8Array(size);
    const packet = payload;
    watcher.offer({ unit, isFirst: true, unitBytes: size, payloadBytes: size, payload, packet });
    ok(watcher.queuedBytes <= STREAM_QUEUE_BYTES, `${watcher.queuedBytes}`);
  }
  const before = sent.length;
  ok(before < 100 && watcher.dropped > 0);
  // In the middle of a unit that was begun before: nothing of it.
  const part = new Uint8Array(10);
  watcher.offer({
    ...{ unit: 100, isFirst: false, unitBytes: 20, payloadBytes: 10 },
    ...{ payload: part, packet: part },
  });
  watcher.taken(watcher.sentBytes);
  ok(sent.length > before);
  watcher.end("ended");
  deepEqual([sent.at(-1), ends], [99, [`ended after ${100 - watcher.dropped}`]]);
});
