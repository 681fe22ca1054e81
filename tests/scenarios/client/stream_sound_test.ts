/** The sound of live streams between whole clients: over a whole server and directly, with programs that know of none, and forged. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { Watcher } from "../../../lib/server/media/watcher.ts";
import { streamsOf } from "../../../lib/client/client_streams.ts";
import type { LiveListener } from "../../../lib/client/streams/live_sound.ts";
import type { LiveSummary } from "../../../lib/client/streams/live_counts.ts";
import type { Sent, StreamSending } from "../../../lib/client/streams/sending.ts";
import type { SoundReserve } from "../../../lib/client/video/sound_buffer.ts";
import { soundIdOf } from "../../../lib/client/streams/stream_keys.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../../lib/protocol/limits.ts";
import { encodePacket, PacketDecoder } from "../../../lib/protocol/packet.ts";
import { type Direct, openDirect } from "../../kit/direct_people.ts";

const PACKET = new Uint8Array([0xfc, 1, 2, 3]);
const jpeg = systemRandom.bytes(5_000);

/** Ten pictures a second, and a packet of sound every 20 ms. */
function camera(
  clock: Clock,
  hasSound: boolean,
): Pick<StreamSending, "capture" | "isDevice" | "sound"> {
  return {
    isDevice: true,
    capture: async ({ onFrame }, signal) => {
      for (let index = 0;; index++) {
        await onFrame({ index, widthPx: 640, heightPx: 360, jpeg });
        await clock.sleep(100, { signal });
      }
    },
    sound: !hasSound ? undefined : async ({ onPacket }, signal) => {
      for (;;) {
        await onPacket(PACKET);
        await clock.sleep(20, { signal });
      }
    },
  };
}

/** Plays nothing, and notes what it is told. */
class Ear implements LiveListener {
  reserve: SoundReserve | undefined;
  pieces = 0;
  absence: string | undefined;

  attachLive(sound: SoundReserve): void {
    this.reserve = sound;
  }
  came(): void {
    this.pieces++;
  }
  detach(absence: string): void {
    this.absence = absence;
  }
  arrived(): void {}
}

interface Heard {
  readonly sent: Sent;
  readonly seen: LiveSummary;
  readonly ear: Ear;
}

/** Bob watches alice's camera until `enough`. `listens`: he wants to hear, too. */
async function stream(
  scene: Direct,
  { hasSound = true, listens = true, enough }: {
    readonly hasSound?: boolean;
    readonly listens?: boolean;
    readonly enough: (now: { readonly ear: Ear; readonly shown: number }) => boolean;
  },
): Promise<Heard> {
  const { alice, bob, pair } = scene;
  alice.work();
  bob.work();
  const stop = new AbortController();
  const what = { source: "camera", title: "" } as const;
  const sending = streamsOf(alice.client).send(pair.bob.account, what, {
    ...camera(pair.world.clock, hasSound),
    signal: stop.signal,
  });
  sending.catch(() => {});
  const streams = streamsOf(bob.client);
  await scene.soon(async () => (await streams.waiting()).length > 0);
  const [offer] = await streams.waiting();
  const { signal } = new AbortController();
  const accepting = streams.accept(offer, { signal });
  let isJoined = false;
  accepting.finally(() => isJoined = true).catch(() => {});
  await scene.soon(() => isJoined);
  await using live = await accepting;
  const ear = new Ear();
  const over = new AbortController();
  const hearing = listens ? live.hear(ear, over.signal).catch(() => {}) : undefined;
  let shown = 0;
  const watching = live.play({
    show: () => {
      shown++;
      return Promise.resolve();
    },
  }, { signal });
  watching.catch(() => {});
  await scene.soon(() => enough({ ear, shown }));
  stop.abort(new DOMException("enough", "AbortError"));
  let isOver = false;
  const both = Promise.all([sending, watching]).finally(() => isOver = true);
  both.catch(() => {});
  await scene.soon(() => isOver);
  over.abort();
  await hearing;
  const [sent, seen] = await both;
  return { sent, seen, ear };
}

const NONE = { malformed: 0, unknownKey: 0, forged: 0, repeated: 0, late: 0 };

Deno.test("SR-65, SR-66: sound goes over the server beside the pictures, under an id of its own, and is proven", async () => {
  await using scene = await openDirect({ allow: [] });
  const { seen, ear, sent } = await stream(scene, { enough: ({ ear }) => ear.pieces > 20 });
  deepEqual([seen.complete, seen.proven, seen.refused], [true, "proven", NONE]);
  ok(ear.reserve?.beginMs(1e9) === undefined && ear.reserve?.beginMs(0) !== undefined);
  equal(sent.directUnits, 0);
});

Deno.test("sound goes directly, where its pictures do", async () => {
  await using scene = await openDirect({ allow: ["alice", "bob"] });
  let direct = 0;
  const { seen, sent } = await stream(scene, {
    enough: ({ ear, shown }) => {
      if (shown > 30) direct ||= ear.pieces;
      return direct > 0 && ear.pieces > direct + 20;
    },
  });
  ok(sent.directUnits > 0);
  deepEqual([seen.complete, seen.proven, seen.refused], [true, "proven", NONE]);
});

Deno.test("a sender that knows of no sound, and a watcher that wants none, go on without", async () => {
  await using scene = await openDirect({ allow: [] });
  const silent = await stream(scene, { hasSound: false, enough: ({ shown }) => shown > 10 });
  deepEqual([silent.ear.absence, silent.seen.complete], ["the sender sends none", true]);
  const deaf = await stream(scene, { listens: false, enough: ({ shown }) => shown > 10 });
  deepEqual([deaf.seen.complete, deaf.seen.proven, deaf.seen.refused], [true, "proven", NONE]);
});

Deno.test("SR-65: sound that the server forges, cuts or brings again is refused and counted like pictures, and they go on", async () => {
  await using scene = await openDirect({ allow: [] });
  const honest = Watcher.prototype.offer;
  let ids: Promise<string> | undefined;
  let sound = "";
  let nth = 0;
  Watcher.prototype.offer = function (part) {
    const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
    decoder.push(part.packet);
    const { header, payload = new Uint8Array() } = decoder.next() ?? { header: {} };
    const id = String(Reflect.get(header, "stream"));
    // The first stream of which a part comes is the one whose sound has another id.
    if (part.unitBytes > 3_000) ids ??= soundIdOf(id as never).then((one) => sound = one);
    if (id !== sound || nth++ % 3 !== 2) return honest.call(this, part);
    const bytes = payload.slice();
    bytes[bytes.length - 20] ^= 1;
    honest.call(this, { ...part, packet: encodePacket(header, bytes) });
  };
  try {
    const { seen, ear } = await stream(scene, { enough: ({ ear }) => ear.pieces > 20 });
    ok(seen.refused.forged > 3, JSON.stringify(seen.refused));
    deepEqual([seen.complete, ear.absence], [true, undefined]);
  } finally {
    Watcher.prototype.offer = honest;
  }
});
