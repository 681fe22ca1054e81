import { deepEqual, doesNotThrow, equal, throws } from "node:assert/strict";
import { MAX_SPOOL_CHUNK_BYTES, SPOOL_BLOCK_BYTES } from "../../../lib/protocol/hop/spool.ts";
import { isNextChunk, requireBlockStart, wholeBlocks } from "../../../lib/relay/spool_rules.ts";

const sizeBytes = 2 * MAX_SPOOL_CHUNK_BYTES + 5;
const broken = { name: "ProtocolError", code: "bad-message" };

Deno.test("the next chunk is of whole steps or the last, at the end of what there is", () => {
  const at = (endBytes: number, length: number) =>
    isNextChunk({ opening: 3, endBytes, sizeBytes }, { opening: 3, offset: endBytes }, length);
  for (const length of [1024, 4096, MAX_SPOOL_CHUNK_BYTES]) equal(at(0, length), true);
  equal(at(2 * MAX_SPOOL_CHUNK_BYTES, 5), true);
  for (const length of [0, 1, 1023, MAX_SPOOL_CHUNK_BYTES - 1, MAX_SPOOL_CHUNK_BYTES + 1]) {
    throws(() => at(0, length), broken);
  }
  throws(() => at(2 * MAX_SPOOL_CHUNK_BYTES, 4), broken);
  throws(() => at(2 * MAX_SPOOL_CHUNK_BYTES, 6), broken);
  throws(() => at(2 * MAX_SPOOL_CHUNK_BYTES, MAX_SPOOL_CHUNK_BYTES), broken);
});

Deno.test("a chunk of another opening, or from elsewhere, is passed over however it is", () => {
  const writing = { opening: 3, endBytes: 10, sizeBytes };
  equal(isNextChunk(writing, { opening: 2, offset: 10 }, 0), false);
  equal(isNextChunk(writing, { opening: 3, offset: 11 }, 0), false);
  equal(isNextChunk(writing, { opening: 3, offset: 9 }, MAX_SPOOL_CHUNK_BYTES), false);
});

Deno.test("SR-62: an opening begins at a whole block within the upload", () => {
  for (const skip of [0, SPOOL_BLOCK_BYTES, 2 * SPOOL_BLOCK_BYTES]) {
    doesNotThrow(() => requireBlockStart(skip, 2 * SPOOL_BLOCK_BYTES));
  }
  for (const skip of [1, SPOOL_BLOCK_BYTES - 1, 3 * SPOOL_BLOCK_BYTES]) {
    throws(() => requireBlockStart(skip, 2 * SPOOL_BLOCK_BYTES), broken);
  }
});

Deno.test("what is read is whole blocks, but for the last one", () => {
  const whole = (stored: number) => wholeBlocks(stored, SPOOL_BLOCK_BYTES + 7);
  deepEqual([0, 1, SPOOL_BLOCK_BYTES - 1].map(whole), [0, 0, 0]);
  deepEqual(
    [SPOOL_BLOCK_BYTES, SPOOL_BLOCK_BYTES + 6, SPOOL_BLOCK_BYTES + 7].map(whole),
    [SPOOL_BLOCK_BYTES, SPOOL_BLOCK_BYTES, SPOOL_BLOCK_BYTES + 7],
  );
});
