/** What a relay of live streams does with every kind of watcher: a server's, and one of two people's. */

import { deepEqual, equal, throws } from "node:assert/strict";
import type { Bytes } from "../../../lib/base/bytes.ts";
import type { AccountId } from "../../../lib/base/ids.ts";
import {
  SIGNED_IN_PACKET_LIMITS,
  STREAM_PART_MAX_BYTES,
  STREAM_WATCHERS_MAX,
  STREAMS_SENT_MAX,
} from "../../../lib/protocol/limits.ts";
import { PacketDecoder } from "../../../lib/protocol/packet.ts";
import { LiveRelay } from "../../../lib/relay/live_relay.ts";
import type { LiveSide, LiveWatcher } from "../../../lib/relay/live_stream.ts";

const alice = "alice" as AccountId;
const bob = "bob" as AccountId;
const STREAM = "00".repeat(16);
const conversation = "11".repeat(32);

/** A connection that writes down what it is told. */
export class FakeSide implements LiveSide {
  readonly told: string[] = [];
  readonly packets: Bytes[] = [];
  readonly ends: string[] = [];
  readonly account: AccountId;

  constructor(account: AccountId) {
    this.account = account;
  }

  push(kind: string, fields: object): void {
    this.told.push(`${kind} ${Object.values(fields).slice(1).join(" ")}`);
  }

  /** Units and offsets of the pieces that came. */
  get pieces(): readonly string[] {
    return this.packets.map((packet) => {
      const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
      decoder.push(packet);
      const { header } = decoder.next() ?? { header: {} };
      return `${Reflect.get(header, "unit")}+${Reflect.get(header, "offset")}`;
    });
  }
}

/** Runs what waits in this turn: a server's watcher sends by a task of its own. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

interface Scene {
  readonly relay: LiveRelay<FakeSide, LiveWatcher>;
  readonly sender: FakeSide;
  readonly watcher: FakeSide;
  open(stream?: string, sender?: FakeSide): void;
  join(side?: FakeSide): LiveWatcher;
  part(unit: number, size: number, offset?: number, length?: number): void;
}

type Run = (scene: Scene) => Promise<void> | void;
const TESTS: [name: string, run: Run][] = [];
const test = (...declared: [name: string, run: Run]) => TESTS.push(declared);

/** Declares the tests. `make`: a watcher that writes its pieces, and why they end, down at the side. */
export function liveRelayContract(
  implementation: string,
  make: (side: FakeSide, stream: string) => LiveWatcher,
): void {
  for (const [name, run] of TESTS) {
    Deno.test(`${name} (${implementation})`, async () => {
      const relay = new LiveRelay<FakeSide, LiveWatcher>();
      const sender = new FakeSide(alice);
      const watcher = new FakeSide(bob);
      await run({
        relay,
        sender,
        watcher,
        open: (stream = STREAM, from = sender) =>
          relay.open({ stream, conversation, account: from.account, sender: from }),
        join: (side = watcher) => relay.join(side, STREAM, () => make(side, STREAM)),
        part: (unit, size, offset = 0, length = Math.min(STREAM_PART_MAX_BYTES, size - offset)) =>
          relay.part(sender, { stream: STREAM, unit, size, offset }, new Uint8Array(length)),
      });
    });
  }
}

test("parts go to the watcher in order, and the sender's end behind them", async (scene) => {
  const { relay, sender, watcher } = scene;
  scene.open();
  scene.join();
  scene.part(0, 10);
  scene.part(3, STREAM_PART_MAX_BYTES + 1);
  scene.part(3, STREAM_PART_MAX_BYTES + 1, STREAM_PART_MAX_BYTES);
  equal(relay.leave(sender, STREAM), true);
  equal(relay.count, 0);
  await settled();
  deepEqual(watcher.pieces, ["0+0", "3+0", `3+${STREAM_PART_MAX_BYTES}`]);
  deepEqual(watcher.ends, ["ended"]);
  throws(() => scene.join(), { code: "unknown-stream" });
});

test("nobody watches: what comes has passed", (scene) => {
  scene.open();
  scene.part(0, 10);
  scene.part(1, 7);
  deepEqual(scene.sender.told, ["stream.passed 10", "stream.passed 17"]);
});

test("who comes later gets what comes later, and the sender hears how many watch", async (scene) => {
  const { relay, sender, watcher } = scene;
  scene.open();
  scene.part(0, 10);
  scene.join();
  scene.part(1, 10);
  await settled();
  deepEqual(watcher.pieces, ["1+0"]);
  equal(relay.leave(watcher, STREAM), true);
  equal(relay.leave(watcher, STREAM), false);
  scene.part(2, 10);
  deepEqual(watcher.pieces, ["1+0"]);
  deepEqual(sender.told.filter((told) => told.startsWith("stream.w")), [
    "stream.watchers 1",
    "stream.watchers 0",
  ]);
  equal(sender.told.at(-1), "stream.passed 30");
});

test("a watcher who joins anew is one watcher, and what it had before holds nobody up", (scene) => {
  scene.open();
  scene.join();
  scene.part(0, 10);
  scene.join();
  deepEqual(scene.sender.told.filter((told) => told.startsWith("stream.w")), [
    "stream.watchers 1",
    "stream.watchers 1",
  ]);
  equal(scene.sender.told.includes("stream.passed 10"), true);
});

for (
  const [what, size, offset, length] of [
    ["begins in the middle", 10, 5, 5],
    ["is empty", 10, 0, 0],
    ["is longer than announced", 10, 0, 11],
    ["is neither whole nor the last", 2 * STREAM_PART_MAX_BYTES, 0, 5],
  ] as const
) {
  test(`a part that ${what} breaks the rules`, (scene) => {
    scene.open();
    throws(() => scene.part(0, size, offset, length), {
      name: "ProtocolError",
      code: "bad-message",
    });
  });
}

test("a unit comes once, and none before another", (scene) => {
  scene.open();
  scene.part(4, 10);
  throws(() => scene.part(4, 10), { name: "ProtocolError" });
  throws(() => scene.part(3, 10), { name: "ProtocolError" });
});

test("a stream that is opened anew begins anew, and an id of somebody else's is refused", async (scene) => {
  const { relay, watcher } = scene;
  scene.open();
  scene.join();
  scene.part(5, 10);
  throws(() => scene.open(STREAM, new FakeSide(bob)), { code: "not-permitted" });
  const other = { stream: STREAM, conversation: "22".repeat(32), account: alice };
  throws(() => relay.open({ ...other, sender: scene.sender }), { code: "not-permitted" });
  const again = new FakeSide(alice);
  scene.open(STREAM, again);
  await settled();
  deepEqual(watcher.ends, ["lost"]);
  // What the old connection says is nothing to the new one, nor is its end.
  scene.part(6, 10);
  relay.left(scene.sender);
  equal(relay.leave(scene.sender, STREAM), false);
  equal(relay.count, 1);
  relay.part(again, { stream: STREAM, unit: 0, size: 1, offset: 0 }, new Uint8Array(1));
  deepEqual(again.told, ["stream.passed 1"]);
});

test("an account sends so many streams, and no more", (scene) => {
  const id = (number: number) => `${number}`.padStart(32, "0");
  for (let number = 1; number <= STREAMS_SENT_MAX; number++) scene.open(id(number));
  throws(() => scene.open(id(9)), { code: "too-many" });
  scene.open(id(9), new FakeSide(bob));
  scene.relay.leave(scene.sender, id(1));
  scene.open(id(8));
});

test("so many connections watch a stream, and no more", (scene) => {
  scene.open();
  const sides = Array.from({ length: STREAM_WATCHERS_MAX }, () => new FakeSide(bob));
  for (const side of sides) scene.join(side);
  throws(() => scene.join(), { code: "too-many" });
  // Who watches already takes no further place.
  scene.join(sides[0]);
  scene.relay.left(sides[1]);
  scene.join();
  equal(scene.relay.find(STREAM)?.watcherCount, STREAM_WATCHERS_MAX);
});

test("a connection that ends takes its streams along, and is no watcher any more", async (scene) => {
  const { relay, sender, watcher } = scene;
  scene.open();
  scene.join();
  relay.left(new FakeSide(alice));
  equal(relay.find(STREAM)?.watcherCount, 1);
  relay.left(watcher);
  equal(sender.told.at(-1), "stream.watchers 0");
  scene.join();
  relay.left(sender);
  await settled();
  equal(relay.count, 0);
  deepEqual(watcher.ends, ["lost"]);
});

test("a word reaches the sender of what one watches, and of nothing else", (scene) => {
  const { relay, sender, watcher } = scene;
  scene.open();
  equal(relay.senderFor(watcher, STREAM), undefined);
  scene.join();
  equal(relay.senderFor(watcher, STREAM), sender);
  equal(relay.senderFor(new FakeSide(bob), STREAM), undefined);
  relay.leave(watcher, STREAM);
  equal(relay.senderFor(watcher, STREAM), undefined);
});

test("who is no member any more gets nothing more, and sends nothing", async (scene) => {
  const { relay, watcher, sender } = scene;
  scene.open();
  scene.join();
  relay.removed("22".repeat(32), [alice, bob]);
  equal(relay.find(STREAM)?.watcherCount, 1);
  relay.removed(conversation, [bob]);
  scene.part(0, 10);
  await settled();
  deepEqual([watcher.pieces, watcher.ends], [[], ["removed"]]);
  equal(sender.told.includes("stream.watchers 0"), true);
  scene.join();
  relay.removed(conversation, [alice]);
  await settled();
  deepEqual([relay.count, watcher.ends], [0, ["removed", "lost"]]);
});

test("a unit that may not pass is not given to anybody, and has passed all the same", async (scene) => {
  const { relay, sender, watcher } = scene;
  const asked: number[] = [];
  const passes = (unitBytes: number) => asked.push(unitBytes) !== 2;
  relay.open({ stream: STREAM, conversation, account: alice, sender, passes });
  scene.join();
  const size = STREAM_PART_MAX_BYTES + 3;
  for (const unit of [0, 1]) {
    scene.part(unit, size);
    scene.part(unit, size, STREAM_PART_MAX_BYTES);
  }
  relay.leave(watcher, STREAM);
  await settled();
  deepEqual(asked, [size, size]);
  equal(watcher.pieces.some((piece) => piece.startsWith("1")), false);
  equal(sender.told.includes(`stream.passed ${2 * size}`), true);
});
