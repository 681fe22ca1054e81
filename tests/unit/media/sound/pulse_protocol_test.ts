import { deepEqual, equal, throws } from "node:assert/strict";
import type { Bytes } from "../../../../lib/base/bytes.ts";
import {
  heardMs,
  PulseCutter,
  pulsePacket,
  PulseReader,
  PulseWriter,
} from "../../../../lib/media/sound/pulse_protocol.ts";

/** An answer of `getPlaybackLatency`, written as a server does. */
function latency(sinkMicroseconds: number, readBytes: number): Bytes {
  const bytes = new Uint8Array(9 * 2 + 1 + 9 * 2 + 9 * 2);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const tagged = (tag: string, value: bigint) => {
    bytes[at] = tag.charCodeAt(0);
    view.setBigUint64(at + 1, value);
    at += 9;
  };
  tagged("U", BigInt(sinkMicroseconds));
  tagged("U", 0n);
  bytes[at++] = "1".charCodeAt(0);
  tagged("T", 0n);
  tagged("T", 0n);
  tagged("r", 999_999n);
  tagged("r", BigInt(readBytes));
  return bytes;
}

Deno.test("what was heard is what the server has read, less what its card still holds", () => {
  // 192,000 bytes are a second.
  equal(heardMs(new PulseReader(latency(50_000, 192_000))), 950);
});

Deno.test("answers of a sound server are cut out of pieces of any size, and samples are passed over", () => {
  const answer = new PulseWriter().u32(2).u32(7).finish();
  const bytes = new Uint8Array([
    ...pulsePacket(answer),
    ...pulsePacket(new Uint8Array([1, 2, 3]), 4),
    ...pulsePacket(answer),
  ]);
  for (const step of [1, 19, 21, bytes.length]) {
    const cutter = new PulseCutter();
    const found: Bytes[] = [];
    for (let at = 0; at < bytes.length; at += step) {
      found.push(...cutter.push(bytes.subarray(at, at + step)));
    }
    deepEqual(found, [answer, answer]);
    const reader = new PulseReader(found[0]);
    deepEqual([reader.u32(), reader.u32()], [2, 7]);
  }
});

Deno.test("a sound server that says what cannot be is refused", () => {
  const refused = { code: "sound-server" };
  const noise = new Uint8Array(64).fill(0xff);
  throws(() => new PulseCutter().push(noise), refused);
  throws(() => new PulseReader(new Uint8Array(0)).u32(), refused);
  throws(() => new PulseReader(new Uint8Array([0x4c, 0, 0])).u32(), refused);
  throws(() => new PulseReader(new PulseWriter().flag(true).finish()).u32(), refused);
});
