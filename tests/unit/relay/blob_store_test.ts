import { deepEqual, equal, rejects } from "node:assert/strict";
import { DiskBlobs } from "../../../lib/server/spool/disk_blobs.ts";
import { storageError } from "../../../lib/storage/failures.ts";
import { MemoryBlobs } from "../../kit/memory_blobs.ts";
import { blobStoreContract } from "./blob_store_contract.ts";

blobStoreContract("memory", (run) => run(new MemoryBlobs()));

blobStoreContract("disk", async (run) => {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "blobs-" });
  try {
    await run(await DiskBlobs.make(`${folder}/spool`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("memory that is full keeps what it had, and says what a full disk says", async () => {
  const blobs = new MemoryBlobs(3);
  const blob = await blobs.open("a");
  equal(await blob.append(new Uint8Array([1, 2, 3, 4])), 3);
  await rejects(
    () => blob.append(new Uint8Array(1)).catch((error) => Promise.reject(storageError("x", error))),
    { name: "StorageError", code: "disk-full" },
  );
  deepEqual(blobs.bytesOf("a"), new Uint8Array([1, 2, 3]));
});
