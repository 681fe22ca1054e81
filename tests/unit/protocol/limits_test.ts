import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  BULK_CREDIT_MIN_BYTES,
  BULK_PART_MAX_BYTES,
  bulkCreditBytes,
  FILE_WINDOW_MAX_BYTES,
  FILE_WINDOW_MIN_BYTES,
  fileChunkBytes,
  fileCreditBytes,
  fileDelayMs,
  filePieceBytes,
  KIB,
  MIB,
  PACKET_MAX_BYTES,
  progressDeadlineMs,
} from "../../../lib/protocol/limits.ts";

/** Bytes per second: from a line that is gone to a hundred gigabits. */
const goodput = fc.double({ min: 0, max: 12.5e9, noNaN: true });
const roundTripMs = fc.double({ min: 0, max: 60_000, noNaN: true });

Deno.test("chunks and pieces are of whole steps, 4 KiB at least and 31 KiB at most", () => {
  const delay = fileDelayMs(false);
  deepEqual([1, 20_000, 40_000, 10 ** 9].map((speed) => fileChunkBytes(speed, delay)), [
    4 * KIB,
    5 * KIB,
    10 * KIB,
    BULK_PART_MAX_BYTES,
  ]);
  deepEqual([0, 16 * KIB, 33 * KIB, 7 * MIB].map(filePieceBytes), [
    4 * KIB,
    4 * KIB,
    9 * KIB,
    BULK_PART_MAX_BYTES,
  ]);
  equal(fileChunkBytes(0, delay), BULK_PART_MAX_BYTES);
});

Deno.test("a faster line never gets a shorter chunk, and one beside a live stream never a longer", () => {
  fc.assert(fc.property(goodput, goodput, (one, other) => {
    const [slow, fast] = [Math.min(one, other), Math.max(one, other)];
    const [slowChunk, fastChunk] = [slow, fast].map((speed) => fileChunkBytes(speed, 250));
    // 0 is a line that nobody has measured yet.
    if (slow > 0) ok(slowChunk <= fastChunk);
    ok(fileChunkBytes(fast, fileDelayMs(true)) <= fastChunk);
    ok(fastChunk > 0 && fastChunk <= BULK_PART_MAX_BYTES && fastChunk % KIB === 0);
  }));
});

Deno.test("the window of files holds what the way holds and the delay, within its bounds", () => {
  const window = (speed: number, way: number) =>
    fileCreditBytes(speed, {
      roundTripMs: way,
      delayMs: fileDelayMs(false),
      leastBytes: FILE_WINDOW_MIN_BYTES,
    });
  // 1 MB/s over 100 ms: 350 ms of it.
  equal(window(1_000_000, 100), 350_000);
  equal(window(1_000_000, 500), window(1_000_000, 20_000), "longer ways are not believed");
  fc.assert(fc.property(goodput, roundTripMs, (speed, way) => {
    const bytes = window(speed, way);
    ok(bytes >= FILE_WINDOW_MIN_BYTES && bytes <= FILE_WINDOW_MAX_BYTES);
    ok(bytes <= window(speed * 2, way) && bytes <= window(speed, way * 2));
  }));
});

Deno.test("bulk may hold up a message by a quarter of a second, or by what is always granted", () => {
  equal(bulkCreditBytes(0), BULK_CREDIT_MIN_BYTES);
  equal(bulkCreditBytes(10 * MIB), 2.5 * MIB);
});

Deno.test("a started packet has ten seconds, or what 128 kbit/s need for it", () => {
  equal(progressDeadlineMs(1), 10_000);
  equal(progressDeadlineMs(160 * KIB), 10_000);
  equal(progressDeadlineMs(PACKET_MAX_BYTES), 64_000);
});
