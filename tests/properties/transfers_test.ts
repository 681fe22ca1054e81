/** Wherever a transfer is cut, and however often, what arrives is what was sent. */

import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { type Bytes, concatBytes } from "../../lib/base/bytes.ts";
import { SourceStream } from "../../lib/client/transfers/source_stream.ts";
import { TargetFiles } from "../../lib/client/transfers/target_files.ts";
import {
  blockCount,
  type Incoming,
  type SourceItem,
  streamBytes,
  streamBytesOf,
  uploadBytes,
} from "../../lib/client/transfers/transfer.ts";
import { newUploadId } from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { FILE_BLOCK_BYTES } from "../../lib/protocol/peer/file.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 300 : 25;
const { signal } = new AbortController();

const sizes = fc.array(
  fc.oneof(
    fc.constantFrom(0, 1, 39, 4095, 4096, 4097, FILE_BLOCK_BYTES - 32, FILE_BLOCK_BYTES),
    fc.nat(3 * FILE_BLOCK_BYTES),
  ),
  { minLength: 1, maxLength: 5 },
);

async function inFolder(action: (folder: string) => Promise<void>): Promise<void> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "transfer-" });
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function makeItems(folder: string, all: readonly number[]): Promise<SourceItem[]> {
  await Deno.mkdir(join(folder, "out"));
  return await Promise.all(all.map(async (sizeBytes, i) => {
    const source = join(folder, "out", String(i));
    await Deno.writeFile(source, systemRandom.bytes(sizeBytes));
    const { mtime } = await Deno.stat(source);
    const modifiedMs = mtime?.getTime() ?? 0;
    return { path: `${i % 2 === 0 ? "" : "f/"}${i}`, source, sizeBytes, modifiedMs, type: "" };
  }));
}

async function readFrom(
  items: readonly SourceItem[],
  block: number,
): Promise<{ bytes: Bytes; digest: string | undefined }> {
  using stream = await SourceStream.open(items, block, signal);
  const parts: Bytes[] = [];
  for (;;) {
    const block = await stream.read();
    if (block === undefined) return { bytes: concatBytes(...parts), digest: stream.digest };
    parts.push(block.slice());
  }
}

Deno.test("a source that is read from any block on gives the rest of the same stream", async () => {
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.nat(),
      (all, from) =>
        inFolder(async (folder) => {
          const items = await makeItems(folder, all);
          const whole = await readFrom(items, 0);
          assert.equal(whole.bytes.length, streamBytes(items));
          const block = from % blockCount(items);
          const rest = await readFrom(items, block);
          assert.deepEqual(rest.bytes, whole.bytes.subarray(block * FILE_BLOCK_BYTES));
          assert.equal(rest.digest, whole.digest);
          assert.equal(streamBytesOf(uploadBytes(items)), streamBytes(items));
        }),
    ),
    { numRuns: RUNS },
  );
});

Deno.test("files that are begun anew at any byte come out whole, once each, with the sender's digest", async () => {
  const cuts = fc.array(fc.nat(), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(sizes, cuts, (all, places) =>
      inFolder(async (folder) => {
        const items = await makeItems(folder, all);
        const { bytes, digest } = await readFrom(items, 0);
        let details: Incoming = {
          upload: newUploadId(systemRandom),
          key: "",
          items: items.map(({ path, sizeBytes, type }) => ({ path, sizeBytes, type })),
          folder: join(folder, "in"),
          roots: {},
          finished: [],
          digests: [],
        };
        const save = (now: Incoming) => {
          details = now;
          return Promise.resolve();
        };
        for (const place of [...places.map((one) => one % bytes.length), bytes.length]) {
          using target = await TargetFiles.open(details, save);
          const from = target.position;
          if (place > from) await target.write(bytes.subarray(from, place));
          if (place === bytes.length) assert.equal(target.digest, digest);
        }
        assert.equal(details.finished.length, items.length);
        for (const [i, path] of details.finished.entries()) {
          assert.deepEqual(await Deno.readFile(path), await Deno.readFile(items[i].source));
        }
        const names = [...Deno.readDirSync(join(folder, "in"))].map(({ name }) => name);
        assert.deepEqual(names.filter((name) => name.includes("(") || name.includes(".part")), []);
      })),
    { numRuns: RUNS },
  );
});
