import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { createHash } from "node:crypto";
import { ArchiveWriter, readArchive } from "../../../lib/storage/archive.ts";
import { decodeTarHeader, encodeTarHeader, tarPaddingBytes } from "../../../lib/storage/tar.ts";
import { temporaryFolder } from "./kit.ts";

const MADE_MS = Date.UTC(2026, 0, 1);

function filled(sizeBytes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: sizeBytes }, (_, i) => i % 251);
}

async function write(path: string, files: Readonly<Record<string, number>>): Promise<string[]> {
  using file = await Deno.open(path, { write: true, create: true });
  const archive = new ArchiveWriter(file, MADE_MS);
  const digests: string[] = [];
  for (const [name, sizeBytes] of Object.entries(files)) {
    digests.push(await archive.add({ name, sizeBytes }, [filled(sizeBytes)]));
  }
  await archive.end();
  return digests;
}

async function read(path: string): Promise<Record<string, number>> {
  using file = await Deno.open(path);
  const files: Record<string, number> = {};
  for await (const entry of readArchive(file)) {
    let at = 0;
    for await (const chunk of entry.chunks()) {
      deepEqual(chunk, filled(entry.sizeBytes).subarray(at, at + chunk.length));
      at += chunk.length;
    }
    files[entry.name] = at;
  }
  return files;
}

Deno.test("archive is read as it was written, around every boundary of a block", async () => {
  using folder = temporaryFolder();
  const files = { a: 0, b: 1, c: 511, d: 512, e: 513, f: 300_000 };
  const digests = await write(folder.file("x.tar"), files);
  deepEqual(await read(folder.file("x.tar")), files);
  equal(digests[5], createHash("sha256").update(filled(300_000)).digest("hex"));
});

Deno.test("archive passes over what nobody reads", async () => {
  using folder = temporaryFolder();
  await write(folder.file("x.tar"), { a: 5000, b: 3 });
  using file = await Deno.open(folder.file("x.tar"));
  const names: string[] = [];
  for await (const { name } of readArchive(file)) names.push(name);
  deepEqual(names, ["a", "b"]);
});

Deno.test("archive that ends early is damaged, wherever it ends", async () => {
  using folder = temporaryFolder();
  await write(folder.file("x.tar"), { a: 600, b: 3 });
  const bytes = await Deno.readFile(folder.file("x.tar"));
  // Up to the last file's end: what follows are empty blocks.
  for (let length = 0; length < 512 + 1024 + 512 + 512; length += 97) {
    await Deno.writeFile(folder.file("short.tar"), bytes.subarray(0, length));
    await rejects(read(folder.file("short.tar")), { code: "damaged" }, `${length} bytes`);
  }
});

Deno.test("tar header has the fields of POSIX ustar at their places", () => {
  const block = encodeTarHeader({ name: "server.db", sizeBytes: 1_000_000 }, MADE_MS);
  const field = (at: number, length: number) =>
    String.fromCharCode(...block.subarray(at, at + length));
  equal(field(0, 10), "server.db\0");
  equal(field(100, 8), "0000600\0");
  equal(field(124, 12), "00003641100\0");
  equal(field(136, 12), `${(MADE_MS / 1000).toString(8).padStart(11, "0")}\0`);
  equal(field(156, 1), "0");
  equal(field(257, 8), "ustar\x0000");
  const sum = block.reduce((all, byte, i) => all + (i >= 148 && i < 156 ? 32 : byte), 0);
  equal(Number.parseInt(field(148, 6), 8), sum);
});

Deno.test("tar header holds sizes at and beyond 8 GiB", () => {
  for (const sizeBytes of [8 ** 11 - 1, 8 ** 11, 2 ** 45 + 1]) {
    deepEqual(decodeTarHeader(encodeTarHeader({ name: "a", sizeBytes }, 0)), {
      name: "a",
      sizeBytes,
    });
  }
});

Deno.test("tar header of a link, a folder or a flipped bit is damaged", () => {
  const good = encodeTarHeader({ name: "a", sizeBytes: 5 }, 0);
  for (const type of ["1", "2", "5", "x", "L"]) {
    const block = good.slice();
    block[156] = type.charCodeAt(0);
    // With a checksum that fits.
    const sum = block.reduce((all, byte, i) => all + (i >= 148 && i < 156 ? 32 : byte), 0);
    block.set(new TextEncoder().encode(sum.toString(8).padStart(6, "0")), 148);
    throws(() => decodeTarHeader(block), { code: "damaged" }, type);
  }
  for (const at of [0, 124, 135, 156, 257]) {
    const block = good.slice();
    block[at] ^= 1;
    throws(() => decodeTarHeader(block), { code: "damaged" }, `byte ${at}`);
  }
  equal(decodeTarHeader(new Uint8Array(512)), undefined);
});

Deno.test("tar padding fills up to the next block", () => {
  deepEqual([0, 1, 511, 512, 513].map(tarPaddingBytes), [0, 511, 1, 0, 511]);
});
