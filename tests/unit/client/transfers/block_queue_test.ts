import { deepEqual, equal } from "node:assert/strict";
import { type Bytes, concatBytes } from "../../../../lib/base/bytes.ts";
import { BlockQueue } from "../../../../lib/client/transfers/block_queue.ts";
import { SPOOL_BLOCK_BYTES } from "../../../../lib/protocol/hop/spool.ts";

function upload(sizeBytes: number): Bytes {
  return Uint8Array.from({ length: sizeBytes }, (_, i) => i % 251);
}

Deno.test("block queue gives whole blocks however the bytes were cut", () => {
  const bytes = upload(2 * SPOOL_BLOCK_BYTES + 777);
  for (const cut of [997, 31_744, SPOOL_BLOCK_BYTES + 1, bytes.length]) {
    const queue = new BlockQueue(bytes.length, 0);
    const taken: Bytes[] = [];
    for (let at = 0; at < bytes.length; at += cut) {
      queue.push(bytes.subarray(at, at + cut));
      for (let block = queue.take(); block !== undefined; block = queue.take()) {
        taken.push(block.slice());
      }
    }
    const sizes = taken.map(({ length }) => length);
    deepEqual(sizes, [SPOOL_BLOCK_BYTES, SPOOL_BLOCK_BYTES, 777], `cut by ${cut}`);
    deepEqual(concatBytes(...taken), bytes);
  }
});

Deno.test("block queue leaves a block as it is until the one after the next is taken", () => {
  const bytes = upload(6 * SPOOL_BLOCK_BYTES);
  const blockAt = (i: number) => bytes.subarray(i * SPOOL_BLOCK_BYTES, (i + 1) * SPOOL_BLOCK_BYTES);
  const queue = new BlockQueue(bytes.length, 0);
  queue.push(blockAt(0));
  let before = queue.take();
  for (let i = 1; i < 6; i++) {
    queue.push(blockAt(i));
    const block = queue.take();
    deepEqual(before, blockAt(i - 1));
    deepEqual(block, blockAt(i));
    before = block;
  }
});

Deno.test("block queue drops what is beyond the end", () => {
  const queue = new BlockQueue(100, 0);
  queue.push(upload(130));
  equal(queue.take()?.length, 100);
  queue.push(upload(30));
  equal(queue.take(), undefined);
});
