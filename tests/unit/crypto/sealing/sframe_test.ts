import { deepEqual, equal, notDeepEqual, rejects, throws } from "node:assert/strict";
import { type Bytes, concatBytes, utf8 } from "../../../../lib/base/bytes.ts";
import { Bug, CryptoError } from "../../../../lib/base/errors.ts";
import {
  decodeSFrameHeader,
  encodeSFrameHeader,
  REPLAY_WINDOW,
  ReplayWindow,
  SFRAME_AES_256,
  SFRAME_HEADER_MAX_BYTES,
  SFRAME_TAG_BYTES,
  SFrameOpener,
  SFrameSealer,
} from "../../../../lib/crypto/sealing/sframe.ts";
import { seeded } from "../../../kit/seeded.ts";

const KEY = new Uint8Array(32).fill(7);
const STREAM = utf8("stream");

async function ends(keyId = 259n): Promise<{ sealer: SFrameSealer; opener: SFrameOpener }> {
  return {
    sealer: await SFrameSealer.open(SFRAME_AES_256, keyId, KEY),
    opener: await SFrameOpener.open(SFRAME_AES_256, keyId, KEY),
  };
}

Deno.test("SFrame opens what was sealed, and counts from 0", async () => {
  const { sealer, opener } = await ends();
  for (let counter = 0n; counter < 300n; counter++) {
    const picture = utf8(`picture ${counter}`);
    const frame = await sealer.seal(STREAM, picture);
    const header = decodeSFrameHeader(frame);
    equal(header?.counter, counter);
    equal(header?.keyId, 259n);
    equal(frame.length, (header?.length ?? 0) + picture.length + SFRAME_TAG_BYTES);
    deepEqual(await opener.open(STREAM, frame), picture);
  }
});

Deno.test("SR-65: SFrame never uses a counter twice, however many seal at once", async () => {
  const { sealer } = await ends();
  const frames = await Promise.all(
    Array.from({ length: 50 }, () => sealer.seal(STREAM, utf8("the same"))),
  );
  const counters = frames.map((frame) => decodeSFrameHeader(frame)?.counter);
  equal(new Set(counters).size, 50);
  throws(() => sealer.skipTo(3n), Bug);
});

Deno.test("SFrame refuses a frame that is cut, longer, changed, of another key or another stream", async () => {
  const { sealer, opener } = await ends();
  const frame = await sealer.seal(STREAM, utf8("a picture"));
  const wrong: Bytes[] = [concatBytes(frame, Uint8Array.of(0)), new Uint8Array(0)];
  for (let length = 0; length < frame.length; length++) wrong.push(frame.slice(0, length));
  for (let at = 0; at < frame.length; at++) {
    const changed = frame.slice();
    changed[at] ^= 1 << at % 8;
    wrong.push(changed);
  }
  for (const bytes of wrong) {
    await rejects(opener.open(STREAM, bytes), (error) => {
      return error instanceof CryptoError && error.code === "not-sealed-here";
    });
  }
  await rejects(opener.open(utf8("another"), frame), CryptoError);
  const other = await SFrameOpener.open(SFRAME_AES_256, 259n, new Uint8Array(32).fill(8));
  await rejects(other.open(STREAM, frame), CryptoError);
  await rejects((await ends(3n)).opener.open(STREAM, frame), CryptoError);
});

Deno.test("SFrame gives other bytes for another key id of the same base key", async () => {
  const frames = await Promise.all([1n, 2n].map(async (keyId) => {
    const { sealer } = await ends(keyId);
    return (await sealer.seal(STREAM, utf8("a picture"))).slice(1);
  }));
  notDeepEqual(frames[0], frames[1]);
});

Deno.test("an SFrame header is read only as it is written, and noise never throws", () => {
  // Numbers below 8 with a byte of their own, and with a leading 0.
  for (const text of [[0x80, 7], [0x90, 0, 8], [0x08, 7], [0x09, 0, 9], [0x8f, 8]]) {
    equal(decodeSFrameHeader(Uint8Array.from(text)), undefined);
  }
  const random = seeded(20_261_121);
  for (let run = 0; run < 3000; run++) {
    const bytes = Uint8Array.from({ length: random(SFRAME_HEADER_MAX_BYTES + 4) }, () => {
      return random(256);
    });
    const header = decodeSFrameHeader(bytes);
    if (header === undefined) continue;
    deepEqual(
      encodeSFrameHeader(header.keyId, header.counter),
      bytes.slice(0, header.length),
    );
  }
});

Deno.test("SR-65: the replay window tells new, late and repeated counters apart", () => {
  const window = new ReplayWindow();
  equal(window.judge(0n), "new");
  for (const counter of [0n, 1n, 5n]) window.note(counter);
  equal(window.judge(5n), "repeated");
  equal(window.judge(3n), "late");
  window.note(3n);
  equal(window.judge(3n), "repeated");
  equal(window.judge(6n), "new");
  // What was only judged is not noted.
  equal(window.highest, 5n);
});

Deno.test("the replay window takes what is behind it for repeated", () => {
  const window = new ReplayWindow();
  window.note(1000n);
  equal(window.judge(1000n - BigInt(REPLAY_WINDOW) + 1n), "late");
  equal(window.judge(1000n - BigInt(REPLAY_WINDOW)), "repeated");
  window.note(0n);
  equal(window.highest, 1000n);
  window.note(1000n + BigInt(REPLAY_WINDOW) - 1n);
  equal(window.judge(1000n), "repeated");
  equal(window.judge(1001n), "late");
});

Deno.test("the replay window agrees with a set that forgets nothing", () => {
  const random = seeded(7);
  const window = new ReplayWindow();
  const seen = new Set<bigint>();
  let highest = -1n;
  for (let run = 0; run < 5000; run++) {
    const base = Number(highest < 0n ? 0n : highest);
    const counter = BigInt(Math.max(0, base + random(60) - 45));
    const behind = highest - counter;
    const expected = counter > highest
      ? "new"
      : behind >= REPLAY_WINDOW || seen.has(counter)
      ? "repeated"
      : "late";
    equal(window.judge(counter), expected);
    if (random(3) === 0) continue;
    window.note(counter);
    if (counter > highest || behind < REPLAY_WINDOW) seen.add(counter);
    if (counter > highest) highest = counter;
  }
});

Deno.test("a header holds what 64 bits hold, and nothing else", () => {
  const most = 2n ** 64n - 1n;
  equal(encodeSFrameHeader(most, most).length, SFRAME_HEADER_MAX_BYTES);
  for (const wrong of [-1n, most + 1n]) {
    throws(() => encodeSFrameHeader(wrong, 0n), { code: "bug" });
    throws(() => encodeSFrameHeader(0n, wrong), { code: "bug" });
  }
});

Deno.test("counters end where 64 bits do, and none is used twice", async () => {
  const { sealer } = await ends();
  const most = 2n ** 64n - 1n;
  throws(() => sealer.skipTo(most + 1n), { code: "bug" });
  sealer.skipTo(most);
  throws(() => sealer.skipTo(most - 1n), { code: "bug" });
  await sealer.seal(STREAM, utf8("the last one"));
  await rejects(sealer.seal(STREAM, utf8("one more")), { code: "bug" });
});
