import { deepEqual, equal } from "node:assert/strict";
import type { AccountId } from "../../../lib/base/ids.ts";
import { PairWatcher, type RelaySession } from "../../../lib/client/p2p/relay_host.ts";
import { STREAM_PART_MAX_BYTES, STREAM_QUEUE_BYTES } from "../../../lib/protocol/limits.ts";
import { LiveRelay } from "../../../lib/relay/live_relay.ts";
import { Watcher } from "../../../lib/server/media/watcher.ts";
import { FakeClock } from "../../kit/clock.ts";
import { FakeSide, liveRelayContract } from "./live_relay_contract.ts";

liveRelayContract("a server's watchers", (side, stream) => {
  const line = {
    connection: {
      send: (packet: Uint8Array<ArrayBuffer>) => side.packets.push(packet),
      whenBelow: () => Promise.resolve(),
    },
    push: (_kind: string, { reason }: { reason: string }) => side.ends.push(reason),
  } as unknown as Watcher["line"];
  return new Watcher(line, {
    stream,
    account: side.account,
    clock: new FakeClock(),
    onEnded() {},
  });
});

/** `hasRoom`: whether the connection takes what it is given. */
function pairWatcher(side: FakeSide, stream: string, hasRoom = () => true): PairWatcher {
  const pairSide = {
    account: side.account,
    stream: (packet: Uint8Array<ArrayBuffer>) => {
      if (hasRoom()) side.packets.push(packet);
      return hasRoom();
    },
    streamEnded: (_stream: string, reason: string) => side.ends.push(reason),
  } as unknown as RelaySession;
  return new PairWatcher(pairSide, stream);
}

liveRelayContract("one of a pair", (side, stream) => pairWatcher(side, stream));

/** One of a pair watches a stream of the other one. */
function watched(hasRoom?: () => boolean) {
  const sender = new FakeSide("alice" as AccountId);
  const side = new FakeSide("bob" as AccountId);
  const relay = new LiveRelay<FakeSide, PairWatcher>();
  const stream = "00".repeat(16);
  relay.open({ stream, conversation: "", account: sender.account, sender });
  const watcher = relay.join(side, stream, () => pairWatcher(side, stream, hasRoom));
  let unit = 0;
  return {
    side,
    part: (length: number) =>
      relay.part(sender, { stream, unit: unit++, size: length, offset: 0 }, new Uint8Array(length)),
    taken: (bytes: number) => {
      watcher.taken(bytes);
      relay.find(stream)?.credit();
    },
    passed: () => sender.told.filter((told) => told.startsWith("stream.passed")),
  };
}

Deno.test("the sender to one of a pair waits for what was not taken, and hears of each bit of it", () => {
  const { part, taken, passed } = watched();
  part(10);
  part(5);
  deepEqual(passed(), []);
  taken(7);
  deepEqual(passed(), ["stream.passed 7"]);
  // Never back, and never beyond what was given.
  taken(3);
  taken(1000);
  deepEqual(passed(), ["stream.passed 7", "stream.passed 15"]);
  part(4);
  deepEqual(passed().length, 2);
});

Deno.test("what finds no room on the way to one of a pair has passed: nobody waits for it", () => {
  let hasRoom = true;
  const { side, part, passed } = watched(() => hasRoom);
  part(10);
  hasRoom = false;
  part(5);
  deepEqual([side.packets.length, passed()], [1, ["stream.passed 5"]]);
});

Deno.test("only so much is on the way to one of a pair as a server keeps for a slow watcher", () => {
  const { side, part, passed } = watched();
  const count = Math.floor(STREAM_QUEUE_BYTES / STREAM_PART_MAX_BYTES);
  for (let i = 0; i < count; i++) part(STREAM_PART_MAX_BYTES);
  part(STREAM_QUEUE_BYTES - count * STREAM_PART_MAX_BYTES);
  deepEqual([side.packets.length, passed()], [count + 1, []]);
  part(1);
  equal(side.packets.length, count + 1);
  deepEqual(passed(), ["stream.passed 1"]);
});
