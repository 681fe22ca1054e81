import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { SoundBuffer } from "../../../../lib/client/video/sound_buffer.ts";
import { unitStart } from "../../../../lib/media/sound/sound_unit.ts";

const PACKET = new Uint8Array([0xfc, 1, 2]);

function unit(number: number, packets = 10) {
  return {
    ...{ stream: 1, epoch: 0, track: 0, ...unitStart(number) },
    sizes: new Array(packets).fill(PACKET.length),
  };
}

function payload(packets = 10): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Array(packets).fill([...PACKET]).flat());
}

function fill(buffer: SoundBuffer, from: number, to: number): void {
  for (let i = from; i < to; i++) buffer.add(unit(i), payload());
}

Deno.test("sound is asked for a second at a time, the next when that has nearly come, up to four ahead", () => {
  const buffer = new SoundBuffer();
  deepEqual(buffer.wish(0), { fromMs: 0, untilMs: 1000 });
  equal(buffer.wish(0), undefined);
  fill(buffer, 0, 2);
  equal(buffer.wish(0), undefined);
  fill(buffer, 2, 5);
  const wish = buffer.wish(0);
  ok(wish !== undefined && wish.fromMs >= 993 && wish.untilMs === 2000);
  for (let second = 1; second < 10; second++) {
    fill(buffer, second * 5, second * 5 + 5);
    buffer.wish(0);
  }
  ok(buffer.aheadMs(0) <= 4_800, `${buffer.aheadMs(0)}`);
  equal(buffer.wish(0), undefined);
});

Deno.test("what was not asked for is passed over, and what cannot be is refused", () => {
  const buffer = new SoundBuffer();
  buffer.wish(0);
  fill(buffer, 50, 51);
  equal(buffer.aheadMs(0), 0);
  const refused = { code: "bad-sound" };
  throws(() => buffer.add(unit(0), payload(9)), refused);
  throws(() => buffer.add({ ...unit(0), sizes: [3] }, new Uint8Array([0xff, 1, 2])), refused);
  throws(() => buffer.add({ ...unit(0), sizes: [0] }, new Uint8Array(0)), refused);
  // Units that overlap: each begins one sample after the one before, without end.
  throws(() => buffer.add({ ...unit(0, 1), at: 1, skip: 959 }, payload(1)), refused);
});

Deno.test("a packet is found by its sample, the encoder's delay counted", () => {
  const buffer = new SoundBuffer();
  buffer.wish(0);
  fill(buffer, 0, 2);
  deepEqual(buffer.packetAt(0), { packet: PACKET, from: -312 });
  deepEqual(buffer.packetAt(647), { packet: PACKET, from: -312 });
  deepEqual(buffer.packetAt(648), { packet: PACKET, from: 648 });
  deepEqual(buffer.packetAt(9600), { packet: PACKET, from: 9288 });
  equal(buffer.packetAt(2 * 9600), undefined);
});

Deno.test("a pause keeps what is here, and another place does not", () => {
  const buffer = new SoundBuffer();
  buffer.wish(0);
  fill(buffer, 0, 5);
  buffer.renew(200);
  ok(buffer.aheadMs(200) > 700);
  const wish = buffer.wish(200);
  ok(wish !== undefined && wish.fromMs >= 993, "what is here is not asked for again");
  buffer.renew(60_000);
  equal(buffer.aheadMs(200), 0);
  deepEqual(buffer.wish(60_000), { fromMs: 60_000, untilMs: 61_000 });
});

Deno.test("the end of the sound is known, and why it ended", () => {
  const buffer = new SoundBuffer();
  buffer.wish(0);
  fill(buffer, 0, 2);
  buffer.add({ ...unit(2), sizes: [], problem: "the server has no ffmpeg" }, new Uint8Array(0));
  equal(buffer.isOverAt(100), false);
  equal(buffer.isOverAt(400), true);
  equal(buffer.problem, "the server has no ffmpeg");
  equal(buffer.wish(300), undefined);
});

Deno.test("what was heard is forgotten", () => {
  const buffer = new SoundBuffer();
  buffer.wish(0);
  fill(buffer, 0, 5);
  buffer.heard(900);
  equal(buffer.packetAt(0), undefined);
  ok(buffer.packetAt(48 * 700) !== undefined);
});
