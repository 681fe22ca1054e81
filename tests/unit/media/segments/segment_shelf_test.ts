import { deepStrictEqual, equal } from "node:assert/strict";
import { SegmentWriter } from "../../../../lib/media/segments/segment_file.ts";
import { SegmentShelf } from "../../../../lib/media/segments/segment_shelf.ts";

/** A clock that only says what it is told. */
class HandClock {
  atMs = 1_700_000_000_000;
  nowMs(): number {
    return this.atMs;
  }
  monotonicMs(): number {
    return this.atMs;
  }
  sleep(): Promise<void> {
    return Promise.resolve();
  }
  after(): () => void {
    return () => {};
  }
  deadline(): AbortSignal {
    return new AbortController().signal;
  }
}

async function makeRoot(): Promise<{ root: string; folder: string }> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const root = await Deno.makeTempDir({ dir: "tests/tmp" });
  return { root, folder: `${root}/source/240p` };
}

/** Writes a segment of 100 bytes on disk, index included. */
async function write(folder: string, segment: number): Promise<number> {
  const writer = await SegmentWriter.open(folder, segment);
  await writer.append(new Uint8Array(84), 0);
  return await writer.finish();
}

const never = () => false;

Deno.test("shelf takes stock of what lies on disk and removes what a crash left behind", async () => {
  const { root, folder } = await makeRoot();
  await write(folder, 0);
  await write(folder, 7);
  const unfinished = await SegmentWriter.open(folder, 8);
  await unfinished.append(new Uint8Array(50), 0);
  await Deno.writeFile(`${folder}/seg-00009.hfs`, new Uint8Array(10));
  await Deno.writeFile(`${folder}/seg-00010.idx`, new Uint8Array(16));
  const shelf = await SegmentShelf.open(root, { quotaBytes: 1e6 });
  equal(shelf.usedBytes, 200);
  deepStrictEqual([0, 7, 8, 9, 10].map((n) => shelf.has(folder, n)), [
    true,
    true,
    false,
    false,
    false,
  ]);
  equal([...Deno.readDirSync(folder)].length, 4);
  // The file was taken away under the writer, as after a crash.
  await unfinished.discard().catch(() => {});
});

Deno.test("shelf evicts the least recently used segments that are not pinned", async () => {
  const { root, folder } = await makeRoot();
  const clock = new HandClock();
  const shelf = await SegmentShelf.open(root, { quotaBytes: 400, clock });
  for (let n = 0; n < 4; n++) {
    clock.atMs += 100_000;
    shelf.add(folder, n, await write(folder, n));
  }
  clock.atMs += 100_000;
  shelf.touch(folder, 0);
  equal(shelf.makeRoom(150, ({ segment }) => segment === 1), true);
  deepStrictEqual([0, 1, 2, 3].map((n) => shelf.has(folder, n)), [true, true, false, false]);
  equal(shelf.usedBytes, 200);
  equal(shelf.makeRoom(201, () => true), false);
  equal(shelf.makeRoom(400, never), true);
  equal([...Deno.readDirSync(folder)].length, 0);
});

Deno.test("shelf remembers over a restart what was used last, and evicts what is over a smaller quota", async () => {
  const { root, folder } = await makeRoot();
  const clock = new HandClock();
  const first = await SegmentShelf.open(root, { quotaBytes: 1e6, clock });
  for (let n = 0; n < 3; n++) first.add(folder, n, await write(folder, n));
  for (const n of [2, 0, 1]) {
    clock.atMs += 100_000;
    first.touch(folder, n);
  }
  const second = await SegmentShelf.open(root, { quotaBytes: 250, clock });
  deepStrictEqual([0, 1, 2].map((n) => second.has(folder, n)), [true, true, false]);
});

Deno.test("shelf forgets a segment whose files somebody else has removed", async () => {
  const { root, folder } = await makeRoot();
  const shelf = await SegmentShelf.open(root, { quotaBytes: 1000 });
  shelf.add(folder, 0, await write(folder, 0));
  await Deno.remove(folder, { recursive: true });
  shelf.remove(folder, 0);
  deepStrictEqual([shelf.has(folder, 0), shelf.usedBytes], [false, 0]);
});
