/** The shared spool on an S3 store that no one here wrote, where this machine has one. */

import { systemRandom } from "../../../lib/base/random.ts";
import { PieceBlobs } from "../../../lib/server/spool/piece_blobs.ts";
import { S3Objects } from "../../../lib/server/spool/s3_objects.ts";
import type { BlobStore } from "../../../lib/relay/blob_store.ts";
import { s3Options } from "../../kit/s3_double.ts";
import { hasS3rver, withS3rver } from "../../kit/s3rver.ts";
import { BLOB_STORE_TESTS } from "../../unit/relay/blob_store_contract.ts";

Deno.test({
  name: "s3rver keeps the contract of every blob store (needs s3rver)",
  ignore: !hasS3rver(),
  async fn(context) {
    await withS3rver(async (url) => {
      for (const [index, [name, run]] of BLOB_STORE_TESTS.entries()) {
        // Each in a place of its own.
        const place = url.replace("/files?", `/files${index}?`);
        await context.step(name, () => within(place, run));
      }
    });
  },
});

async function within(url: string, run: (blobs: BlobStore) => Promise<void>): Promise<void> {
  using objects = new S3Objects(s3Options(url));
  await run(await PieceBlobs.open(objects, "1".repeat(64), systemRandom));
}
