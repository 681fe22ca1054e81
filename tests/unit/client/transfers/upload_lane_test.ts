import assert from "node:assert/strict";
import type { Bytes } from "../../../../lib/base/bytes.ts";
import { newUploadId, type UploadId } from "../../../../lib/base/ids.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import {
  type ChunkSink,
  type Outflow,
  UploadLane,
} from "../../../../lib/client/transfers/upload_lane.ts";
import { FakeClock, settle } from "../../../kit/clock.ts";

const CHUNK = 31_744;

class Source implements Outflow {
  readonly upload: UploadId = newUploadId(systemRandom);
  readonly opening = 1;
  readonly #chunks: number;
  #taken = 0;

  constructor(chunks: number) {
    this.#chunks = chunks;
  }

  get isReady(): boolean {
    return this.#taken < this.#chunks;
  }

  take(): { offset: number; bytes: Bytes } | undefined {
    if (!this.isReady) return undefined;
    return { offset: CHUNK * this.#taken++, bytes: new Uint8Array(CHUNK) };
  }
}

/** A lane over a transport that notes what it is given. `run` sends until the action is done. */
async function running(
  action: (lane: UploadLane, sent: UploadId[]) => Promise<void>,
): Promise<void> {
  const sent: UploadId[] = [];
  const transport: ChunkSink = {
    longestChunk: () => CHUNK,
    chunk: ({ upload }) => {
      sent.push(upload);
      return Promise.resolve();
    },
  };
  const lane = new UploadLane(transport, new FakeClock());
  const stop = new AbortController();
  const run = lane.run(stop.signal).catch(() => {});
  await action(lane, sent);
  stop.abort();
  await run;
}

Deno.test("row S0.42: uploads take turns, so a small one is not behind a great one", () =>
  running(async (lane, sent) => {
    const great = new Source(100);
    const small = new Source(3);
    lane.add(great);
    lane.add(small);
    await settle();
    for (let acknowledged = 0; acknowledged < 6; acknowledged++) {
      lane.stored(CHUNK);
      await settle();
    }
    const [g, s] = [great.upload, small.upload];
    assert.deepEqual(sent.slice(0, 8), [g, s, g, s, g, s, g, g]);
  }));

Deno.test("no more than 64 KiB is on the way while the line is not known, over all uploads together", () =>
  running(async (lane, sent) => {
    for (const chunks of [9, 9, 9]) lane.add(new Source(chunks));
    await settle();
    assert.equal(sent.length, 2);
    lane.stored(CHUNK);
    await settle();
    assert.equal(sent.length, 3);
  }));

Deno.test("what was on the way of an upload that left makes room for the others", () =>
  running(async (lane, sent) => {
    const one = new Source(2);
    lane.add(one);
    await settle();
    const other = new Source(9);
    lane.add(other);
    await settle();
    assert.equal(sent.length, 2);
    lane.remove(one, 2 * CHUNK);
    await settle();
    assert.deepEqual(sent.slice(2), [other.upload, other.upload]);
  }));

Deno.test("a lane whose road knows its own window keeps to that, whatever the goodput", async () => {
  const sent: number[] = [];
  const transport: ChunkSink = {
    longestChunk: () => CHUNK,
    chunk: ({ offset }) => {
      sent.push(offset);
      return Promise.resolve();
    },
  };
  const window = { bytes: 5 * CHUNK, goodput: 0, acknowledged() {}, idle() {}, roundTrip() {} };
  const lane = new UploadLane(transport, new FakeClock(), window);
  const stop = new AbortController();
  const run = lane.run(stop.signal).catch(() => {});
  lane.add(new Source(20));
  await settle();
  assert.equal(sent.length, 5);
  lane.stored(3 * CHUNK);
  await settle();
  assert.equal(sent.length, 8);
  stop.abort();
  await run;
});

Deno.test("how long a chunk is the transport says, by the goodput as the window measured it", async () => {
  const asked: number[] = [];
  const taken: number[] = [];
  const transport: ChunkSink = {
    longestChunk: (goodput) => {
      asked.push(goodput);
      return goodput === 0 ? CHUNK : 4096;
    },
    chunk: (_label, bytes) => {
      taken.push(bytes.length);
      return Promise.resolve();
    },
  };
  const source: Outflow = {
    upload: newUploadId(systemRandom),
    opening: 1,
    isReady: true,
    take: (maxBytes) => ({ offset: 0, bytes: new Uint8Array(maxBytes) }),
  };
  const clock = new FakeClock();
  const lane = new UploadLane(transport, clock);
  const stop = new AbortController();
  const run = lane.run(stop.signal).catch(() => {});
  lane.add(source);
  await settle();
  assert.deepEqual(taken, [CHUNK, CHUNK]);
  lane.stored(CHUNK);
  await clock.advance(1000);
  lane.stored(CHUNK);
  await settle();
  assert(asked.at(-1)! > 0);
  assert.equal(taken.at(-1), 4096);
  stop.abort();
  await run;
});
