/** Parts of files that are being received: what the disk did not keep costs its blocks, and what is cancelled leaves nothing. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { utf8 } from "../../../lib/base/bytes.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { openSenders, type Senders } from "../../kit/file_senders.ts";
import { holdingBehind, type Hooks } from "../../kit/man_in_the_middle.ts";

const SIZE = 12_000_000;
/** Bytes of one block, and of one piece that has a sum. */
const BLOCK = 253_952;
const PIECE = 262_144;

/** Bob has begun to receive a file, and died in the middle of it. Returns what is in its part. */
async function diedHalfWay(scene: Senders, name: string, bytes: Uint8Array): Promise<Uint8Array> {
  const { alice, bob } = scene;
  await scene.write(name, bytes);
  alice.work();
  await bob.test.disconnect();
  await bob.back({ middle: holdingBehind(0.75 * SIZE) });
  await scene.offer(name.split("/")[0]);
  await scene.accept();
  const part = async () => (await scene.received()).get(`${name}.part`) ?? new Uint8Array(0);
  await scene.until(async () => (await part()).length > SIZE / 2);
  await bob.restart();
  const there = await part();
  ok(there.length < bytes.length, "the end came in the middle");
  return there;
}

/** Counts what of a file comes to a client. */
function counting(): { readonly hooks: Hooks; bytes: number } {
  const counted = {
    bytes: 0,
    hooks: {
      down({ header, payload }, pass) {
        if (header.kind === "spool.piece") counted.bytes += payload.length;
        pass(header, payload);
      },
    } satisfies Hooks,
  };
  return counted;
}

const DAMAGE: readonly (readonly [what: string, from: number, to: number])[] = [
  ["nothing", 0, 0],
  ["its first byte", 0, 1],
  ["100 kB in the middle", 3_000_000, 3_100_000],
  ["the end of one piece and the beginning of the next", 2 * PIECE - 1, 2 * PIECE + 1],
];

for (const [what, from, to] of DAMAGE) {
  Deno.test(`R10: a part of which ${what} was lost costs its blocks, and the file arrives`, async () => {
    await using scene = await openSenders();
    const { bob } = scene;
    const bytes = systemRandom.bytes(SIZE);
    const there = await diedHalfWay(scene, "big", bytes);
    const path = join(scene.folder, "in", "big.part");
    using file = await Deno.open(path, { write: true });
    await file.seek(from, Deno.SeekMode.Start);
    // None of these bytes stays as it was.
    await file.write(there.slice(from, to).map((byte) => byte ^ 0xff));
    const counted = counting();
    await bob.back({ middle: counted.hooks });
    await scene.until(async () => (await bob.states())[0] === "done");
    deepEqual((await scene.received()).get("big"), bytes);
    const pieces = to === 0 ? 0 : Math.ceil(to / PIECE) - Math.floor(from / PIECE);
    // A piece reaches into two or three blocks; what no sum covered yet is less than two pieces.
    const again = counted.bytes - (SIZE - there.length);
    ok(again <= (2 * pieces + 1) * BLOCK + 2 * PIECE + BLOCK, `${again} bytes came again`);
    equal((await bob.test.notices()).includes("file-mended"), pieces > 0);
    deepEqual([...(await scene.received()).keys()], ["big"]);
  });
}

Deno.test("R10: a part that lost its end is received again from there", async () => {
  await using scene = await openSenders();
  const { bob } = scene;
  const bytes = systemRandom.bytes(SIZE);
  await diedHalfWay(scene, "big", bytes);
  await Deno.truncate(join(scene.folder, "in", "big.part"), 1_000_000);
  await bob.back();
  await scene.until(async () => (await bob.states())[0] === "done");
  deepEqual((await scene.received()).get("big"), bytes);
});

Deno.test("a part of which no sums are there, as an older program leaves it, goes on as it is", async () => {
  await using scene = await openSenders();
  const { bob } = scene;
  const bytes = systemRandom.bytes(SIZE);
  const there = await diedHalfWay(scene, "big", bytes);
  await Deno.remove(join(bob.test.folder, "parts"), { recursive: true });
  const counted = counting();
  await bob.back({ middle: counted.hooks });
  await scene.until(async () => (await bob.states())[0] === "done");
  deepEqual((await scene.received()).get("big"), bytes);
  ok(counted.bytes < SIZE - there.length + 2 * BLOCK, `${counted.bytes} bytes came`);
});

Deno.test("A15: what is cancelled while nothing runs at the receiver leaves nothing when it is back, but files that were whole", async () => {
  await using scene = await openSenders();
  const { alice, bob } = scene;
  await scene.write("films/a.txt", utf8("whole"));
  await diedHalfWay(scene, "films/deep/big", systemRandom.bytes(SIZE));
  // Something of the person's own has another name, and stays.
  await Deno.writeTextFile(join(scene.folder, "in", "films", "mine.part"), "mine");
  await alice.client.transfers.cancel((await alice.transfers())[0]);
  // Else he may have the rest of it before he hears.
  const spool = join(scene.pair.world.server.folder, "spool");
  await scene.until(() => [...Deno.readDirSync(spool)].length === 0);
  await bob.back();
  await scene.until(async () => (await bob.states())[0] === "cancelled");
  await bob.restart();
  await bob.back();
  await scene.until(async () => !(await scene.received()).has("films/deep/big.part"));
  deepEqual([...(await scene.received()).keys()].sort(), ["films/a.txt", "films/mine.part"]);
  deepEqual([...Deno.readDirSync(join(bob.test.folder, "parts"))], []);
  ok(![...Deno.readDirSync(join(scene.folder, "in", "films"))].some(({ name }) => name === "deep"));
});
