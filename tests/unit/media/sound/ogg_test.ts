import { deepEqual, equal, throws } from "node:assert/strict";
import { OggReader } from "../../../../lib/media/sound/ogg.ts";
import { isSoundPacket } from "../../../../lib/media/sound/opus_packet.ts";
import { decodeUnit, encodeUnit, unitStart } from "../../../../lib/media/sound/sound_unit.ts";
import type { Bytes } from "../../../../lib/base/bytes.ts";

/** A page of whole packets; `open` leaves the last one unfinished. */
function page(packets: readonly Bytes[], { continued = false, open = false } = {}): number[] {
  const laces = packets.flatMap(({ length }, i) => {
    const full = Array.from({ length: Math.floor(length / 255) }, () => 255);
    return open && i === packets.length - 1 ? full : [...full, length % 255];
  });
  const head = [...new TextEncoder().encode("OggS"), 0, continued ? 1 : 0];
  return [
    ...head,
    ...new Array(20).fill(0),
    laces.length,
    ...laces,
    ...packets.flatMap((packet) => [...packet]),
  ];
}

const small = new Uint8Array([1, 2, 3]);
const large = Uint8Array.from({ length: 700 }, (_, i) => i % 251);
const exact = new Uint8Array(255).fill(7);

Deno.test("packets come whole out of pages that are cut anywhere", () => {
  const half = large.slice(0, 510);
  const bytes = new Uint8Array([
    ...page([small, exact]),
    ...page([small, half], { open: true }),
    ...page([large.slice(510)], { continued: true }),
  ]);
  for (const step of [1, 7, 26, 100, bytes.length]) {
    const reader = new OggReader();
    const found: Bytes[] = [];
    for (let at = 0; at < bytes.length; at += step) {
      found.push(...reader.push(bytes.subarray(at, at + step)));
    }
    deepEqual(found, [small, exact, small, large], `step ${step}`);
  }
});

Deno.test("what is no Ogg, or a packet without an end, is refused", () => {
  throws(() => new OggReader().push(new Uint8Array(100)), { code: "sound-unreadable" });
  const reader = new OggReader();
  const endless = new Uint8Array(
    page([new Uint8Array(255 * 255)], { open: true, continued: true }),
  );
  reader.push(endless);
  throws(() => reader.push(endless), { code: "sound-unreadable" });
});

Deno.test("packets of sound are one frame of 20 ms and no other", () => {
  const packet = (toc: number, length = 10) => {
    const bytes = new Uint8Array(length);
    bytes[0] = toc;
    return bytes;
  };
  // CELT of 20 ms in stereo, one frame.
  equal(isSoundPacket(packet(0xfc)), true);
  equal(isSoundPacket(packet(0xfc, 1276)), true);
  equal(isSoundPacket(packet(0xfc, 1277)), false);
  equal(isSoundPacket(new Uint8Array(0)), false);
  // Two frames, three, and frames of 10 ms.
  for (const toc of [0xfd, 0xff, 0xf4]) equal(isSoundPacket(packet(toc)), false);
});

Deno.test("units are read as they were kept, and nothing else is one", () => {
  const packets = [new Uint8Array([0xfc, 1]), new Uint8Array([0xfc, 2, 3])];
  const bytes = encodeUnit(packets);
  deepEqual(decodeUnit(bytes), packets);
  equal(decodeUnit(bytes.slice(0, -1)), undefined);
  equal(decodeUnit(new Uint8Array(0)), undefined);
  equal(decodeUnit(encodeUnit(new Array(11).fill(packets[0]))), undefined);
  equal(decodeUnit(encodeUnit([new Uint8Array([0xff, 1])])), undefined);
});

Deno.test("the first unit begins with the encoder's delay, and every other one so much earlier", () => {
  deepEqual(unitStart(0), { at: 0, skip: 312 });
  deepEqual(unitStart(1), { at: 9600 - 312, skip: 0 });
});
