import assert from "node:assert/strict";
import { UploadFile } from "../../../lib/server/spool/upload_file.ts";
import { FakeClock, settle } from "../../kit/clock.ts";
import { MemoryBlobs } from "../../kit/memory_blobs.ts";

const CHUNK = 31_744;

const UPLOAD = "a".repeat(32);

async function opened(blobs: MemoryBlobs, sizeBytes = 100 * CHUNK): Promise<UploadFile> {
  return await UploadFile.open({
    blobs,
    upload: UPLOAD,
    sizeBytes,
    clock: new FakeClock(),
    pending: { bytes: 0 },
    reservedBytes: sizeBytes,
    reserve: () => Promise.resolve(true),
  });
}

/** So many at once that the writer goes over to waiting for more, with three of them left. */
async function busy(blobs: MemoryBlobs): Promise<UploadFile> {
  const file = await opened(blobs);
  const writer = await file.beginWriting();
  for (let i = 0; i < 43; i++) file.append(new Uint8Array(CHUNK).fill(i), writer);
  return file;
}

Deno.test("upload file that waits for more to write at once is closed without waiting, and has everything", async () => {
  const blobs = new MemoryBlobs();
  const file = await busy(blobs);
  // The clock stands still: only the end of the file ends the waiting.
  while (file.pendingBytes > 3 * CHUNK) await settle();
  await file.close();
  assert.equal(await blobs.sizeOf(UPLOAD), 43 * CHUNK);
});

Deno.test("upload file that is closed before it waits for more does not begin to", async () => {
  const blobs = new MemoryBlobs();
  const file = await busy(blobs);
  await file.close();
  assert.equal(await blobs.sizeOf(UPLOAD), 43 * CHUNK);
});

Deno.test("SR-62: upload file takes nothing from a writer that another one followed, and begins at a whole block", async () => {
  const blobs = new MemoryBlobs();
  const file = await opened(blobs);
  const first = await file.beginWriting();
  for (let i = 0; i < 11; i++) file.append(new Uint8Array(CHUNK), first);
  const second = await file.beginWriting();
  assert.equal(file.endBytes, 8 * CHUNK);
  file.append(new Uint8Array(CHUNK), first);
  assert.equal(file.endBytes, 8 * CHUNK);
  file.append(new Uint8Array(CHUNK), second);
  await file.settled();
  assert.deepEqual([file.storedBytes, file.readableBytes], [9 * CHUNK, 8 * CHUNK]);
  await file.close();
});

Deno.test("upload file on a full disk says so, takes nothing more, and goes on when there is room", async () => {
  const blobs = new MemoryBlobs(9 * CHUNK);
  const file = await opened(blobs);
  const told: number[] = [];
  file.listen(() => told.push(file.storedBytes));
  const writer = await file.beginWriting();
  for (let i = 0; i < 12; i++) file.append(new Uint8Array(CHUNK).fill(i), writer);
  await file.settled();
  assert.equal((file.failure as { code?: string }).code, "disk-full");
  file.append(new Uint8Array(CHUNK), writer);
  assert.equal(file.pendingBytes, 0);
  // What did not fit whole is cut off.
  assert.equal(file.storedBytes, await blobs.sizeOf(UPLOAD));
  assert.equal(told.at(-1), file.storedBytes);
  await file.mend();
  assert.equal(file.failure, undefined);
  assert.equal(file.storedBytes % (8 * CHUNK), 0);
  await file.clear();
  const again = await file.beginWriting();
  file.append(new Uint8Array(CHUNK).fill(1), again);
  await file.close();
  assert.deepEqual(blobs.bytesOf(UPLOAD), new Uint8Array(CHUNK).fill(1));
});

Deno.test("upload file that a sudden end cut off in a block begins at the block", async () => {
  const blobs = new MemoryBlobs();
  const blob = await blobs.open(UPLOAD);
  await blob.append(new Uint8Array(9 * CHUNK + 1));
  const file = await opened(blobs);
  assert.deepEqual([file.storedBytes, file.endBytes], [8 * CHUNK, 8 * CHUNK]);
  assert.equal(await blobs.sizeOf(UPLOAD), 8 * CHUNK);
  await file.close();
  // One that is whole stays as it is.
  await blob.append(new Uint8Array(7));
  const whole = await opened(blobs, 8 * CHUNK + 7);
  assert.deepEqual([whole.storedBytes, whole.readableBytes], [8 * CHUNK + 7, 8 * CHUNK + 7]);
  await whole.close();
});
