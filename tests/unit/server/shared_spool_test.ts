/** A spool that several nodes share: on a folder, and on an S3 store whose answers are judged. */

import { deepEqual, equal, rejects } from "node:assert/strict";
import { S3Objects } from "../../../lib/server/spool/s3_objects.ts";
import { FolderObjects } from "../../../lib/server/spool/folder_objects.ts";
import type { Objects } from "../../../lib/server/spool/objects.ts";
import { PieceBlobs } from "../../../lib/server/spool/piece_blobs.ts";
import type { BlobStore } from "../../../lib/relay/blob_store.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { UploadFile } from "../../../lib/server/spool/upload_file.ts";
import { SPOOL_BLOCK_BYTES } from "../../../lib/protocol/hop/spool.ts";
import { FakeClock } from "../../kit/clock.ts";
import { failed, S3Double, s3Options } from "../../kit/s3_double.ts";
import { blobStoreContract } from "../relay/blob_store_contract.ts";

const SERVER = "1".repeat(64);
const ID = "a".repeat(32);

async function withFolder(run: (objects: () => Promise<Objects>) => Promise<void>): Promise<void> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "blobs-" });
  try {
    await run(() => FolderObjects.open(`${folder}/spool`, systemRandom));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function withBucket(
  run: (objects: () => Promise<Objects>, double: S3Double) => Promise<void>,
): Promise<void> {
  await using double = new S3Double();
  const opened: S3Objects[] = [];
  try {
    await run(() => {
      const objects = new S3Objects(s3Options(double.url));
      opened.push(objects);
      return Promise.resolve(objects);
    }, double);
  } finally {
    for (const objects of opened) objects[Symbol.dispose]();
  }
}

const KINDS = [["a shared folder", withFolder], ["an S3 store", withBucket]] as const;

for (const [kind, within] of KINDS) {
  blobStoreContract(kind, (run) =>
    within(async (objects) => {
      await run(await PieceBlobs.open(await objects(), SERVER, systemRandom));
    }));

  Deno.test(`who begins last writes an upload; what the node before still writes does not count (${kind})`, () =>
    within(async (objects) => {
      const [one, two] = await twoNodes(objects);
      const first = await one.open(ID);
      await first.cutTo(0);
      await first.append(new Uint8Array([1, 2, 3]));
      const second = await two.open(ID);
      equal(await second.sizeBytes(), 3);
      await second.cutTo(2);
      await first.append(new Uint8Array([4, 5, 6, 7]));
      await second.append(new Uint8Array([9]));
      await first.append(new Uint8Array([8]));
      deepEqual(await bytesOf(one), [1, 2, 9]);
      deepEqual([await one.sizeOf(ID), await two.sizeOf(ID)], [3, 3]);
      await first.cutTo(await first.sizeBytes());
      await first.append(new Uint8Array([10]));
      await second.append(new Uint8Array([11]));
      deepEqual(await bytesOf(two), [1, 2, 9, 10]);
    }));

  Deno.test(`of nodes that begin at the same moment one writes it (${kind})`, () =>
    within(async (objects) => {
      const [one, two] = await twoNodes(objects);
      const blobs = await Promise.all([one, two, one, two].map((node) => node.open(ID)));
      await Promise.all(blobs.map((blob) => blob.cutTo(0)));
      await Promise.all(blobs.map((blob, index) => blob.append(new Uint8Array([index, index]))));
      const [a, b, ...rest] = await bytesOf(one);
      deepEqual([a === b, rest, await two.sizeOf(ID)], [true, [], 2]);
    }));

  Deno.test(`who only reads takes nothing away from who writes (${kind})`, () =>
    within(async (objects) => {
      const [one, two] = await twoNodes(objects);
      const writing = await one.open(ID);
      await writing.append(new Uint8Array([1]));
      const reading = await two.open(ID);
      equal(await reading.sizeBytes(), 1);
      using reader = await two.read(ID, 0);
      reading.close();
      await writing.append(new Uint8Array([2]));
      const into = new Uint8Array(8);
      deepEqual([await reader.read(into), await reader.read(into)], [1, 1]);
      deepEqual([into[0], await reader.read(into)], [2, null]);
    }));

  Deno.test(`a sweep leaves what another node has begun since it asked (${kind})`, () =>
    within(async (objects) => {
      const [one, two] = await twoNodes(objects);
      const old = await one.open(ID);
      await old.append(new Uint8Array([1, 2, 3]));
      await one.sweep(async () => {
        await two.remove(ID);
        const anew = await two.open(ID);
        await anew.append(new Uint8Array([7]));
        return false;
      });
      deepEqual(await bytesOf(one), [7]);
    }));

  Deno.test(`another server's spool is refused in words, and nothing of it is swept (${kind})`, () =>
    within(async (objects) => {
      const [one] = await twoNodes(objects);
      const blob = await one.open(ID);
      await blob.append(new Uint8Array([1]));
      await rejects(PieceBlobs.open(await objects(), "2".repeat(64), systemRandom), {
        name: "StorageError",
        code: "another-server",
      });
      deepEqual(await bytesOf(one), [1]);
    }));
}

Deno.test("a sender who goes over to another node goes on there, whoever has the upload open at the first; its reader sees all of it", () =>
  withFolder(async (objects) => {
    const clock = new FakeClock();
    const [one, two] = await Promise.all(
      (await twoNodes(objects)).map((blobs) => file(blobs, clock)),
    );
    const first = await one.beginWriting();
    one.append(new Uint8Array(SPOOL_BLOCK_BYTES + 1).fill(1), first);
    await one.settled();
    // Opened before: what it knew of the size was right then.
    const stop = new AbortController();
    const following = one.follow(stop.signal);
    const second = await two.beginWriting();
    equal(two.endBytes, SPOOL_BLOCK_BYTES);
    one.append(new Uint8Array(5).fill(9), first);
    two.append(new Uint8Array(SIZE - SPOOL_BLOCK_BYTES).fill(2), second);
    await Promise.all([one.settled(), two.settled()]);
    while (one.readableBytes < SIZE) {
      await clock.advance(1_000);
      await one.look();
    }
    stop.abort();
    await following.catch(() => {});
    using reader = await one.read(0);
    const sums = [0, 0, 0];
    const into = new Uint8Array(SIZE);
    for (let at = 0; at < SIZE;) {
      const count = await reader.read(into);
      for (const byte of into.subarray(0, count ?? 0)) sums[byte]++;
      at += count ?? SIZE;
    }
    deepEqual(sums, [0, SPOOL_BLOCK_BYTES, SIZE - SPOOL_BLOCK_BYTES]);
    await one.close();
    await two.close();
  }));

const SIZE = 2 * SPOOL_BLOCK_BYTES + 77;

function file(blobs: BlobStore, clock: FakeClock): Promise<UploadFile> {
  return UploadFile.open({
    ...{ blobs, upload: ID, sizeBytes: SIZE, clock, pending: { bytes: 0 }, reservedBytes: SIZE },
    reserve: () => Promise.resolve(true),
  });
}

async function twoNodes(objects: () => Promise<Objects>): Promise<[BlobStore, BlobStore]> {
  const open = async () => await PieceBlobs.open(await objects(), SERVER, systemRandom);
  return [await open(), await open()];
}

async function bytesOf(blobs: BlobStore): Promise<number[]> {
  using reader = await blobs.read(ID, 0);
  const found: number[] = [];
  const into = new Uint8Array(2);
  for (;;) {
    const count = await reader.read(into);
    if (count === null) return found;
    found.push(...into.subarray(0, count));
  }
}

Deno.test("a list of many pages is read whole", () =>
  withBucket(async (objects, double) => {
    double.pageSize = 2;
    const [one] = await twoNodes(objects);
    const blob = await one.open(ID);
    for (let byte = 0; byte < 9; byte++) await blob.append(new Uint8Array([byte]));
    deepEqual(await bytesOf(one), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  }));

Deno.test("a store that fails for a moment is asked again; one that refuses is not", () =>
  withBucket(async (objects, double) => {
    const [one] = await twoNodes(objects);
    const blob = await one.open(ID);
    let failures = 2;
    double.answer = () => failures-- > 0 ? failed(503, "SlowDown") : undefined;
    await blob.append(new Uint8Array([1]));
    double.answer = () => failed(403, "AccessDenied");
    double.requests = 0;
    await rejects(blob.append(new Uint8Array([2])), { code: "no-permission" });
    equal(double.requests, 1);
    double.answer = () => failed(507, "XMinioStorageFull");
    await rejects(blob.append(new Uint8Array([2])), { code: "disk-full" });
    double.answer = () => undefined;
    deepEqual(await bytesOf(one), [1]);
  }));

const HOSTILE: readonly [name: string, answer: () => Response][] = [
  ["a list that never ends", () => list("<IsTruncated>true</IsTruncated>", "next")],
  ["a list that breaks off", () => list("<IsTruncated>true</IsTruncated>")],
  ["a page of the web", () => new Response("<html>Sign in</html>")],
  ["more than any list has", () => new Response(new Uint8Array(5 * 1024 * 1024))],
];

function list(text: string, token?: string): Response {
  const next = token === undefined ? "" : `<NextContinuationToken>${token}</NextContinuationToken>`;
  return new Response(`<ListBucketResult>${text}${next}</ListBucketResult>`);
}

for (const [name, answer] of HOSTILE) {
  Deno.test(`a store that answers a list with ${name} is refused`, () =>
    withBucket(async (objects, double) => {
      const [one] = await twoNodes(objects);
      double.answer = answer;
      await rejects(one.sizeOf(ID), { name: "StorageError", code: "damaged" });
    }));
}

Deno.test("a store that names what nobody asked for, or sends elsewhere, gets nothing by it", () =>
  withBucket(async (objects, double) => {
    const [one] = await twoNodes(objects);
    const keys = [
      `files/${ID}/../x-0-0`,
      `files/${"b".repeat(32)}/00000001-0000000000000000-0-0`,
      `files/${ID}/00000001-0000000000000000-99999999999999999999-1`,
    ];
    double.answer = () => list(keys.map((key) => `<Key>${key}</Key>`).join(""));
    equal(await one.sizeOf(ID), 0);
    await using other = new S3Double();
    const [, place] = /^s3:\/\/([^/]+)/.exec(other.url) ?? [];
    double.answer = () => Response.redirect(`http://${place}/spool/`, 307);
    await rejects(one.sizeOf(ID), { name: "StorageError", code: "failed" });
    equal(other.requests, 0);
  }));

Deno.test("a piece that is empty or endless ends a reading; one that comes whole is cut to what was asked", () =>
  withBucket(async (objects, double) => {
    const [one] = await twoNodes(objects);
    const blob = await one.open(ID);
    await blob.append(new Uint8Array([1, 2, 3]));
    double.answer = ({ method, url }) =>
      method === "GET" && !url.includes("?") ? new Response(null, { status: 206 }) : undefined;
    await rejects(bytesOf(one), { name: "StorageError", code: "damaged" });
    double.answer = ({ method, url }) =>
      method === "GET" && !url.includes("?")
        ? new Response(new Uint8Array(2 * 1024 * 1024))
        : undefined;
    await rejects(bytesOf(one), { name: "StorageError", code: "damaged" });
    double.answer = ({ method, url }) =>
      method === "GET" && !url.includes("?") ? new Response(new Uint8Array([1, 2, 3])) : undefined;
    deepEqual(await bytesOf(one), [1, 2, 3]);
  }));
