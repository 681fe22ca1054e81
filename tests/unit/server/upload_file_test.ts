import assert from "node:assert/strict";
import { join } from "node:path";
import { UploadFile } from "../../../lib/server/spool/upload_file.ts";
import { FakeClock, settle } from "../../kit/clock.ts";

const CHUNK = 31_744;

async function inFolder(action: (path: string) => Promise<void>): Promise<void> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "upload-" });
  try {
    await action(join(folder, "upload"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** So many at once that the writer goes over to waiting for more, with three of them left. */
async function busy(path: string): Promise<UploadFile> {
  const file = await UploadFile.open(path, {
    sizeBytes: 100 * CHUNK,
    clock: new FakeClock(),
    pending: { bytes: 0 },
    reservedBytes: 100 * CHUNK,
    reserve: () => Promise.resolve(true),
  });
  const writer = await file.beginWriting();
  for (let i = 0; i < 43; i++) file.append(new Uint8Array(CHUNK).fill(i), writer);
  return file;
}

Deno.test("upload file that waits for more to write at once is closed without waiting, and has everything", () =>
  inFolder(async (path) => {
    const file = await busy(path);
    // The clock stands still: only the end of the file ends the waiting.
    while (file.pendingBytes > 3 * CHUNK) await settle();
    await file.close();
    assert.equal((await Deno.stat(path)).size, 43 * CHUNK);
  }));

Deno.test("upload file that is closed before it waits for more does not begin to", () =>
  inFolder(async (path) => {
    const file = await busy(path);
    await file.close();
    assert.equal((await Deno.stat(path)).size, 43 * CHUNK);
  }));

Deno.test("SR-62: upload file takes nothing from a writer that another one followed, and begins at a whole block", () =>
  inFolder(async (path) => {
    const file = await UploadFile.open(path, {
      sizeBytes: 100 * CHUNK,
      clock: new FakeClock(),
      pending: { bytes: 0 },
      reservedBytes: 100 * CHUNK,
      reserve: () => Promise.resolve(true),
    });
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
  }));
