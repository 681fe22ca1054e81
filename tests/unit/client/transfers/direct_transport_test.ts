/** The transport straight to another device, over a memory link: what it takes, what it tells, and that nobody is left waiting on it. */

import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import type { Bytes } from "../../../../lib/base/bytes.ts";
import { Bug, TransportError } from "../../../../lib/base/errors.ts";
import { newUploadId } from "../../../../lib/base/ids.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { DirectLine } from "../../../../lib/client/direct/direct_line.ts";
import { DirectTransport } from "../../../../lib/client/transfers/direct_transport.ts";
import type { ByteStream } from "../../../../lib/net/streams/byte_stream.ts";
import { memoryLink } from "../../../../lib/net/streams/memory.ts";
import { SPOOL_BLOCK_BYTES } from "../../../../lib/protocol/hop/spool.ts";
import { FakeClock, settle } from "../../../kit/clock.ts";

const CHUNK_BYTES = 31_744;
const CHUNK = new Uint8Array(CHUNK_BYTES);
const remote = { host: "127.0.0.1", port: 1 };
const upload = newUploadId(systemRandom);
const peer = "bob" as Parameters<DirectTransport["open"]>[0]["peer"];
const never = new AbortController().signal;

/** What the sender opens. */
function wanted(sizeBytes: number) {
  return { upload, peer, sizeBytes, again: false, verifiedBytes: 0 };
}

/** A sender's transport and a receiver's, on a clock that stands still. */
function openTransports() {
  const clock = new FakeClock();
  const { near, far } = memoryLink();
  const lines = [near, far].map((stream) => new DirectLine({ stream, remote }, clock));
  const [sender, receiver] = lines.map((line) => new DirectTransport(line, upload, clock));
  return {
    sender,
    receiver,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(lines.map((line) => line.abandon()));
    },
  };
}

Deno.test("row S3.43: a direct line that is slower than its sender takes everything, and keeps little", async () => {
  const clock = new FakeClock();
  const { near, far } = memoryLink();
  const gate = Promise.withResolvers<void>();
  const slow: ByteStream = {
    read: (buffer) => near.read(buffer),
    write: async (bytes) => {
      await gate.promise;
      return await near.write(bytes);
    },
    closeWrite: () => near.closeWrite(),
    close: () => near.close(),
  };
  await using sending = new DirectLine({ stream: slow, remote }, clock);
  await using receiving = new DirectLine({ stream: far, remote }, clock);
  const arrived: number[] = [];
  receiving.on("direct.piece", ({ offset }) => void arrived.push(offset));
  let sent = 0;
  const all = (async () => {
    for (; sent < 40; sent++) {
      await sending.sendBulk("direct.piece", { upload, offset: sent * CHUNK_BYTES }, CHUNK);
    }
  })();
  await settle();
  equal(sent > 1 && sent < 9, true);
  gate.resolve();
  await all;
  while (arrived.length < 40) await settle();
  deepEqual(arrived, Array.from({ length: 40 }, (_, i) => i * CHUNK_BYTES));
  equal(sending.isOpen, true);
});

Deno.test("row S3.43: a chunk that waits for credit does not hold up who is asked anew", async () => {
  await using transports = openTransports();
  const { sender, receiver } = transports;
  const pieces: number[] = [];
  receiver.attach(upload, {
    piece: (offset) => void pieces.push(offset),
    ended: () => {},
  });
  const sizeBytes = 2 * SPOOL_BLOCK_BYTES;
  const opening = sender.open(wanted(sizeBytes), never);
  await receiver.fetch({ upload, offset: SPOOL_BLOCK_BYTES, untilBytes: SPOOL_BLOCK_BYTES }, never);
  const { opening: first } = await opening;
  const label = { upload, opening: first, offset: SPOOL_BLOCK_BYTES };
  const waiting = sender.chunk(label, CHUNK, never);
  receiver.stop(upload);
  const again = receiver.fetch({ upload, offset: 0, untilBytes: CHUNK_BYTES }, never);
  // Nobody wants it any more, and it is not sent.
  await waiting;
  const { opening: second, storedBytes } = await sender.open(wanted(sizeBytes), never);
  await again;
  equal(storedBytes, 0);
  await sender.chunk({ upload, opening: second, offset: 0 }, CHUNK, never);
  while (pieces.length === 0) await settle();
  deepEqual(pieces, [0]);
});

Deno.test("row S3.43: who has sent all of it is told so when it is written down, not when it arrives", async () => {
  await using transports = openTransports();
  const { sender, receiver } = transports;
  const stored: number[] = [];
  const pieces: Bytes[] = [];
  sender.attach(upload, { stored: (bytes) => void stored.push(bytes), ended: () => {} });
  receiver.attach(upload, { piece: (_, bytes) => void pieces.push(bytes), ended: () => {} });
  const sizeBytes = 2 * CHUNK_BYTES;
  const opened = sender.open(wanted(sizeBytes), never);
  await receiver.fetch({ upload, offset: 0, untilBytes: sizeBytes }, never);
  const { opening } = await opened;
  await sender.chunk({ upload, opening, offset: 0 }, CHUNK, never);
  while (pieces.length < 1) await settle();
  receiver.credit(upload, sizeBytes);
  while (stored.length < 1) await settle();
  await sender.chunk({ upload, opening, offset: CHUNK_BYTES }, CHUNK, never);
  while (pieces.length < 2) await settle();
  receiver.credit(upload, sizeBytes);
  await settle();
  deepEqual([stored, sender.isWhole], [[CHUNK_BYTES], false]);
  receiver.written(upload, sizeBytes);
  while (stored.length < 2) await settle();
  deepEqual([stored, sender.isWhole], [[CHUNK_BYTES, sizeBytes], true]);
});

Deno.test("row S3.43: whoever waits on a direct road leaves it at once when they are told to", async () => {
  await using transports = openTransports();
  const { sender, receiver } = transports;
  const enough = new DOMException("enough", "AbortError");
  const isAborted = (error: unknown) => error === enough;
  const leaves = async (wait: (signal: AbortSignal) => Promise<unknown>) => {
    const stop = new AbortController();
    const waiting = rejects(wait(stop.signal), isAborted);
    await settle();
    stop.abort(enough);
    await waiting;
    await rejects(wait(stop.signal), isAborted);
  };
  await leaves((signal) => sender.open(wanted(CHUNK_BYTES), signal));
  await leaves((signal) => receiver.fetch({ upload, offset: 0, untilBytes: 0 }, signal));
  const { opening } = await sender.open(wanted(CHUNK_BYTES), never);
  await leaves((signal) => sender.chunk({ upload, opening, offset: 0 }, CHUNK, signal));
  deepEqual([sender.isOpen, receiver.isOpen], [true, true]);
});

Deno.test("row S3.43: who waits on a direct road that is given up hears of it", async () => {
  await using transports = openTransports();
  const { sender, receiver } = transports;
  const isLost = { name: "TransportError", code: "direct-lost" };
  const opening = rejects(sender.open(wanted(CHUNK_BYTES), never), isLost);
  await sender.abandon();
  await opening;
  await rejects(receiver.fetch({ upload, offset: 0, untilBytes: 0 }, never), isLost);
});

Deno.test("row S3.43: a direct road carries its own upload and no other", async () => {
  await using transports = openTransports();
  const { sender, receiver } = transports;
  const other = newUploadId(systemRandom);
  throws(() => sender.attach(other, { ended: () => {} }), Bug);
  await rejects(sender.open({ ...wanted(CHUNK_BYTES), upload: other }, never), Bug);
  await rejects(receiver.fetch({ upload: other, offset: 0, untilBytes: 0 }, never), Bug);
});

for (
  const [what, asked] of Object.entries({
    "the middle of a block": { upload, offset: 5 },
    "another upload": { upload: newUploadId(systemRandom), offset: 0 },
  })
) {
  Deno.test(`row S3.43: who asks for ${what} is not answered, and the line ends`, async () => {
    const clock = new FakeClock();
    const { near, far } = memoryLink();
    await using line = new DirectLine({ stream: near, remote }, clock);
    await using liar = new DirectLine({ stream: far, remote }, clock);
    const sender = new DirectTransport(line, upload, clock);
    const opening = sender.open(wanted(SPOOL_BLOCK_BYTES), never);
    liar.send("direct.fetch", { ...asked, untilBytes: CHUNK_BYTES });
    await rejects(opening, TransportError);
    equal(line.isOpen, false);
  });
}

Deno.test("a piece is a quarter of what the receiver grants, and as long until it grants again", async () => {
  await using transports = openTransports();
  const { sender, receiver } = transports;
  const read = (untilBytes: number) => receiver.fetch({ upload, offset: 0, untilBytes }, never);
  const reading = read(32 * 1024);
  await sender.open(wanted(10_000_000), never);
  await reading;
  equal(sender.longestChunk(), 8 * 1024);
  await sender.chunk({ upload, opening: 1, offset: 0 }, new Uint8Array(8 * 1024), never);
  equal(sender.longestChunk(), 8 * 1024);
  receiver.credit(upload, 1_000_000);
  await settle();
  equal(sender.longestChunk(), CHUNK_BYTES);
});
