/** Uploads that are handed on, from who sends to who reads, at whichever comes first. */

import { deepEqual, equal, throws } from "node:assert/strict";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { MAX_SPOOL_CHUNK_BYTES, SPOOL_BLOCK_BYTES } from "../../../lib/protocol/hop/spool.ts";
import { FILE_WINDOW_MAX_BYTES, MIB, SPOOL_OPEN_MAX } from "../../../lib/protocol/limits.ts";
import { HandOver, type HandOverSide } from "../../../lib/relay/hand_over.ts";
import { settle } from "../../kit/clock.ts";

const UPLOAD = "00".repeat(16);
const CHUNK = MAX_SPOOL_CHUNK_BYTES;

/** A connection that writes down what comes. */
class FakeSide implements HandOverSide {
  readonly told: string[] = [];

  push(kind: string, fields: object): void {
    this.told.push([kind, ...Object.values(fields).slice(1)].join(" "));
  }

  piece(_upload: string, offset: number, bytes: Bytes): Promise<void> {
    this.told.push(`piece ${offset}+${bytes.length}`);
    return Promise.resolve();
  }
}

function scene() {
  const [spool, sender, reader] = [new HandOver(), new FakeSide(), new FakeSide()];
  return {
    ...{ spool, sender, reader },
    open: (
      sizeBytes: number,
      more: { opening?: number; again?: boolean; skipBytes?: number } = {},
    ) => spool.open(sender, { upload: UPLOAD, opening: 1, sizeBytes, again: false, ...more }),
    chunk: (offset: number, length = CHUNK, opening = 1) =>
      spool.chunk(sender, { upload: UPLOAD, opening, offset }, new Uint8Array(length)),
    fetch: (offset = 0, untilBytes = 2 ** 40) =>
      spool.fetch(reader, { upload: UPLOAD, offset, untilBytes }),
  };
}

Deno.test("a reader who comes first waits for the sender, and gets its chunks in order", async () => {
  const { open, chunk, fetch, sender, reader } = scene();
  const fetched = fetch();
  deepEqual(open(CHUNK + 5), { storedBytes: 0, present: true });
  deepEqual(await fetched, { sizeBytes: CHUNK + 5, storedBytes: 0 });
  chunk(0);
  chunk(CHUNK, 5);
  await settle();
  deepEqual(reader.told, [`piece 0+${CHUNK}`, `piece ${CHUNK}+5`]);
  deepEqual(sender.told, [`spool.stored ${CHUNK}`, `spool.stored ${CHUNK + 5}`]);
});

Deno.test("a reader is given no more than it has room for", async () => {
  const { spool, open, chunk, fetch, reader } = scene();
  open(3 * CHUNK);
  await fetch(0, CHUNK);
  chunk(0);
  chunk(CHUNK);
  await settle();
  deepEqual(reader.told, [`piece 0+${CHUNK}`]);
  spool.credit(new FakeSide(), { upload: UPLOAD, untilBytes: 2 * CHUNK });
  spool.credit(reader, { upload: UPLOAD, untilBytes: CHUNK });
  await settle();
  equal(reader.told.length, 1);
  spool.credit(reader, { upload: UPLOAD, untilBytes: 2 * CHUNK });
  await settle();
  deepEqual(reader.told.slice(1), [`piece ${CHUNK}+${CHUNK}`]);
  spool.stop(reader, { upload: UPLOAD });
  chunk(2 * CHUNK);
  await settle();
  equal(reader.told.length, 2);
});

Deno.test("a sender begins where the reader is, or where it says that the reader has been", async () => {
  const { open, fetch, sender } = scene();
  deepEqual(open(9 * CHUNK, { skipBytes: SPOOL_BLOCK_BYTES }).storedBytes, SPOOL_BLOCK_BYTES);
  deepEqual(open(9 * CHUNK, { skipBytes: SPOOL_BLOCK_BYTES, again: true }).storedBytes, 0);
  throws(() => open(9 * CHUNK, { skipBytes: CHUNK }), { name: "ProtocolError" });
  const fetched = fetch(SPOOL_BLOCK_BYTES);
  deepEqual(sender.told, ["spool.ended gone"]);
  deepEqual(open(9 * CHUNK), { storedBytes: SPOOL_BLOCK_BYTES, present: true });
  await fetched;
});

Deno.test("a sender that opens anew ends a reader that had something of before", async () => {
  const { open, chunk, fetch, reader } = scene();
  open(9 * CHUNK);
  await fetch();
  chunk(0);
  await settle();
  open(9 * CHUNK, { opening: 2 });
  deepEqual(reader.told, [`piece 0+${CHUNK}`, "spool.ended gone"]);
  // What was on its way of before is passed over.
  chunk(0);
  await fetch();
  await settle();
  equal(reader.told.length, 2);
  chunk(0, CHUNK, 2);
  await settle();
  equal(reader.told.at(-1), `piece 0+${CHUNK}`);
});

Deno.test("who ends takes what it sends along, and reads no more", async () => {
  const { spool, open, chunk, fetch, sender, reader } = scene();
  open(9 * CHUNK);
  await fetch();
  spool.left(new FakeSide());
  chunk(0);
  await settle();
  equal(reader.told.length, 1);
  spool.left(sender);
  deepEqual(reader.told.slice(1), ["spool.ended gone"]);
  open(9 * CHUNK);
  chunk(0);
  await fetch();
  spool.left(reader);
  await settle();
  chunk(CHUNK);
  await settle();
  equal(reader.told.filter((told) => told.endsWith(`${CHUNK}+${CHUNK}`)).length, 0);
});

Deno.test("a sender that is not read from gives its window and a block, and no more", () => {
  const { open, chunk, sender } = scene();
  open(2 ** 30);
  const fits = Math.floor((FILE_WINDOW_MAX_BYTES + MIB) / CHUNK);
  for (let i = 0; i < fits; i++) chunk(i * CHUNK);
  deepEqual(sender.told, []);
  chunk(fits * CHUNK);
  deepEqual(sender.told, ["spool.ended failed"]);
});

Deno.test("so many uploads are on their way at once, until one is released", () => {
  const { spool, sender } = scene();
  const open = (number: number) =>
    spool.open(sender, {
      ...{ upload: `${number}`.padStart(32, "0"), opening: 1, sizeBytes: 5, again: false },
    });
  for (let number = 0; number < SPOOL_OPEN_MAX; number++) open(number);
  throws(() => open(SPOOL_OPEN_MAX), { name: "Refusal", code: "too-many" });
  open(3);
  spool.release("3".padStart(32, "0"));
  open(SPOOL_OPEN_MAX);
});
