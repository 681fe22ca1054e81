import { deepEqual, equal, rejects } from "node:assert/strict";
import { memoryLink } from "../../../../lib/net/streams/memory.ts";
import { settle } from "../../../kit/clock.ts";
import { readSome, writeAll } from "../../../kit/connections.ts";

const text = (bytes: Uint8Array | null) => bytes === null ? null : new TextDecoder().decode(bytes);
const hello = new TextEncoder().encode("hello");

Deno.test("memory link carries bytes both ways and says when the other side ends", async () => {
  const { near, far } = memoryLink();
  await near.write(hello);
  equal(text(await readSome(far)), "hello");
  await far.write(hello);
  await far.closeWrite();
  equal(text(await readSome(near)), "hello");
  equal(await readSome(near), null);
  await near.write(hello);
  equal(text(await readSome(far)), "hello");
});

Deno.test("memory link makes a writer wait when the reader does not read", async () => {
  const { near, far } = memoryLink();
  let done = false;
  const writing = writeAll(near, new Uint8Array(100_000)).then(() => done = true);
  await settle();
  equal(done, false);
  await far.read(new Uint8Array(40_000));
  await writing;
});

Deno.test("memory link ends pending reads and writes when it is closed or cut", async () => {
  const closed = memoryLink();
  const read = readSome(closed.near);
  const write = writeAll(closed.near, new Uint8Array(100_000));
  closed.near.close();
  await rejects(read, /closed/);
  await rejects(write, /closed/);
  const cut = memoryLink();
  const reads = [readSome(cut.near), readSome(cut.far)];
  cut.cut();
  for (const one of reads) await rejects(one, /reset/);
});

Deno.test("memory link refuses writes to a side that is gone", async () => {
  const { near, far } = memoryLink();
  const waiting = writeAll(near, new Uint8Array(100_000));
  far.close();
  await rejects(waiting, /gone|reset/);
  await rejects(near.write(hello), /gone|reset/);
});

Deno.test("memory link loses what is on its way when a side closes with unread bytes, as TCP does", async () => {
  const unread = memoryLink();
  await unread.near.write(hello);
  await unread.far.write(hello);
  unread.far.close();
  await rejects(readSome(unread.near), /reset/);
  const read = memoryLink();
  await read.far.write(hello);
  read.far.close();
  equal(text(await readSome(read.near)), "hello");
});

Deno.test("memory link trickles, corrupts and stalls on demand", async () => {
  const { near, far, toFar } = memoryLink();
  toFar.readAtMostBytes = 2;
  toFar.onBytes = (bytes) => bytes[0] ^= 0x20;
  await near.write(hello);
  equal(text(await readSome(far)), "He");
  toFar.setStalled(true);
  const read = readSome(far);
  let arrived = false;
  read.then(() => arrived = true);
  await settle();
  equal(arrived, false);
  toFar.setStalled(false);
  deepEqual(text(await read), "ll");
});
