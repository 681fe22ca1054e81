import assert from "node:assert/strict";
import { type AccountId, parseTransferId, parseUploadId } from "../../../../lib/base/ids.ts";
import { memberTransferId } from "../../../../lib/client/transfers/offering.ts";
import { SharedUploads } from "../../../../lib/client/transfers/task_tools.ts";
import { memberWords, offerLines } from "../../../../lib/app/transfer_lines.ts";
import type { Transfer } from "../../../../lib/client/transfers/transfer.ts";

const OFFER = made(parseTransferId("000102030405060708090a0b0c0d0e0f"));
const UPLOAD = made(parseUploadId("000102030405060708090a0b0c0d0e0f"));
const OTHER = made(parseUploadId("ff0102030405060708090a0b0c0d0e0f"));
const account = (name: string) => name as AccountId;
const never = new AbortController().signal;

function made<Value>(value: Value | undefined): Value {
  assert(value !== undefined);
  return value;
}

Deno.test("a member's transfer of an offer has an id by offer, sender and member, as docs/protocol.md says", async () => {
  const id = await memberTransferId(OFFER, { sender: account("alice"), member: account("bob") });
  const text = "heliograph room transfer\n000102030405060708090a0b0c0d0e0f\nalice\nbob";
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0"));
  assert.equal(id, hex.slice(0, 16).join(""));
  const others = [
    { sender: account("alice"), member: account("carol") },
    { sender: account("carol"), member: account("bob") },
    { sender: account("bob"), member: account("alice") },
  ];
  for (const other of others) assert.notEqual(await memberTransferId(OFFER, other), id);
});

Deno.test("an upload that several transfers share is moved by one at a time, in the order in which they came", async () => {
  const shared = new SharedUploads();
  const log: string[] = [];
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const tasks = gates.map(({ promise }, i) =>
    shared.alone(UPLOAD, never, async () => {
      log.push(`begin ${i}`);
      await promise;
      log.push(`end ${i}`);
      return i;
    })
  );
  // Another upload does not wait.
  assert.equal(await shared.alone(OTHER, never, () => Promise.resolve("other")), "other");
  assert.deepEqual(log, ["begin 0"]);
  for (const { resolve } of gates.toReversed()) resolve();
  assert.deepEqual(await Promise.all(tasks), [0, 1, 2]);
  assert.deepEqual(log, ["begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"]);
});

Deno.test("who gives up waiting for a shared upload, or fails at it, does not hold up who comes behind", async () => {
  const shared = new SharedUploads();
  const first = Promise.withResolvers<void>();
  const running = shared.alone(UPLOAD, never, async () => {
    await first.promise;
    throw new RangeError("failed");
  });
  const impatient = new AbortController();
  const second = shared.alone(UPLOAD, impatient.signal, () => Promise.resolve("second"));
  const third = shared.alone(UPLOAD, never, () => Promise.resolve("third"));
  impatient.abort(new DOMException("enough", "AbortError"));
  await assert.rejects(second, { name: "AbortError" });
  first.resolve();
  await assert.rejects(running, RangeError);
  assert.equal(await third, "third");
});

Deno.test("a shared upload that readers ask for anew is renewed once for all who ask at that time", () => {
  const shared = new SharedUploads();
  assert.equal(shared.isStored(UPLOAD, OFFER), false);
  shared.stored(UPLOAD, OFFER);
  assert.equal(shared.renew(UPLOAD, 1_000), true);
  assert.equal(shared.isStored(UPLOAD, OFFER), false);
  shared.stored(UPLOAD, OFFER);
  assert.equal(shared.renew(UPLOAD, 30_999), false);
  assert.equal(shared.isStored(UPLOAD, OFFER), true);
  assert.equal(shared.renew(UPLOAD, 31_000), true);
});

Deno.test("whether all are there is asked once for all transfers of an upload, for a while", async () => {
  const shared = new SharedUploads();
  let asked = 0;
  const presence = (nowMs: number) =>
    shared.presence(UPLOAD, {
      nowMs,
      forMs: 30_000,
      ask: () => Promise.resolve(++asked === 1),
    });
  assert.deepEqual([await presence(0), await presence(29_999)], [true, true]);
  assert.deepEqual([await presence(30_000), asked], [false, 2]);
});

Deno.test("row S0.34: an offer to a room says how many have it, and how many may still", () => {
  assert.equal(memberWords({ all: 3, done: 1, open: 1 }), "1 of 3 have it, 1 pending");
  assert.equal(memberWords({ all: 3, done: 2, open: 0 }), "2 of 3 have it");
  const row = {
    direction: "out",
    room: "#256",
    offer: OFFER,
    items: [{ path: "a", sizeBytes: 5 }],
  };
  const direct = { ...row, room: undefined, offer: undefined };
  // Only what the lines are made of.
  const transfers = [row, direct, row, { ...row, direction: "in" }] as unknown as Transfer[];
  assert.deepEqual(offerLines(transfers, () => ({ all: 2, done: 0, open: 2 })), [
    "a (5 B) to #256: 0 of 2 have it, 2 pending",
  ]);
});
