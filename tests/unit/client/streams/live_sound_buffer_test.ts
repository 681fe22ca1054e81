import { deepEqual, equal } from "node:assert/strict";
import { LiveSoundBuffer } from "../../../../lib/client/streams/live_sound_buffer.ts";

const UNIT_SAMPLES = 3 * 960;
/** A packet of silence; what follows its first byte tells them apart. */
const packet = (mark: number) => new Uint8Array([0xfc, mark]);

function unit(buffer: LiveSoundBuffer, at: number, packets = [packet(1), packet(2), packet(3)]) {
  const sizes = packets.map(({ length }) => length);
  return buffer.add({ at, sizes }, new Uint8Array(packets.flatMap((one) => [...one])));
}

function filled(units: number): LiveSoundBuffer {
  const buffer = new LiveSoundBuffer({ isTimed: false });
  for (let i = 0; i < units; i++) unit(buffer, i * UNIT_SAMPLES);
  return buffer;
}

Deno.test("sound of a stream begins 200 ms behind its newest, and never far behind the pictures", () => {
  const buffer = filled(3);
  equal(buffer.beginMs(0), undefined);
  unit(buffer, 3 * UNIT_SAMPLES);
  // 240 ms are here.
  deepEqual([buffer.beginMs(0), buffer.beginMs(30), buffer.beginMs(1000)], [0, 30, 40]);
  equal(buffer.beginMs(3041), undefined, "what is so late is of no use");
});

Deno.test("sound that is joined in the middle begins where a decoder has been brought in", () => {
  const buffer = new LiveSoundBuffer({ isTimed: false });
  for (let i = 10; i < 16; i++) unit(buffer, i * UNIT_SAMPLES);
  equal(buffer.beginMs(0), 680);
  equal(buffer.packetAt(9 * UNIT_SAMPLES), undefined);
});

Deno.test("a packet is found by its sample, and a short hole is made up", () => {
  const buffer = filled(1);
  unit(buffer, 2 * UNIT_SAMPLES);
  deepEqual(buffer.packetAt(961), { packet: packet(2), from: 960 });
  deepEqual(buffer.packetAt(UNIT_SAMPLES), { packet: new Uint8Array([0xfc]), from: UNIT_SAMPLES });
  deepEqual(buffer.packetAt(2 * UNIT_SAMPLES), { packet: packet(1), from: 2 * UNIT_SAMPLES });
  equal(buffer.packetAt(3 * UNIT_SAMPLES), undefined);
});

Deno.test("behind a long hole, or a card that was set right, sound begins anew", () => {
  for (const hole of [400 * 48 + 960, 100]) {
    const buffer = filled(5);
    unit(buffer, 5 * UNIT_SAMPLES + hole);
    equal(buffer.packetAt(0), undefined);
  }
});

Deno.test("SR-65: sound that goes back, is cut, is no Opus of 20 ms, or nothing is refused", () => {
  const buffer = filled(2);
  equal(unit(buffer, UNIT_SAMPLES), false);
  equal(unit(buffer, 2 * UNIT_SAMPLES, []), false);
  equal(unit(buffer, 2 * UNIT_SAMPLES, [new Uint8Array([0xff, 1])]), false, "several frames");
  equal(unit(buffer, 2 * UNIT_SAMPLES, [new Uint8Array(1277).fill(0xfc)]), false);
  equal(buffer.add({ at: 2 * UNIT_SAMPLES, sizes: [2, 2] }, packet(1)), false, "cut");
  equal(buffer.add({ at: 2 * UNIT_SAMPLES, sizes: [1] }, packet(1)), false, "more than is said");
  equal(unit(buffer, 2 * UNIT_SAMPLES), true);
});

Deno.test("sound that nobody hears does not fill the memory, and what was heard is let go", () => {
  const buffer = filled(1000);
  equal(buffer.packetAt(0), undefined);
  const endMs = 1000 * 60;
  buffer.heard(endMs);
  equal(buffer.packetAt((endMs - 400) * 48), undefined);
  equal(buffer.packetAt((endMs - 1) * 48)?.packet.length, 2);
});
