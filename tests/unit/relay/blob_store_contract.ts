/** What every `BlobStore` must do, whatever is behind it. */

import { deepEqual, equal, rejects } from "node:assert/strict";
import type { Bytes } from "../../../lib/base/bytes.ts";
import type { BlobReader, BlobStore, OpenBlob } from "../../../lib/relay/blob_store.ts";

const ID = "a".repeat(32);

type Run = (blobs: BlobStore) => Promise<void>;
/** For whoever declares them in another way. */
export const BLOB_STORE_TESTS: [name: string, run: Run][] = [];
const test = (...declared: [name: string, run: Run]) => BLOB_STORE_TESTS.push(declared);

/** Declares the tests. Each gets an empty store. */
export function blobStoreContract(implementation: string, withStore: (run: Run) => Promise<void>) {
  for (const [name, run] of BLOB_STORE_TESTS) {
    Deno.test(`${name} (${implementation})`, () => withStore(run));
  }
}

async function append(blob: OpenBlob, ...bytes: number[]): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await blob.append(new Uint8Array(bytes.slice(written)));
  }
}

/** Everything that comes until there is none. */
async function rest(reader: BlobReader): Promise<number[]> {
  const found: number[] = [];
  const buffer: Bytes = new Uint8Array(3);
  for (;;) {
    const count = await reader.read(buffer);
    if (count === null) return found;
    found.push(...buffer.subarray(0, count));
  }
}

/** By asking whether each is to be kept. */
async function listed(blobs: BlobStore): Promise<string[]> {
  const ids: string[] = [];
  await blobs.sweep((id) => {
    ids.push(id);
    return Promise.resolve(true);
  });
  return ids.sort();
}

test("a blob is empty at first, and has what was appended when it is opened again", async (blobs) => {
  deepEqual([await blobs.sizeOf(ID), await listed(blobs)], [0, []]);
  await rejects(blobs.read(ID, 0));
  const first = await blobs.open(ID);
  equal(await first.sizeBytes(), 0);
  await append(first, 1, 2, 3);
  first.close();
  const again = await blobs.open(ID);
  equal(await again.sizeBytes(), 3);
  await append(again, 4);
  again.close();
  deepEqual([await blobs.sizeOf(ID), await listed(blobs)], [4, [ID]]);
  using reader = await blobs.read(ID, 1);
  deepEqual(await rest(reader), [2, 3, 4]);
});

test("a blob is read while it grows, from where the reader was", async (blobs) => {
  const blob = await blobs.open(ID);
  await append(blob, 1, 2);
  using reader = await blobs.read(ID, 1);
  deepEqual(await rest(reader), [2]);
  deepEqual(await rest(reader), []);
  await append(blob, 3, 4, 5, 6);
  deepEqual(await rest(reader), [3, 4, 5, 6]);
  using beyond = await blobs.read(ID, 2 ** 40);
  deepEqual(await rest(beyond), []);
  blob.close();
});

test("a blob is cut off, or filled up with zeros, and goes on at its new end", async (blobs) => {
  const blob = await blobs.open(ID);
  await append(blob, 1, 2, 3);
  await blob.cutTo(1);
  equal(await blob.sizeBytes(), 1);
  await append(blob, 9);
  await blob.cutTo(4);
  await append(blob, 8);
  using reader = await blobs.read(ID, 0);
  deepEqual(await rest(reader), [1, 9, 0, 0, 8]);
  await blob.cutTo(0);
  equal(await blobs.sizeOf(ID), 0);
  blob.close();
});

test("a removed blob is another one for whoever comes, into which nothing of the first comes", async (blobs) => {
  const blob = await blobs.open(ID);
  await append(blob, 1);
  using reader = await blobs.read(ID, 0);
  await blobs.remove(ID);
  await blobs.remove(ID);
  deepEqual([await blobs.sizeOf(ID), await listed(blobs)], [0, []]);
  await append(blob, 2);
  // Shared ones are removed under whoever reads them.
  deepEqual(await rest(reader), blobs.isShared ? [] : [1, 2]);
  const other = await blobs.open(ID);
  equal(await other.sizeBytes(), 0);
  await append(other, 7);
  await append(blob, 3);
  using read = await blobs.read(ID, 0);
  deepEqual(await rest(read), [7]);
  blob.close();
  other.close();
});

test("what an append that failed may have left is cut off", async (blobs) => {
  const blob = await blobs.open(ID);
  await append(blob, 1, 2);
  await blob.undo(2);
  equal(await blobs.sizeOf(ID), 2);
  await blob.cutTo(1);
  await append(blob, 5);
  using reader = await blobs.read(ID, 0);
  deepEqual(await rest(reader), [1, 5]);
  blob.close();
});

test("a sweep removes what nobody keeps, and all of it is counted", async (blobs) => {
  const ids = [ID, "b".repeat(32), "c".repeat(32)];
  for (const id of ids) {
    const blob = await blobs.open(id);
    await append(blob, 1, 2, 3);
    blob.close();
  }
  equal(await blobs.usedBytes(), 9);
  await blobs.sweep((id) => Promise.resolve(id === ids[1]));
  deepEqual(await listed(blobs), [ids[1]]);
  deepEqual([await blobs.usedBytes(), await blobs.sizeOf(ids[0])], [3, 0]);
});

test("blobs are apart", async (blobs) => {
  const ids = [ID, "b".repeat(32)];
  for (const [index, id] of ids.entries()) {
    const blob = await blobs.open(id);
    await append(blob, ...Array(index + 1).fill(index));
    blob.close();
  }
  deepEqual(await listed(blobs), ids);
  deepEqual(await Promise.all(ids.map((id) => blobs.sizeOf(id))), [1, 2]);
  await blobs.remove(ids[0]);
  deepEqual(await listed(blobs), [ids[1]]);
});
