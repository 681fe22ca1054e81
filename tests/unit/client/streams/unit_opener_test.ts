import { deepEqual, equal, rejects } from "node:assert/strict";
import { type Bytes, utf8 } from "../../../../lib/base/bytes.ts";
import type { StreamId } from "../../../../lib/base/ids.ts";
import { type Refused, UnitOpener } from "../../../../lib/client/streams/unit_opener.ts";
import { keyIdOf, streamMetadata, UnitSealer } from "../../../../lib/client/streams/stream_keys.ts";
import { SFRAME_AES_256, SFrameSealer } from "../../../../lib/crypto/sealing/sframe.ts";
import { FakeClock } from "../../../kit/clock.ts";
import { STREAM, TestKeys } from "../../../kit/streams.ts";
import { seeded } from "../../../kit/seeded.ts";

function ends() {
  const keys = new TestKeys();
  const others = new TestKeys();
  const clock = new FakeClock();
  const sealer = new UnitSealer(keys, STREAM);
  const opener = new UnitOpener(others, { stream: STREAM, clock });
  let index = 0;
  const frame = async (): Promise<Bytes> => {
    const fields = { index: index++, ptsMs: 67 * index, width: 640, height: 360 };
    return (await sealer.seal("stream.frame", fields, utf8(`picture ${index}`))).unit;
  };
  return { keys, others, clock, sealer, opener, frame };
}

/** All counts are 0 but these. */
function refused(opener: UnitOpener, expected: Partial<Refused>): void {
  deepEqual(opener.refused, {
    ...{ malformed: 0, unknownKey: 0, forged: 0, repeated: 0, late: 0 },
    ...expected,
  });
}

Deno.test("units are opened in their order, kind by kind", async () => {
  const { sealer, opener, frame } = ends();
  const first = await opener.open(await frame());
  equal(first?.kind, "stream.frame");
  deepEqual(first?.payload, utf8("picture 1"));
  const fields = { frames: 1, durationMs: 0, dropped: 0, reason: "ended" } as const;
  const end = await opener.open((await sealer.seal("stream.end", fields)).unit);
  deepEqual([end?.kind, end?.fields, end?.counter], ["stream.end", fields, 1]);
  refused(opener, {});
});

Deno.test("SR-65: a truncated unit is refused and counted, and the next one is taken", async () => {
  const { opener, frame } = ends();
  const unit = await frame();
  let cut = 0;
  for (let length = 0; length < unit.length; length += 7, cut++) {
    equal(await opener.open(unit.slice(0, length)), undefined);
  }
  equal(opener.refusedCount, cut);
  equal(opener.refused.repeated, 0);
  equal((await opener.open(unit))?.kind, "stream.frame");
});

Deno.test("SR-65: a replayed unit and a duplicated one are refused and counted", async () => {
  const { opener, frame } = ends();
  const units = [await frame(), await frame(), await frame()];
  for (const unit of units) equal((await opener.open(unit))?.kind, "stream.frame");
  equal(await opener.open(units[2]), undefined);
  equal(await opener.open(units[0]), undefined);
  refused(opener, { repeated: 2 });
});

Deno.test("SR-65: a reordered unit is refused and counted", async () => {
  const { opener, frame } = ends();
  const [first, second, third] = [await frame(), await frame(), await frame()];
  equal((await opener.open(first))?.counter, 0);
  equal((await opener.open(third))?.counter, 2);
  equal(await opener.open(second), undefined);
  refused(opener, { late: 1 });
});

Deno.test("SR-65: a forged unit is refused and counted, and moves nothing", async () => {
  const { opener, frame } = ends();
  const forger = await SFrameSealer.open(SFRAME_AES_256, keyIdOf(3, 1), new Uint8Array(32).fill(9));
  forger.skipTo(1000n);
  equal(await opener.open(await forger.seal(streamMetadata(STREAM), utf8("{}"))), undefined);
  refused(opener, { forged: 1 });
  const unit = await frame();
  const changed = unit.slice();
  changed[changed.length - 1] ^= 1;
  equal(await opener.open(changed), undefined);
  refused(opener, { forged: 2 });
  equal((await opener.open(unit))?.counter, 0);
});

Deno.test("SR-65: a unit of another stream, of another member, and noise are refused", async () => {
  const { keys, opener } = ends();
  const other = new UnitSealer(keys, "ff".repeat(16) as StreamId);
  const { unit } = await other.seal("stream.proof", {}, utf8("proof"));
  equal(await opener.open(unit), undefined);
  refused(opener, { forged: 1 });
  const member = await SFrameSealer.open(SFRAME_AES_256, keyIdOf(4, 1), new Uint8Array(32).fill(1));
  equal(await opener.open(await member.seal(streamMetadata(STREAM), utf8("{}"))), undefined);
  refused(opener, { forged: 1, unknownKey: 1 });
  const random = seeded(65);
  for (let run = 0; run < 500; run++) {
    const noise = Uint8Array.from({ length: random(60) }, () => random(256));
    equal(await opener.open(noise), undefined);
  }
  equal(opener.refusedCount, 502);
});

Deno.test("what is sealed and is no unit is malformed", async () => {
  const { opener } = ends();
  const sealer = await SFrameSealer.open(SFRAME_AES_256, keyIdOf(3, 1), new Uint8Array(32).fill(1));
  for (const text of ["", "{}", "\0\0\0\x04\0\x02{}", "noise that is long enough to be read"]) {
    equal(await opener.open(await sealer.seal(streamMetadata(STREAM), utf8(text))), undefined);
  }
  refused(opener, { malformed: 4 });
});

Deno.test("SR-66: after a commit the next unit has another key, and counters go on", async () => {
  const { keys, others, opener, frame } = ends();
  equal((await opener.open(await frame()))?.counter, 0);
  keys.now = 2;
  const next = await frame();
  // Who was removed has no key of the new epoch, and neither has who did not read the commit yet.
  equal(await opener.open(next), undefined);
  refused(opener, { unknownKey: 1 });
  others.now = 2;
  equal((await opener.open(next))?.counter, 1);
  // It had only overtaken the commit: nobody is said to have sent what is refused.
  refused(opener, {});
  equal((await opener.open(await frame()))?.counter, 2);
  deepEqual([keys.made, others.made], [2, 2]);
});

Deno.test("a unit that left before the epoch in which watching began is lost, not refused", async () => {
  const { keys, others, opener, frame } = ends();
  const before = await frame();
  keys.now = others.now = 2;
  equal(await opener.open(before), undefined);
  refused(opener, {});
  equal((await opener.open(await frame()))?.counter, 1);
  // One of any other epoch is no unit of this stream.
  keys.now = 9;
  equal(await opener.open(await frame()), undefined);
  refused(opener, { unknownKey: 1 });
});

Deno.test("units of the epoch before are taken for ten seconds, and no longer", async () => {
  const { keys, others, clock, opener, frame } = ends();
  equal((await opener.open(await frame()))?.counter, 0);
  others.now = 2;
  equal((await opener.open(await frame()))?.counter, 1);
  await clock.advance(9_999);
  equal((await opener.open(await frame()))?.counter, 2);
  await clock.advance(1);
  equal(await opener.open(await frame()), undefined);
  refused(opener, { unknownKey: 1 });
  keys.now = 2;
  equal((await opener.open(await frame()))?.counter, 4);
});

Deno.test("SR-66: who is not in the conversation any more seals nothing", async () => {
  const { keys, frame } = ends();
  await frame();
  keys.now = undefined;
  await rejects(frame(), { code: "not-member" });
});
