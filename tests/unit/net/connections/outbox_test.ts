import { deepEqual, equal, ok, throws } from "node:assert/strict";
import type { ByteStream } from "../../../../lib/net/streams/byte_stream.ts";
import { Flusher } from "../../../../lib/net/connections/flusher.ts";
import { type Lane, Outbox } from "../../../../lib/net/connections/outbox.ts";
import {
  BULK_PACKET_MAX_BYTES,
  OUTBOX_HARD_BYTES,
  OUTBOX_SOFT_BYTES,
  WRITE_PIECE_BYTES,
} from "../../../../lib/protocol/limits.ts";
import { FakeClock, settle } from "../../../kit/clock.ts";

const KIB = 1024;

/** An outbox whose writes are collected and taken one by one. */
function testOutbox() {
  const writes: Uint8Array[] = [];
  const pending: { take: (count: number) => void; fail: (error: unknown) => void }[] = [];
  const events: string[] = [];
  const stream: ByteStream = {
    read: () => Promise.resolve(null),
    write(bytes) {
      writes.push(bytes);
      return new Promise((resolve, reject) => pending.push({ take: resolve, fail: reject }));
    },
    closeWrite: () => Promise.resolve(),
    close() {},
  };
  const flusher = new Flusher(new FakeClock());
  const outbox = new Outbox(stream, flusher, {
    overflowed: (queuedBytes) => events.push(`overflowed ${queuedBytes}`),
    writeFailed: (error) => events.push(`failed ${error}`),
    emptied: () => events.push("emptied"),
  });
  /** Lets the stream take the write under way, or `count` bytes of it. */
  const take = async (count?: number) => {
    const last = writes[writes.length - 1];
    pending.shift()?.take(count ?? last.length);
    await settle();
  };
  return { outbox, flusher, writes, pending, events, take };
}

const filled = (sizeBytes: number, value = 0) => new Uint8Array(sizeBytes).fill(value);
const first = (bytes: Uint8Array) => bytes[0];

Deno.test("outbox writes control packets before bulk packets that were queued earlier", async () => {
  const { outbox, writes } = testOutbox();
  outbox.push(filled(10, 1), "bulk");
  outbox.push(filled(10, 2), "control");
  await settle();
  deepEqual([writes.length, first(writes[0]), writes[0][10]], [1, 2, 1]);
});

Deno.test("outbox lets a control packet overtake what is left of the bulk lane", async () => {
  const { outbox, writes, take } = testOutbox();
  for (let i = 1; i <= 7; i++) outbox.push(filled(BULK_PACKET_MAX_BYTES, i), "bulk");
  await settle();
  equal(writes[0].length, WRITE_PIECE_BYTES);
  outbox.push(filled(100, 9), "control");
  await take();
  equal(first(writes[1]), 9);
  ok(writes[1].length <= WRITE_PIECE_BYTES);
  equal(writes[1][100], 3);
});

Deno.test("outbox writes live packets before bulk ones, and behind control", async () => {
  const { outbox, writes } = testOutbox();
  outbox.push(filled(10, 1), "bulk");
  outbox.push(filled(10, 2), "live");
  outbox.push(filled(10, 3), "control");
  await settle();
  deepEqual([0, 10, 20].map((offset) => writes[0][offset]), [3, 2, 1]);
});

Deno.test("outbox lets live packets overtake what is left of the bulk lane, and a file go on beside them", async () => {
  const { outbox, writes, take } = testOutbox();
  for (let i = 0; i < 4; i++) {
    outbox.push(filled(BULK_PACKET_MAX_BYTES, 1), "bulk", { droppable: false });
  }
  const live = () => {
    for (let i = 0; i < 2; i++) outbox.push(filled(BULK_PACKET_MAX_BYTES, 2), "live");
  };
  live();
  const pieces: number[] = [];
  for (let piece = 0; piece < 10; piece++) {
    live();
    await settle();
    pieces.push(first(writes[piece]));
    await take();
  }
  deepEqual(pieces, [2, 2, 2, 1, 2, 2, 2, 1, 2, 2]);
});

Deno.test("outbox drops the oldest live packets for newer ones, and no file for them", async () => {
  const { outbox, writes, take } = testOutbox();
  const count = OUTBOX_SOFT_BYTES / BULK_PACKET_MAX_BYTES;
  outbox.push(filled(BULK_PACKET_MAX_BYTES, 99), "bulk");
  for (let i = 0; i <= count; i++) outbox.push(filled(BULK_PACKET_MAX_BYTES, i), "live");
  deepEqual([outbox.droppedPackets, outbox.bulkBytes], [
    1,
    OUTBOX_SOFT_BYTES + BULK_PACKET_MAX_BYTES,
  ]);
  await settle();
  equal(first(writes[0]), 1);
  await take();
  await take();
  await take();
  equal(first(writes[3]), 99);
});

Deno.test("outbox keeps one write under way and goes on where a partial one ended", async () => {
  const { outbox, writes, take, events } = testOutbox();
  outbox.push(filled(100, 1), "control");
  await settle();
  outbox.push(filled(50, 2), "control");
  await settle();
  equal(writes.length, 1);
  await take(30);
  deepEqual([writes.length, writes[1].length, outbox.writtenBytes], [2, 70, 30]);
  await take();
  deepEqual([writes.length, first(writes[2]), events], [3, 2, []]);
  await take();
  deepEqual([outbox.queuedBytes, events], [0, ["emptied"]]);
});

Deno.test("outbox cuts a long control lane into pieces at packet ends", async () => {
  const { outbox, writes, take } = testOutbox();
  for (let i = 0; i < 20; i++) outbox.push(filled(15 * KIB, i), "control");
  for (let i = 0; i < 5; i++) {
    await settle();
    equal(writes[i].length, 60 * KIB);
    equal(first(writes[i]), 4 * i);
    await take();
  }
  equal(outbox.controlBytes, 0);
});

Deno.test("outbox writes a control packet of 16 KiB by itself, as it is, in its turn", async () => {
  const { outbox, writes, take } = testOutbox();
  const large = filled(16 * KIB, 3);
  for (const packet of [filled(10, 1), filled(10, 2), large, filled(10, 4), filled(10, 5)]) {
    outbox.push(packet, "control");
  }
  for (let i = 0; i < 3; i++) {
    await settle();
    await take();
  }
  deepEqual(writes.map((bytes) => bytes.length), [20, 16 * KIB, 20]);
  equal(writes[1], large);
  equal(outbox.controlBytes, 0);
});

Deno.test("outbox writes a control packet above the piece size alone", async () => {
  const { outbox, writes } = testOutbox();
  const large = filled(200 * KIB);
  outbox.push(large, "control");
  outbox.push(filled(10), "control");
  await settle();
  equal(writes[0], large);
});

Deno.test("outbox takes control packets up to its hard limit and reports the first byte more", async () => {
  const { outbox, events } = testOutbox();
  equal(outbox.push(filled(OUTBOX_HARD_BYTES), "control"), true);
  deepEqual(events, []);
  equal(outbox.push(filled(1), "control"), false);
  deepEqual(events, [`overflowed ${OUTBOX_HARD_BYTES + 1}`]);
  await settle();
});

Deno.test("outbox drops the oldest bulk packets when the lane is full, and counts them", async () => {
  const { outbox, writes, take } = testOutbox();
  const count = OUTBOX_SOFT_BYTES / BULK_PACKET_MAX_BYTES;
  for (let i = 0; i < count; i++) outbox.push(filled(BULK_PACKET_MAX_BYTES, i), "bulk");
  equal(outbox.bulkBytes, OUTBOX_SOFT_BYTES);
  equal(outbox.droppedPackets, 0);
  equal(outbox.push(filled(1, 99), "bulk"), true);
  equal(outbox.droppedPackets, 1);
  await settle();
  equal(first(writes[0]), 1);
  await take();
  equal(outbox.bulkBytes, OUTBOX_SOFT_BYTES - 3 * BULK_PACKET_MAX_BYTES + 1);
});

Deno.test("outbox never drops what must arrive, and refuses more of it than fits", async () => {
  const { outbox } = testOutbox();
  const count = OUTBOX_SOFT_BYTES / BULK_PACKET_MAX_BYTES;
  const packet = filled(BULK_PACKET_MAX_BYTES);
  for (let i = 0; i < count - 1; i++) {
    equal(outbox.push(packet, "bulk", { droppable: false }), true);
  }
  equal(outbox.push(packet, "bulk", { droppable: true }), true);
  equal(outbox.push(packet, "bulk", { droppable: false }), true);
  deepEqual([outbox.bulkBytes, outbox.droppedPackets], [OUTBOX_SOFT_BYTES, 1]);
  equal(outbox.push(filled(1), "bulk", { droppable: false }), false);
  equal(outbox.push(filled(1), "bulk", { droppable: true }), false);
  equal(outbox.droppedPackets, 2);
  await settle();
});

Deno.test("outbox takes a bulk packet of 32 KiB and refuses a longer one", async () => {
  const { outbox } = testOutbox();
  equal(outbox.push(filled(BULK_PACKET_MAX_BYTES), "bulk"), true);
  throws(
    () => outbox.push(filled(BULK_PACKET_MAX_BYTES + 1), "bulk"),
    /32769 bytes, limit is 32768/,
  );
  await settle();
});

Deno.test("outbox wakes who waits for a lane to fall below a mark", async () => {
  const { outbox, take } = testOutbox();
  const woken: string[] = [];
  const wait = (lane: Lane, below: number) =>
    outbox.whenBelow(lane, below).then(() => woken.push(`${lane} ${below}`));
  for (let i = 0; i < 4; i++) outbox.push(filled(BULK_PACKET_MAX_BYTES), "bulk");
  wait("bulk", 100 * KIB);
  wait("bulk", 10);
  wait("control", 1);
  await settle();
  deepEqual(woken, ["control 1"]);
  await take();
  deepEqual(woken, ["control 1", "bulk 102400"]);
  outbox.discard();
  await settle();
  deepEqual(woken, ["control 1", "bulk 102400", "bulk 10"]);
});

Deno.test("outbox tells its owner when a write fails", async () => {
  const { outbox, pending, events } = testOutbox();
  outbox.push(filled(1), "control");
  await settle();
  pending[0].fail("reset");
  await settle();
  deepEqual(events, ["failed reset"]);
});

Deno.test("sealed outbox writes what it has and takes nothing more", async () => {
  const { outbox, writes, take, events } = testOutbox();
  outbox.push(filled(5), "control");
  outbox.seal();
  equal(outbox.push(filled(5), "control"), false);
  equal(outbox.push(filled(5), "bulk"), false);
  await settle();
  await take();
  deepEqual([writes.length, writes[0].length, events], [1, 5, ["emptied"]]);
});

Deno.test("outbox leaves a piece of files as it is until the stream has taken all of it", async () => {
  const { outbox, writes, take } = testOutbox();
  const size = 31 * KIB;
  const values = [1, 2, 3, 4, 5, 6];
  const taken: number[] = [];
  for (const value of values) outbox.push(filled(size, value), "bulk", { droppable: false });
  await settle();
  for (let piece = 0; piece < 3; piece++) {
    const whole = writes[writes.length - 1];
    await take(size);
    // The rest is handed over again, and what is queued meanwhile has another buffer.
    if (piece === 0) outbox.push(filled(size, 7), "bulk", { droppable: false });
    deepEqual([first(whole), first(writes[writes.length - 1])], [2 * piece + 1, 2 * piece + 2]);
    taken.push(first(whole), first(writes[writes.length - 1]));
    await take();
  }
  deepEqual(taken, values);
  equal(first(writes[writes.length - 1]), 7);
});

Deno.test("outbox gives a lent packet back once its bytes are in a piece, or written", async () => {
  const { outbox, flusher, writes, take } = testOutbox();
  const lent = (sizeBytes: number, value: number) =>
    flusher.lendPacket().subarray(0, sizeBytes).fill(value);
  const queueing = { isLent: true } as const;
  const [one, two, three] = [lent(30 * KIB, 1), lent(20 * KIB, 2), lent(32 * KIB, 3)];
  for (const packet of [one, two, three]) outbox.push(packet, "bulk", queueing);
  await settle();
  // Both are in a piece of their own.
  equal(writes[0].length, 50 * KIB);
  deepEqual([writes[0][0], writes[0][50 * KIB - 1]], [1, 2]);
  const again = [flusher.lendPacket(), flusher.lendPacket()].map(({ buffer }) => buffer);
  ok(again.includes(one.buffer) && again.includes(two.buffer));
  await take();
  // This one is the piece itself, until all of it is written.
  equal(writes[1].buffer, three.buffer);
  await take(KIB);
  ok(flusher.lendPacket().buffer !== three.buffer);
  await take();
  equal(flusher.lendPacket().buffer, three.buffer);
});

Deno.test("outbox writes every packet as it was, however buffers come back and the stream takes them", async () => {
  const { outbox, flusher, writes, pending } = testOutbox();
  let seed = 7;
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  /** The values in a row, each once. */
  const got: number[] = [];
  const queued: number[] = [];
  const read = (bytes: Uint8Array) => {
    for (const byte of bytes) if (byte !== got.at(-1)) got.push(byte);
  };
  let value = 0;
  for (let step = 0; step < 600; step++) {
    if (random(3) > 0) {
      const isLent = random(4) > 0;
      const sizeBytes = 1 + random(isLent ? BULK_PACKET_MAX_BYTES : 2 * KIB);
      value = (value + 1) % 256;
      const packet = isLent
        ? flusher.lendPacket().subarray(0, sizeBytes).fill(value)
        : filled(sizeBytes, value);
      if (outbox.push(packet, "bulk", { droppable: false, isLent })) queued.push(value);
    }
    await settle();
    const write = pending.shift();
    if (write === undefined) continue;
    // The bytes are read only now, as the system does.
    const bytes = writes[writes.length - 1];
    const count = random(2) > 0 ? bytes.length : 1 + random(bytes.length);
    read(bytes.subarray(0, count));
    write.take(count);
  }
  for (await settle(); pending.length > 0; await settle()) {
    const bytes = writes[writes.length - 1];
    read(bytes);
    pending.shift()?.take(bytes.length);
  }
  ok(queued.length > 100);
  deepEqual(got, queued);
});
