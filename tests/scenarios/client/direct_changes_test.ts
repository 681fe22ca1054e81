/** Files that change their way while they move: from the server to the other person, and back, and there again. */

import assert from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import type { P2pMode } from "../../../lib/client/direct/direct_settings.ts";
import { begin, type Direct, isDone, openDirect } from "../../kit/direct_people.ts";
import type { Hooks } from "../../kit/man_in_the_middle.ts";

const SIZE_BYTES = 6_000_000;
/** Of a line to the server that takes more than half a minute for the file. */
const CHUNK_MS = 200;

/** A slow line to the server, and how far into the upload anything was sent over it. */
class SlowLine {
  reachedBytes = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get hooks(): Hooks {
    return {
      up: async ({ header, payload }, pass) => {
        if (header.kind === "spool.chunk") {
          await this.#clock.sleep(CHUNK_MS);
          this.reachedBytes = Math.max(this.reachedBytes, Number(header.offset) + payload.length);
        }
        pass(header, payload);
      },
    };
  }
}

async function openSlow(options: Parameters<typeof openDirect>[0] = {}) {
  const scene = await openDirect(options);
  const slow = new SlowLine(scene.pair.world.clock);
  await scene.alice.test.connect({ middle: slow.hooks });
  return Object.assign(scene, { slow });
}

/** How much bob has written down. */
async function partOf(scene: Direct): Promise<number> {
  return (await scene.received()).get("example1.mp4.part")?.length ?? 0;
}

/** Nothing is lost, nothing is left, and both know. */
async function endsWell(scene: Direct, bytes: Uint8Array): Promise<void> {
  await scene.soon(isDone(scene));
  await scene.soon(async () => (await scene.bob.states())[0] === "done");
  assert.deepEqual([...await scene.received()].map(([name]) => name), ["example1.mp4"]);
  assert.deepEqual((await scene.received()).get("example1.mp4"), bytes);
  // Every task ends by itself when it is told to: no time passes here.
  await Promise.all([scene.alice.rest(), scene.bob.rest()]);
}

/** From now on; where it is to come about for certain, or where it cannot. */
async function setMode({ alice, bob }: Direct, mode: P2pMode): Promise<void> {
  for (const person of [alice, bob]) {
    const [{ id }] = await person.transfers();
    person.client.transfers.direct.modes.set(id, mode);
  }
}

Deno.test("row S3.43: what began over the server goes on directly from the verified byte, once both allow it", async () => {
  await using scene = await openSlow({ allow: [] });
  const bytes = systemRandom.bytes(SIZE_BYTES);
  await begin(scene, bytes);
  await scene.until(async () => await partOf(scene) > 500_000);
  const { alice, bob, pair } = scene;
  alice.client.transfers.direct.contacts.set(pair.bob.account, "allowed");
  bob.client.transfers.direct.contacts.set(pair.alice.account, "allowed");
  await setMode(scene, "only");
  await endsWell(scene, bytes);
  // The end of it never went to the server.
  assert.ok(scene.slow.reachedBytes < SIZE_BYTES / 2);
});

Deno.test("row S3.43: a direct way that dies and comes back is used again, and the server in between", async () => {
  await using scene = await openSlow({ mode: "only" });
  const bytes = systemRandom.bytes(SIZE_BYTES);
  for (const { faults } of scene.proxies) faults.deadAfter = 1000;
  await begin(scene, bytes);
  await scene.soon(() => scene.proxies.some(({ faults }) => faults.isDead));
  for (const { faults } of scene.proxies) faults.isDead = true;
  const diedAt = await partOf(scene);
  assert.equal(scene.slow.reachedBytes, 0);
  await setMode(scene, "prefer");
  // Over the server, and read from there; what was received before the way died may still be being written.
  await scene.until(async () =>
    scene.slow.reachedBytes > 0 && await partOf(scene) > diedAt + 500_000
  );
  await setMode(scene, "only");
  const passed = scene.proxies.map(({ counts }) => counts.passed);
  for (const { faults } of scene.proxies) {
    Object.assign(faults, { isDead: false, deadAfter: Infinity });
  }
  await scene.until(() => scene.proxies.some(({ counts }, i) => counts.passed > passed[i] + 5));
  await endsWell(scene, bytes);
  assert.ok(scene.slow.reachedBytes < SIZE_BYTES);
});
