import assert from "node:assert/strict";
import { join } from "node:path";
import {
  commonPlace,
  describeItems,
  uploadedWords,
} from "../../../../lib/client/transfers/describe.ts";
import { gather, mediaType, split } from "../../../../lib/client/transfers/gather.ts";
import { Meter } from "../../../../lib/client/transfers/meter.ts";

const item = (path: string, sizeBytes = 10) => ({ path, sizeBytes });

Deno.test("an offer is told by its file, its folder, or its number of files, under safe names", () => {
  assert.equal(describeItems([item("a\nb.txt")]), "a_b.txt (10 B)");
  assert.equal(describeItems([item("f/a"), item("f/b/c")]), "folder f (2 files, 20 B)");
  assert.equal(describeItems([item("f/a")]), "folder f (1 file, 10 B)");
  assert.equal(describeItems([item("a"), item("f/b")]), "2 files (20 B)");
});

Deno.test("row S3.45: one thing has uploaded, and several have", () => {
  assert.equal(uploadedWords([item("example1.mp4")]), "example1.mp4 has uploaded");
  assert.equal(uploadedWords([item("photos/a"), item("photos/b")]), "photos has uploaded");
  assert.equal(uploadedWords([item("a"), item("photos/b")]), "2 files have uploaded");
});

Deno.test("what has arrived is where its only file is, or in the folder that holds them all", () => {
  const at = (...parts: string[]) => join("/", ...parts);
  assert.equal(commonPlace([at("d", "a.txt")]), at("d", "a.txt"));
  assert.equal(commonPlace([at("d", "a.txt"), at("d", "b.txt")]), at("d"));
  assert.equal(commonPlace([at("d", "p (2)", "a"), at("d", "p (2)", "q", "b")]), at("d", "p (2)"));
  assert.equal(commonPlace([at("d", "p", "a"), at("d", "p2", "b")]), at("d"));
  assert.equal(commonPlace([at("a"), at("d", "b")]), at());
});

Deno.test("row S0.40: the type of a file is told by how it begins, not by its name", () => {
  const hex = (digits: string) =>
    Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  assert.equal(mediaType(hex("89504e470d0a1a0a0000000d49484452")), "image/png");
  assert.equal(mediaType(hex("0000002066747970")), "video/mp4");
  assert.equal(mediaType(new TextEncoder().encode("plain words")), "text/plain");
  assert.equal(mediaType(hex("00010203")), "application/octet-stream");
  assert.equal(mediaType(new Uint8Array(0)), "application/octet-stream");
  const utf8 = (text: string) => new TextEncoder().encode(text);
  assert.equal(mediaType(utf8("grüße\tund\r\nmehr")), "text/plain");
  // Cut within a character, as a longer file is.
  assert.equal(mediaType(utf8("€".repeat(200)).subarray(0, 512)), "text/plain");
  // Without a control character, as one in eight that begin with sixteen random bytes.
  assert.equal(mediaType(hex("b3e9fe4aa1c07c3b58f2d9e17741aacd")), "application/octet-stream");
});

Deno.test("row S0.34: rate and remaining time follow the last seconds", () => {
  const meter = new Meter(10_000);
  assert.equal(meter.read(0).remainingMs, undefined);
  meter.moved(0, 0);
  meter.moved(2_000, 1_000);
  assert.deepEqual(meter.read(1_000), {
    movedBytes: 2_000,
    totalBytes: 10_000,
    rateBytesPerSecond: 2_000,
    remainingMs: 4_000,
  });
  // It stands still: the rate falls by itself.
  assert.equal(meter.read(4_000).rateBytesPerSecond, 500);
  for (let second = 2; second <= 12; second++) meter.moved(2_000 + second, second * 1_000);
  assert(meter.read(12_000).rateBytesPerSecond < 10);
});

Deno.test("J4: progress of a resumed transfer begins at what is there, and counts it as no speed", () => {
  const meter = new Meter(1_000_000);
  meter.moved(824_000, 5_000);
  assert.equal(meter.read(5_000).movedBytes, 824_000);
  assert.equal(meter.read(6_000).rateBytesPerSecond, 0);
});

Deno.test("row S0.34: a pause is no part of the rate, neither while it lasts nor afterwards", () => {
  const meter = new Meter(1_000_000);
  meter.moved(0, 0);
  meter.moved(100_000, 1_000);
  meter.rest();
  assert.deepEqual(
    [meter.read(2_000).movedBytes, meter.read(2_000).rateBytesPerSecond],
    [100_000, 0],
  );
  meter.moved(100_000, 61_000);
  meter.moved(150_000, 62_000);
  assert.equal(meter.read(62_000).rateBytesPerSecond, 50_000);
});

Deno.test("files that do not fit into one offer go in several: 400 of them, or 48 KiB of their names", () => {
  const source = (path: string) => ({ path, source: path, sizeBytes: 1, modifiedMs: 0, type: "" });
  const many = Array.from({ length: 401 }, (_, i) => source(`f/${i}`));
  assert.deepEqual(split(many).map((offer) => offer.length), [400, 1]);
  const long = Array.from({ length: 60 }, (_, i) => source(`${"x".repeat(1000)}${i}`));
  const offers = split(long);
  assert.deepEqual(offers.flat(), long);
  for (const offer of offers) {
    const items = offer.map(({ path, sizeBytes, type }) => ({ path, sizeBytes, type }));
    assert(JSON.stringify(items).length <= 48 * 1024);
  }
  assert(offers.length === 2);
});

Deno.test("a file that is not there is said by its name, not in the system's words", async () => {
  await assert.rejects(gather(["tests/no-such-file"]), {
    name: "Refusal",
    code: "no-such-file",
    message: "No file tests/no-such-file",
  });
});
