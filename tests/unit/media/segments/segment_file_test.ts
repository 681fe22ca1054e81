import { deepStrictEqual, equal, rejects } from "node:assert/strict";
import fc from "fast-check";
import {
  decodeIndex,
  encodeIndex,
  parseIndexName,
  SegmentFile,
  SegmentWriter,
} from "../../../../lib/media/segments/segment_file.ts";

const numRuns = Deno.env.get("SLOW") === "1" ? 1000 : 100;
const jpeg = (length: number, fill: number) => new Uint8Array(length).fill(fill);

async function folder(): Promise<string> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  return await Deno.makeTempDir({ dir: "tests/tmp" });
}

function names(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

Deno.test("segment gives back its frames after it was finished", async () => {
  const path = await folder();
  const writer = await SegmentWriter.open(path, 12);
  await writer.append(jpeg(10, 1), 0);
  await writer.append(jpeg(300, 2), 40);
  equal(SegmentFile.open(path, 12), undefined);
  equal(await writer.finish(), 310 + 32);
  deepStrictEqual(names(path), ["seg-00012.hfs", "seg-00012.idx"]);
  using file = SegmentFile.open(path, 12);
  equal(file?.count, 2);
  deepStrictEqual(file?.read(1), { jpeg: jpeg(300, 2), ptsMs: 40 });
  deepStrictEqual(file?.read(0), { jpeg: jpeg(10, 1), ptsMs: 0 });
  equal(file?.read(2), undefined);
});

Deno.test("segment is read while it is written, and on after it got its name", async () => {
  const path = await folder();
  const writer = await SegmentWriter.open(path, 0);
  await writer.append(jpeg(10, 1), 0);
  using file = SegmentFile.follow(writer);
  equal(file.count, 1);
  equal(file.read(1), undefined);
  await writer.append(jpeg(20, 2), 40);
  deepStrictEqual(file.read(1)?.jpeg, jpeg(20, 2));
  await writer.finish();
  deepStrictEqual(file.read(0)?.jpeg, jpeg(10, 1));
});

Deno.test("segment that was discarded leaves nothing behind, and an empty one is not kept", async () => {
  const path = await folder();
  const writer = await SegmentWriter.open(path, 3);
  await writer.append(jpeg(10, 1), 0);
  await writer.discard();
  deepStrictEqual(names(path), []);
  const empty = await SegmentWriter.open(path, 4);
  await rejects(empty.finish(), { name: "MediaError" });
  await empty.discard();
});

Deno.test("segment whose data was cut or whose index is damaged is not opened", async () => {
  const path = await folder();
  const writer = await SegmentWriter.open(path, 0);
  await writer.append(jpeg(100, 1), 0);
  await writer.finish();
  await Deno.truncate(`${path}/seg-00000.hfs`, 99);
  equal(SegmentFile.open(path, 0), undefined);
  await Deno.truncate(`${path}/seg-00000.idx`, 15);
  equal(SegmentFile.open(path, 0), undefined);
  await Deno.remove(`${path}/seg-00000.hfs`);
  equal(SegmentFile.open(path, 0), undefined);
});

Deno.test("segment index survives its file, and nothing else is read as one", () => {
  const frame = fc.record({ length: fc.integer({ min: 1, max: 1e6 }), ptsMs: fc.nat(2 ** 31 - 1) });
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1, maxLength: 64 }), fc.nat(1023), (frames, bit) => {
      let offset = 0;
      const records = frames.map((f) => ({ ...f, offset: (offset += f.length) - f.length }));
      const bytes = encodeIndex(records);
      deepStrictEqual(decodeIndex(bytes, offset), records);
      equal(decodeIndex(bytes, offset + 1), undefined);
      equal(decodeIndex(bytes.slice(0, -1), offset), undefined);
      const flipped = bytes.slice();
      flipped[(bit >> 3) % bytes.length] ^= 1 << (bit & 7);
      // A changed time cannot be told; a changed place or length can.
      const place = (bit >> 3) % bytes.length % 16;
      if (place < 12) equal(decodeIndex(flipped, offset), undefined);
    }),
    { numRuns },
  );
  equal(decodeIndex(new Uint8Array(0), 0), undefined);
});

Deno.test("segment index is known by its name", () => {
  const read = ["seg-00012.idx", "seg-1234567.idx", "seg-12.idx", "seg-00012.hfs", "x"].map(
    parseIndexName,
  );
  deepStrictEqual(read, [12, 1234567, undefined, undefined, undefined]);
});
