/** SR-65: a server that drops, repeats, reorders, cuts, forges and mixes up the units of a live stream, between two whole clients. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { watchedStreamLine } from "../../../lib/app/stream_lines.ts";
import type { LiveSummary } from "../../../lib/client/streams/live_counts.ts";
import { SIGNED_IN_PACKET_LIMITS, STREAM_PART_MAX_BYTES } from "../../../lib/protocol/limits.ts";
import { encodePacket, PacketDecoder } from "../../../lib/protocol/packet.ts";
import type { StreamPart } from "../../../lib/relay/live_stream.ts";
import { Watcher } from "../../../lib/server/media/watcher.ts";
import { openDirect } from "../../kit/direct_people.ts";
import { type Ended, StreamScene } from "../../kit/stream_scene.ts";

/** Proofs and the end are smaller. */
const PICTURE_BYTES = 30_000;

/** A unit as the server has it. */
interface Unit {
  readonly number: number;
  readonly bytes: Uint8Array;
  /** What the server says of its size, when it lies. */
  readonly size?: number;
}

/** What it passes on instead of the `nth` picture, or of what else the sender said: -1. */
type Distort = (unit: Unit, nth: number) => readonly Unit[];

function readPiece({ packet }: StreamPart) {
  const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
  decoder.push(packet);
  const { header, payload = new Uint8Array() } = decoder.next() ?? { header: {} };
  return { stream: String(Reflect.get(header, "stream")), payload };
}

function partsOf(stream: string, { number, bytes, size = bytes.length }: Unit): StreamPart[] {
  const parts: StreamPart[] = [];
  for (let offset = 0; offset < bytes.length; offset += STREAM_PART_MAX_BYTES) {
    const payload = bytes.slice(offset, offset + STREAM_PART_MAX_BYTES);
    const fields = { kind: "stream.piece", stream, unit: number, size, offset };
    const packet = encodePacket(fields, payload);
    const sizes = { unitBytes: size, payloadBytes: payload.length };
    parts.push({ unit: number, isFirst: offset === 0, payload, packet, ...sizes });
  }
  return parts;
}

/** From now on every server of this process does so; closing ends it. */
function corrupt(distort: Distort): Disposable {
  const honest = Watcher.prototype.offer;
  const half = new WeakMap<Watcher, Uint8Array[]>();
  let nth = 0;
  Watcher.prototype.offer = function (part) {
    const { stream, payload } = readPiece(part);
    const pieces = part.isFirst ? [] : half.get(this) ?? [];
    half.set(this, pieces);
    pieces.push(payload.slice());
    const bytes = new Uint8Array(pieces.flatMap((piece) => [...piece]));
    if (bytes.length < part.unitBytes) return;
    const isPicture = bytes.length > PICTURE_BYTES;
    for (const unit of distort({ number: part.unit, bytes }, isPicture ? nth++ : -1)) {
      for (const made of partsOf(stream, unit)) honest.call(this, made);
    }
  };
  return { [Symbol.dispose]: () => void (Watcher.prototype.offer = honest) };
}

/** Bob sees ten pictures of alice's camera over a server that does so. */
async function streamOver(distort: Distort): Promise<Ended> {
  await using scene = await openDirect({ allow: [] });
  const stream = await StreamScene.open(scene);
  using _relay = corrupt(distort);
  await stream.sees(10);
  return await stream.end();
}

/** What was refused by kind, but the zeros. */
function refusedOf({ refused }: LiveSummary): readonly string[] {
  return Object.entries(refused).filter(([, count]) => count > 0).map(([kind]) => kind);
}

/** The stream went on, the sender's pictures are the sender's, and the person reads how many units were none of them. */
function isSound({ sent, seen }: Ended): void {
  deepEqual([seen.complete, seen.proven], [true, "proven"]);
  ok(seen.received <= sent.frames);
  const count = Object.values(seen.refused).reduce((sum, one) => sum + one, 0);
  const statistics = { method: "text", drawn: seen.shown, dropped: 0, refused: 0 };
  const line = watchedStreamLine({ summary: seen, statistics, saved: undefined, error: undefined });
  if (count === 0) ok(!line.includes("refused"), line);
  else match(line, new RegExp(`^Stream stopped by its sender: .* dropped, ${count} refused$`));
}

/** A third of them: the pictures between are seen. */
const isThird = (nth: number) => nth % 3 === 2;

Deno.test("SR-65: units that the server drops are counted as lost", async () => {
  const ended = await streamOver((unit, nth) => isThird(nth) ? [] : [unit]);
  isSound(ended);
  deepEqual(refusedOf(ended.seen), []);
  ok(ended.seen.lost > 0);
  equal(ended.seen.received + ended.seen.lost, ended.sent.frames + ended.sent.dropped);
});

const CASES: readonly (readonly [what: string, distort: Distort, counted: readonly string[]])[] = [
  ["repeats", (unit) => [unit, unit], ["repeated"]],
  // Another number does not make another unit of it.
  ["repeats under new numbers", (unit) => [
    { ...unit, number: 2 * unit.number },
    { ...unit, number: 2 * unit.number + 1 },
  ], ["repeated"]],
  ["cuts, and says so", (unit, nth) => [
    isThird(nth) ? { ...unit, bytes: unit.bytes.slice(0, -1) } : unit,
  ], ["forged"]],
  ["cuts, and says nothing of it", (unit, nth) => [
    isThird(nth) ? { ...unit, bytes: unit.bytes.slice(0, -1), size: unit.bytes.length } : unit,
  ], ["malformed"]],
  ["changes", (unit, nth) => {
    if (!isThird(nth)) return [unit];
    const bytes = unit.bytes.slice();
    bytes[bytes.length - 20] ^= 1;
    return [{ ...unit, bytes }];
  }, ["forged"]],
  ["makes up", (unit) => [
    { number: 2 * unit.number, bytes: crypto.getRandomValues(new Uint8Array(1_000)) },
    { ...unit, number: 2 * unit.number + 1 },
  ], []],
];

for (const [what, distort, counted] of CASES) {
  Deno.test(`SR-65: units that the server ${what} are refused and counted, and the stream goes on`, async () => {
    const ended = await streamOver(distort);
    isSound(ended);
    const kinds = refusedOf(ended.seen);
    if (counted.length > 0) deepEqual(kinds, counted);
    else ok(kinds.length > 0);
  });
}

Deno.test("SR-65: units that the server brings in another order are refused and counted, also under new numbers", async () => {
  for (const isRenumbered of [false, true]) {
    let held: Unit | undefined;
    let number = 0;
    const ended = await streamOver((unit, nth) => {
      if (isThird(nth)) {
        held = unit;
        return [];
      }
      const units = held === undefined ? [unit] : [unit, held];
      held = undefined;
      return isRenumbered ? units.map((one) => ({ ...one, number: number++ })) : units;
    });
    isSound(ended);
    deepEqual(refusedOf(ended.seen), [isRenumbered ? "late" : "repeated"]);
  }
});

Deno.test("SR-65: units of another stream of the same sender are refused and counted", async () => {
  await using scene = await openDirect({ allow: [] });
  const old: Unit[] = [];
  const first = await StreamScene.open(scene);
  {
    using _relay = corrupt((unit) => [old.push(unit) ? unit : unit]);
    await first.sees(10);
    await first.end();
  }
  await Promise.all([scene.alice.rest(), scene.bob.rest()]);
  const second = await StreamScene.open(scene);
  using _relay = corrupt((unit) => {
    const other = old.pop();
    const number = 2 * unit.number;
    return [...other === undefined ? [] : [{ ...other, number }], { ...unit, number: number + 1 }];
  });
  await second.sees(10);
  const ended = await second.end();
  isSound(ended);
  // Those that are behind what came are not even looked into.
  ok(ended.seen.refused.forged > 0);
});
